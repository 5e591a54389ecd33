import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { thresholdsSchema } from '../../src/alerting/thresholds.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { CAPTURE_SCHEMA } from '../../src/collect/replay/capture-file.ts';
import { reasonById } from '../../src/diagnosis/reasons.ts';
import { PARTS } from '../../src/document/document.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { freePort } from '../support/servers/port.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { type Receiver, startReceiver } from '../support/servers/receiver.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';
import { quickRules } from '../support/quick-rules.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'alerting of ü '));
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Seconds in which the VF is there, gone, and there again */
const [PULLED, BACK] = [8, 30];
const HOLD = 5;
const THRESHOLDS = { alerts: { SriovVfFallback: { for: '3s', keep_firing_for: '5s' } } };

/**
 * A recording of the demo host, a second a poll: one of its VMs is on its VF, but for the seconds in which it has lost it.
 * After the last second all stays as it is.
 */
function recording(name: string, seconds: number, isLost: (second: number) => boolean): string {
  const startedAt = Date.UTC(2026, 4, 4, 12);
  const world = makeWorld(1, 'flapping', startedAt);
  const documents = Array.from({ length: seconds }, (_, second) => {
    const at = startedAt + (isLost(second) ? 250_000 : 100_000);
    return PARTS.filter((part) => second === 0 || part === 'inventory').map((part) => ({
      part,
      offsetMs: second * 1000,
      document: movedBy(writeDocument(part, at, world), startedAt + second * 1000 - at),
    }));
  }).flat();
  return file(name, gzipSync(JSON.stringify({ schema: CAPTURE_SCHEMA, agent: 'test', startedAt, documents })));
}

/** A document as if read so many milliseconds later. */
const movedBy = (document: unknown, ms: number): unknown =>
  JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === 'takenAt' && typeof value === 'number' ? value + ms : value,
  );

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

