import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Receiver, startReceiver } from '../support/servers/receiver.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
/** Of the simulated hosts hv04 has a vSwitch without IOV, and hv07 does not answer. */
const WATCHED = { SriovVswitchNotIov: 'hv04', SriovTargetUnreachable: 'hv07' } as const;
const THRESHOLDS = {
  alerts: Object.fromEntries(Object.keys(WATCHED).map((name) => [name, { for: '2s', keep_firing_for: '0s' }])),
};
/** Time for a notification that must not come */
const QUIET_MS = 4000;

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

describeWith(['alertmanager'], 'a collector that evaluates alerts itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'collector alerts '));
  const path = join(folder, 'config.yaml');
  let pager: Receiver;
  let alertmanager: Alertmanager;
  let collector: Exporter;
  const why = () => `${collector.log()}\n${alertmanager.log()}`;

  function configure(hosts: number): void {
    writeFileSync(join(folder, 'thresholds.yaml'), stringify(THRESHOLDS));
    writeFileSync(
      path,
      stringify({
        source: 'demo',
        demo: { hosts },
        web: { 'enable-lifecycle': true, 'external-url': 'https://collector.example.net' },
        poll: { inventory: { interval: '1s' } },
        storage: { path: join(folder, 'state') },
        alerting: {
          enabled: true,
          thresholds_file: 'thresholds.yaml',
          external_labels: { site: 'berlin' },
          alertmanagers: [{ url: alertmanager.url }],
        },
      }),
    );
  }
  const start = async () => {
    collector = await startExporter(['--config.file', path], { path: '' });
  };
  const notified = (name: keyof typeof WATCHED): readonly Notification[] =>
    pager.received
      .flatMap(({ json }) => (json as { alerts: Notification[] }).alerts)
      .filter(({ labels }) => labels['alertname'] === name);
  const statuses = () =>
    Object.fromEntries(
      Object.entries(WATCHED).map(([name, instance]) => [
        name,
        notified(name as keyof typeof WATCHED)
          .filter(({ labels }) => labels['instance'] === instance)
          .map(({ status }) => status),
      ]),
    );

  beforeAll(async () => {
    pager = await startReceiver();
    const sample = parse(readFileSync(join(root, 'alerts/alertmanager.yml'), 'utf8')) as { inhibit_rules: unknown };
    alertmanager = await startAlertmanager({
      route: { receiver: 'pager', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
      receivers: [{ name: 'pager', webhook_configs: [{ url: pager.url, send_resolved: true }] }],
      inhibit_rules: sample.inhibit_rules,
    });
    configure(8);
    await start();
  });
  afterAll(async () => {
    await Promise.all([collector?.stop(), alertmanager?.stop(), pager?.close()]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('notifies once of each host, with the labels of the target and its name as instance', async () => {
    await until('both have fired', () => Object.values(statuses()).every((all) => all.length > 0), { why });
    await sleep(QUIET_MS);
    expect(statuses()).toEqual({ SriovVswitchNotIov: ['firing'], SriovTargetUnreachable: ['firing'] });
    expect(notified('SriovTargetUnreachable').map(({ labels }) => labels)).toEqual([
      {
        alertname: 'SriovTargetUnreachable',
        severity: 'warning',
        instance: 'hv07',
        cluster: 'demo-2',
        site: 'berlin',
        source: 'sriov-agent',
      },
    ]);
    const [notIov = expect.fail('not notified')] = notified('SriovVswitchNotIov');
    expect(notIov.labels).toMatchObject({ instance: 'hv04', cluster: 'demo-1', site: 'berlin' });
    expect(notIov.annotations['page_url']).toBe('https://collector.example.net/host?target=hv04');
  });

  it('shows the alerts of a host in the API and on its page, and how sending goes in its metrics', async () => {
    const of = async (address: string) => (await fetch(`${collector.url}${address}`)).text();
    const { enabled, alerts } = JSON.parse(await of('/api/v1/alerts?target=hv07&state=firing')) as {
      enabled: boolean;
      alerts: { name: string; labels: Record<string, string> }[];
    };
    expect(enabled).toBe(true);
    expect(alerts.map(({ name, labels }) => [name, labels['instance']])).toContainEqual([
      'SriovTargetUnreachable',
      'hv07',
    ]);
    expect(await of('/api/v1/alerts?target=hv01')).not.toContain('hv07');
    expect(await of('/host?target=hv04')).toContain('SriovVswitchNotIov');
    expect(await of('/metrics')).toMatch(/^hyperv_exporter_notifications_sent_total\{alertmanager="[^"]+"\} [1-9]/m);
  });

  it('continues after kill -9 and notifies nobody a second time', async () => {
    await collector.stop();
    await start();
    await until(
      'it has sent its alerts again',
      async () =>
        /^hyperv_exporter_notifications_sent_total\{[^}]*\} ([2-9]|\d\d)/m.test(
          await (await fetch(`${collector.url}/metrics`)).text(),
        ),
      { why },
    );
    await sleep(QUIET_MS);
    expect(statuses()).toEqual({ SriovVswitchNotIov: ['firing'], SriovTargetUnreachable: ['firing'] });
  });

  it('resolves the alerts of a target that a reload removes, and of no other', async () => {
    configure(6);
    expect((await fetch(`${collector.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    await until('it is resolved', () => statuses()['SriovTargetUnreachable']?.includes('resolved') === true, { why });
    await sleep(QUIET_MS);
    expect(statuses()).toEqual({ SriovVswitchNotIov: ['firing'], SriovTargetUnreachable: ['firing', 'resolved'] });
    const saved = readFileSync(join(folder, 'state/targets/hv07/alerts.json'), 'utf8');
    expect(saved).toContain('"resolved"');
    expect(saved).not.toContain('"firing"');
  });
});
