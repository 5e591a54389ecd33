import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertInstance } from '../../../src/alerting/evaluate.ts';
import { alertmanager } from '../../../src/alerting/notify/alertmanager.ts';
import type { PostableAlert } from '../../../src/alerting/notify/payload.ts';
import { AlertQueue, keyOf } from '../../../src/alerting/notify/queue.ts';
import { createSender, type Sender } from '../../../src/alerting/notify/sender.ts';
import type { Endpoint } from '../../../src/alerting/notify/endpoint.ts';
import { freePort } from '../../support/servers/port.ts';
import { type Received, type Receiver, startReceiver } from '../../support/servers/receiver.ts';
import { until } from '../../support/servers/until.ts';
import { alertOf, keptLog, NOW } from './support.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
/** Ends their loops, which would try again for as long as the process lives, under the clocks of other tests too. */
const senders: Sender[] = [];
afterEach(async () => {
  await receiver.close();
  await Promise.all(senders.splice(0).map((sender) => sender.drain()));
});

function senderOf(endpoint: Partial<Endpoint> = {}, options: Parameters<typeof createSender>[2] = {}) {
  const log = keptLog();
  const sender = createSender(
    alertmanager(() => ({ url: receiver.url, ...endpoint }), log),
    log,
    {
      retryMs: () => 5,
      ...options,
    },
  );
  senders.push(sender);
  return { log, sender };
}
const alertsOf = ({ json }: Received): readonly PostableAlert[] => json as PostableAlert[];
const vmsOf = (request: Received): readonly (string | undefined)[] =>
  alertsOf(request).map(({ labels }) => labels['vm']);
const many = (count: number): AlertInstance[] => Array.from({ length: count }, (_, vm) => alertOf(`vm${vm}`));

describe('what an Alertmanager is sent', () => {
  it('has start and end always, labels, texts and the runbook; a firing alert ends by itself after four minutes', async () => {
    const { sender } = senderOf({ url: `${receiver.url}/prefix/` });
    sender.enqueue([alertOf('web07'), alertOf('sql02', 'resolved')], NOW);
    await sender.drain();
    const [request] = receiver.received;
    expect(request?.url).toBe('/prefix/api/v2/alerts');
    expect(request?.headers['content-type']).toBe('application/json');
    const { labels, annotations } = alertOf('web07');
    const runbook = 'https://runbooks.example/SriovVfFallback.md';
    expect(request && alertsOf(request)).toEqual([
      { labels, annotations, startsAt: iso(NOW - 300), endsAt: iso(NOW + 240), generatorURL: runbook },
      expect.objectContaining({ startsAt: iso(NOW - 300), endsAt: iso(NOW - 10) }),
    ]);
    expect(sender.name).toBe(`${receiver.url}/prefix`);
  });

  it('goes with credentials and headers as configured', async () => {
    const { sender } = senderOf({
      basicAuth: { username: 'agent', password: 'pässwörd' },
      headers: { 'X-Scope-OrgID': 'tenant-1' },
    });
    sender.enqueue([alertOf('web07')], NOW);
    await sender.drain();
    const { sender: other } = senderOf({ bearerToken: 'token-1' });
    other.enqueue([alertOf('web07')], NOW);
    await other.drain();
    const [first, second] = receiver.received;
    expect(first?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('agent:pässwörd').toString('base64')}`,
      'x-scope-orgid': 'tenant-1',
    });
    expect(second?.headers.authorization).toBe('Bearer token-1');
  });

  it('goes in batches of 256', async () => {
    const { sender } = senderOf();
    sender.enqueue(many(600), NOW);
    await sender.drain();
    expect(receiver.received.map((request) => alertsOf(request).length)).toEqual([256, 256, 88]);
    expect(sender.counts()).toEqual({ sent: 600, errors: 0, dropped: 0, queued: 0 });
  });
});

describe('an Alertmanager that refuses', () => {
  it('a batch that is too large for a proxy is sent in parts, and an alert that is too large alone is refused', async () => {
    const { sender } = senderOf();
    receiver.answer = (request) => ({
      status: vmsOf(request).length > 2 || vmsOf(request).includes('vm5') ? 413 : 200,
    });
    sender.enqueue(
      Array.from({ length: 9 }, (_, vm) => alertOf(`vm${vm}`)),
      NOW,
    );
    await sender.drain();
    expect(sender.counts()).toEqual({ sent: 8, errors: 1, dropped: 0, queued: 0 });
  });

  it('one alert of a batch with 400 gets the others, and the one is named in the log', async () => {
    receiver.answer = (request) =>
      vmsOf(request).includes('vm13') ? { status: 400, body: 'invalid label set' } : { status: 200 };
    const { sender, log } = senderOf();
    sender.enqueue(many(40), NOW);
    await sender.drain();
    const accepted = receiver.received.filter((request) => !vmsOf(request).includes('vm13')).flatMap(vmsOf);
    expect(accepted).toHaveLength(39);
    expect(new Set(accepted).size).toBe(39);
    expect(sender.counts()).toMatchObject({ sent: 39, errors: 1, queued: 0 });
    expect(log.lines).toEqual([expect.stringMatching(/^alert refused .*vm13.*invalid label set/)]);
  });

  it.each([500, 503, 429, 401, 302])('with %i is tried again, later and later, until it takes them', async (status) => {
    let fails = 3;
    receiver.answer = () =>
      fails-- > 0 ? { status, headers: { location: `${receiver.url}/elsewhere` } } : { status: 200 };
    const pauses: number[] = [];
    const { sender, log } = senderOf({}, { retryMs: (failures) => pauses.push(failures) });
    sender.enqueue([alertOf('web07')], NOW);
    await until('they are sent', () => sender.counts().sent === 1);
    expect(pauses).toEqual([1, 2, 3]);
    // Not followed: nobody configured that address.
    expect(receiver.received.map(({ url }) => url)).toEqual(Array(4).fill('/api/v2/alerts'));
    expect(sender.counts()).toEqual({ sent: 1, errors: 3, dropped: 0, queued: 0 });
    expect(log.lines[0]).toContain(`answered ${status}`);
  });

  it('then gets the newest state of each alert, once', async () => {
    receiver.answer = () => ({ status: 503 });
    const { sender } = senderOf();
    sender.enqueue([alertOf('web07'), alertOf('sql02')], NOW);
    await until('it was refused', () => sender.counts().errors > 0);
    sender.enqueue([alertOf('web07', 'resolved')], NOW + 15);
    // An attempt may have been on its way with the former word: the second from now on has the new one.
    const before = receiver.received.length;
    await until('it was refused again', () => receiver.received.length >= before + 2);
    const refused = receiver.received.length;
    receiver.answer = () => ({ status: 200 });
    await until('they are sent', () => sender.counts().queued === 0 && sender.counts().sent >= 2);
    const taken = receiver.received.slice(refused).flatMap(alertsOf);
    expect(new Map(taken.map(({ labels, endsAt }) => [labels['vm'], endsAt]))).toEqual(
      new Map([
        ['web07', iso(NOW - 10)],
        ['sql02', iso(NOW + 255)],
      ]),
    );
  });
});

describe('an unreachable Alertmanager', () => {
  it('has a limited queue that drops the oldest alerts, and does not delay others', async () => {
    const dead = senderOf(
      { url: `http://127.0.0.1:${await freePort()}` },
      { queue: new AlertQueue(100), retryMs: () => 60_000 },
    );
    const alive = senderOf();
    dead.sender.enqueue(many(150), NOW);
    alive.sender.enqueue(many(150), NOW);
    await alive.sender.drain();
    await dead.sender.drain();
    expect(alive.sender.counts()).toMatchObject({ sent: 150, queued: 0 });
    expect(dead.sender.counts()).toMatchObject({ sent: 0, dropped: 50, queued: 100 });
    expect(many(150).map((alert) => dead.sender.isUnsent(keyOf(alert)))).toEqual(
      Array.from({ length: 150 }, (_, index) => index >= 50),
    );
    expect(dead.log.lines[0]).toMatch(/ECONNREFUSED/);
  });

  it('has alerts count as unsent while they are being sent', async () => {
    receiver.answer = () => undefined;
    const { sender } = senderOf();
    sender.enqueue([alertOf('web07')], NOW);
    await until('it has it', () => receiver.received.length === 1);
    expect(['web07', 'sql02'].map((vm) => sender.isUnsent(keyOf(alertOf(vm))))).toEqual([true, false]);
    expect(sender.counts()).toMatchObject({ sent: 0, queued: 1 });
  });
});