describeWith(['prometheus', 'alertmanager'], 'a VF that is pulled, and comes back', () => {
  let pager: Receiver;
  let hook: Receiver;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  const exporters = new Map<string, Exporter>();
  const ports = new Map<string, number>();

  const instanceOf = (name: string) => `127.0.0.1:${ports.get(name)}`;
  /** What was notified of an exporter's host, through the Alertmanager or the agent's own webhook. */
  const notified = (name: string, by = pager): readonly Notification[] =>
    by.received
      .flatMap(({ json }) => (json as { alerts: Notification[] }).alerts)
      .filter(({ labels }) => labels['instance'] === instanceOf(name) && labels['alertname'] === 'SriovVfFallback');
  const statuses = (name: string, by = pager) => notified(name, by).map(({ status }) => status);
  const why = () => [...exporters.values(), alertmanager, prometheus].map(({ log }) => log()).join('\n');

  async function start(name: string, replay: string, alerting: object | undefined): Promise<Exporter> {
    const config = {
      source: 'replay',
      replay: { file: replay },
      poll: { inventory: { interval: '1s' }, activity: { interval: '5s' } },
      storage: { path: join(folder, `storage of ${name}`) },
      ...(alerting === undefined
        ? {}
        : {
            alerting: {
              enabled: true,
              thresholds_file: file('thresholds.yaml', stringify(THRESHOLDS)),
              external_labels: { instance: instanceOf(name), cluster: 'c1' },
              alertmanagers: [{ url: `http://127.0.0.1:${ports.get('dead')}` }, { url: alertmanager.url }],
              ...alerting,
            },
          }),
    };
    const path = file(`${name}.yaml`, stringify(config));
    const exporter = await startExporter(['--config.file', path], { port: ports.get(name) ?? 0 });
    exporters.set(name, exporter);
    return exporter;
  }

  beforeAll(async () => {
    for (const name of ['dead', 'scraped', 'pushing', 'both', 'restarted']) ports.set(name, await freePort());
    pager = await startReceiver();
    hook = await startReceiver();
    const sample = parse(readFileSync(join(root, 'alerts/alertmanager.yml'), 'utf8')) as { inhibit_rules: unknown };
    alertmanager = await startAlertmanager({
      route: { receiver: 'pager', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
      receivers: [{ name: 'pager', webhook_configs: [{ url: pager.url, send_resolved: true }] }],
      inhibit_rules: sample.inhibit_rules,
    });
    for (const [name, text] of quickRules(thresholdsSchema.parse(THRESHOLDS))) file(name, text);
    prometheus = await startPrometheus({
      config: {
        rule_files: [`${folder}/*.rules.yaml`],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
        scrape_configs: [
          {
            job_name: 'hyperv-sriov',
            static_configs: [{ targets: ['scraped', 'both'].map(instanceOf), labels: { cluster: 'c1' } }],
          },
        ],
      },
    });
    const once = recording('once.json.gz', BACK + 1, (second) => second >= PULLED && second < BACK);
    const stays = recording('stays.json.gz', PULLED + 1, (second) => second >= PULLED);
    await Promise.all([
      start('scraped', once, undefined),
      start('pushing', once, { webhook: { url: `${hook.url}/hook` } }),
      start('both', once, { hold: `${HOLD}s` }),
      start('restarted', stays, {}),
    ]);
  });

  afterAll(async () => {
    await Promise.all([...exporters.values(), prometheus, alertmanager].map((program) => program?.stop()));
    await Promise.all([pager?.close(), hook?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('causes one notification by each of the two ways when it starts, and one when it ends', async () => {
    const firing = (name: string, by?: Receiver) =>
      until(`${name} fires`, () => statuses(name, by).includes('firing'), { why });
    const restart = async () => {
      await firing('restarted');
      // Killed in mid alert: what it knows is on disk.
      await exporters.get('restarted')?.stop();
      const { url } = await start(
        'restarted',
        recording('lost.json.gz', 1, () => true),
        {},
      );
      await until('the restarted agent has sent its alert again', async () =>
        /^hyperv_exporter_notifications_sent_total\{alertmanager="[^"]*"\} [1-9]/m.test(
          await (await fetch(`${url}/metrics`)).text(),
        ),
      );
    };
    const muted = () =>
      until(
        'the agent’s alert is muted by that of Prometheus',
        async () => {
          const alerts = (await alertmanager.api('alerts')) as {
            labels: Record<string, string>;
            status: { inhibitedBy: string[] };
          }[];
          const own = alerts.find(
            ({ labels }) => labels['instance'] === instanceOf('both') && labels['source'] === 'sriov-agent',
          );
          return (own?.status.inhibitedBy.length ?? 0) > 0;
        },
        { why },
      );
    await Promise.all([
      firing('scraped'),
      firing('pushing'),
      firing('pushing', hook),
      firing('both'),
      muted(),
      restart(),
    ]);
    await Promise.all(
      (
        [
          ['scraped', pager],
          ['pushing', pager],
          ['pushing', hook],
          ['both', pager],
        ] as const
      ).map(([name, by]) => until(`${name} is over`, () => statuses(name, by).includes('resolved'), { why })),
    );
    // Time for what must not come
    await sleep(4000);
    expect(
      Object.fromEntries(['scraped', 'pushing', 'both', 'restarted'].map((name) => [name, statuses(name)])),
    ).toEqual({
      scraped: ['firing', 'resolved'],
      pushing: ['firing', 'resolved'],
      both: ['firing', 'resolved'],
      restarted: ['firing'],
    });
    expect(statuses('pushing', hook)).toEqual(['firing', 'resolved']);
  });

  describe('the notification', () => {
    it.each(['scraped', 'pushing'])('of the host that is %s has VM, remedy and runbook', (name) => {
      const [{ labels, annotations } = expect.fail('nothing was notified')] = notified(name);
      expect(labels).toMatchObject({ severity: 'warning', cluster: 'c1', vswitch: 'vSwitch_LAN01' });
      const vm = labels['vm'] ?? '';
      expect(vm).not.toBe('');
      expect(annotations['description']).toContain(`of ${vm} on ${instanceOf(name)}`);
      expect(annotations['remedy']).not.toBe('');
      expect(annotations['summary']).toMatch(new RegExp(`^${vm} on .+: A virtual NIC `));
      expect(annotations['page_url']).toBe(`http://${instanceOf(name)}/vm?id=${labels['vm_id']}`);
      expect(annotations['runbook_url']).toBe(`http://${instanceOf(name)}/docs/runbooks/SriovVfFallback.md`);
    });

    it('of the agent names the reason and its remedy; that of Prometheus says where they are shown', () => {
      const [, id = ''] = /Reason: (\w+)\./.exec(notified('pushing')[0]?.annotations['description'] ?? '') ?? [];
      expect(reasonById(id)).toBeDefined();
      expect(notified('pushing')[0]?.annotations['remedy']).toBe(reasonById(id)?.remedy);
      expect(notified('scraped')[0]?.annotations['remedy']).toContain(`status page of ${instanceOf('scraped')}`);
    });

    it('says the same from both senders; the agent’s alert is marked as such', () => {
      const [scraped] = notified('scraped');
      const [pushing] = notified('pushing');
      const neutral = (name: string, text = '') =>
        text.replaceAll(instanceOf(name), 'host').replace(/ Reason: \w+\./, '');
      expect(neutral('pushing', pushing?.annotations['description'])).toBe(
        neutral('scraped', scraped?.annotations['description']),
      );
      expect(scraped?.labels['source']).toBeUndefined();
      expect(pushing?.labels['source']).toBe('sriov-agent');
      expect(notified('both').filter(({ labels }) => labels['source'] !== undefined)).toEqual([]);
    });

    it('has the fingerprint that Alertmanager gives it, on the agent’s own webhook too', () => {
      expect(notified('pushing', hook)[0]?.fingerprint).toBe(notified('pushing')[0]?.fingerprint);
    });
  });

  it('an unreachable Alertmanager does not affect the others', async () => {
    const text = await (await fetch(`${exporters.get('pushing')?.url}/metrics`)).text();
    const count = (what: string, url: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`hyperv_exporter_notifications_${what}_total{alertmanager="${url}"}`))
          ?.split(' ')[1],
      );
    expect(count('sent', alertmanager.url)).toBeGreaterThanOrEqual(2);
    expect(count('errors', alertmanager.url)).toBe(0);
    expect(count('sent', `http://${instanceOf('dead')}`)).toBe(0);
    expect(count('errors', `http://${instanceOf('dead')}`)).toBeGreaterThanOrEqual(2);
  });
});
