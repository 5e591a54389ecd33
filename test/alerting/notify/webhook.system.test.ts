import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AlertInstance } from '../../../src/alerting/evaluate.ts';
import { createSender } from '../../../src/alerting/notify/sender.ts';
import { webhook } from '../../../src/alerting/notify/webhook.ts';
import { type Receiver, startReceiver } from '../../support/servers/receiver.ts';
import { until } from '../../support/servers/until.ts';
import { alertOf, keptLog, NOW } from './support.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

interface Payload {
  readonly status: string;
  readonly groupKey: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}
const payloads = (): readonly Payload[] => receiver.received.map(({ json }) => json as Payload);
const senderOf = (path = '/hook/s3cret') => {
  const log = keptLog();
  return {
    log,
    sender: createSender(
      webhook(() => ({ url: receiver.url + path }), log, 'https://proxy.example.com/hyperv'),
      log,
      { retryMs: () => 5 },
    ),
  };
};
const send = async (alerts: readonly AlertInstance[]) => {
  const { sender } = senderOf();
  sender.enqueue(alerts, NOW);
  await sender.drain();
};

it('a webhook is reached at its URL as it is configured', async () => {
  const { sender } = senderOf('/hook/?token=s3cret');
  sender.enqueue([alertOf('web07')], NOW);
  await sender.drain();
  expect(receiver.received.map(({ url }) => url)).toEqual(['/hook/?token=s3cret']);
});

it('a webhook gets what Alertmanager would send it', async () => {
  const firing = alertOf('web07');
  await send([firing, alertOf('sql02', 'resolved')]);
  const { labels, annotations } = firing;
  const { vm: _vm, ...commonLabels } = labels;
  const { description: _description, ...commonAnnotations } = annotations;
  expect(receiver.received[0]?.url).toBe('/hook/s3cret');
  expect(payloads()).toEqual([
    {
      version: '4',
      groupKey: '{}:{alertname="SriovVfFallback", instance="hv01:10182"}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'sriov-agent',
      groupLabels: { alertname: 'SriovVfFallback', instance: 'hv01:10182' },
      commonLabels,
      commonAnnotations,
      externalURL: 'https://proxy.example.com/hyperv',
      alerts: [
        {
          status: 'firing',
          labels,
          annotations,
          startsAt: iso(NOW - 300),
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: annotations['runbook_url'],
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
        expect.objectContaining({ status: 'resolved', endsAt: iso(NOW - 10) }),
      ],
    },
  ]);
});

it('alerts of each name and host are a group of their own, resolved when all of it are', async () => {
  const other = alertOf('web08');
  await send([
    alertOf('web07', 'resolved'),
    alertOf('sql02', 'firing', 'SriovVmqStarved'),
    { ...other, labels: { ...other.labels, instance: 'hv02' } },
  ]);
  expect(payloads().map(({ groupKey, status }) => [groupKey, status])).toEqual([
    ['{}:{alertname="SriovVfFallback", instance="hv01:10182"}', 'resolved'],
    ['{}:{alertname="SriovVmqStarved", instance="hv01:10182"}', 'firing'],
    ['{}:{alertname="SriovVfFallback", instance="hv02"}', 'firing'],
  ]);
});

it('a large group goes in parts, none of which says resolved while another fires', async () => {
  await send([...Array.from({ length: 300 }, (_, vm) => alertOf(`vm${vm}`, 'resolved')), alertOf('web07')]);
  expect(payloads().map(({ alerts, status }) => [alerts.length, status])).toEqual([
    [256, 'firing'],
    [45, 'firing'],
  ]);
});

it('alerts are retried after a temporary error but not after a refusal; no message contains the path of the webhook', async () => {
  const { sender, log } = senderOf();
  let fails = 2;
  receiver.answer = () => ({ status: fails-- > 0 ? 503 : 200 });
  sender.enqueue([alertOf('web07')], NOW);
  await until('it is sent', () => sender.counts().sent === 1);
  receiver.answer = () => ({ status: 404 });
  sender.enqueue([alertOf('web07', 'resolved')], NOW);
  await sender.drain();
  expect(sender.counts()).toEqual({ sent: 1, errors: 3, dropped: 0, queued: 0 });
  expect(log.lines.join('\n')).toMatch(/answered 503.*\n.*503.*\nalerts refused.*404/);
  expect([sender.name, ...log.lines].join('\n')).not.toContain('s3cret');
});

it.each([-1, 8.7e12, Number.NaN])(
  'an alert whose time is %d is dropped and counted; the others are sent',
  async (time) => {
    const { sender, log } = senderOf();
    sender.enqueue([{ ...alertOf('web07'), firedAt: time }, alertOf('sql02')], NOW);
    sender.enqueue([{ ...alertOf('web08', 'resolved'), resolvedAt: time }], NOW);
    await sender.drain();
    expect(sender.counts()).toEqual({ sent: 1, errors: 0, dropped: 2, queued: 0 });
    expect(payloads().flatMap(({ alerts }) => alerts.map(({ labels }) => labels['vm']))).toEqual(['sql02']);
    expect(log.lines.join('\n')).toContain('alerts with impossible times were dropped');
  },
);

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