it('no message contains secrets, even if the server repeats them', async () => {
  const endpoint: Partial<Endpoint> = {
    url: `${receiver.url.replace('//', '//user:inUrl@')}/?token=inQuery`,
    basicAuth: { username: 'agent', password: 'inPassword' },
    headers: { 'X-Key': 'inHeader' },
  };
  receiver.answer = ({ headers, url }) => ({
    status: 400,
    body: `you sent ${url} ${JSON.stringify(headers)} inPassword\n\u001b[31m`,
  });
  const { sender, log } = senderOf(endpoint);
  sender.enqueue([alertOf('web07')], NOW);
  await sender.drain();
  const said = [sender.name, ...log.lines].join('\n');
  expect(log.lines[0]).toContain('you sent');
  const encoded = Buffer.from('agent:inPassword').toString('base64');
  for (const secret of ['inUrl', 'inQuery', 'inPassword', 'inHeader', encoded]) expect(said).not.toContain(secret);
  expect(said).not.toContain('\\u001b');
});

it('no message contains a part of a secret, wherever the answer is cut', async () => {
  const secret = 'Q7Z0Q7Z1Q7Z2Q7Z3';
  const { sender, log } = senderOf({ bearerToken: secret });
  const pads = [1024, 65_536].flatMap((limit) => Array.from({ length: 20 }, (_, at) => limit - 18 + at));
  for (const pad of pads) {
    receiver.answer = () => ({ status: 400, body: `${'x'.repeat(pad)}${secret}${'y'.repeat(5000)}` });
    sender.enqueue([alertOf('web07')], NOW);
    await sender.drain();
  }
  expect(log.lines).toHaveLength(pads.length);
  expect(log.lines.filter((line) => /Q7Z|7Z\d/.test(line))).toEqual([]);
});

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
