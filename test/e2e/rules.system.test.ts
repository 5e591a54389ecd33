import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { type Scenario, SETTLE_SECONDS } from '../../src/simulated-host/scenarios.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { type Receiver, startReceiver } from '../support/servers/receiver.ts';
import { until } from '../support/servers/until.ts';
import { simulateHost } from '../support/simulated-host.ts';
import { describeWith } from '../support/tools.ts';
import { quickRules } from '../support/quick-rules.ts';

const root = join(import.meta.dirname, '../..');
type Labels = Readonly<Record<string, string>>;

/** The rules as they are but for their times: a second stands for a minute, and so everywhere here. */
const FASTER = 60;
const THRESHOLDS = {
  ...defaultThresholds,
  alerts: Object.fromEntries(
    ALERTS.map(({ name, for: wait, keepFiringFor = 0 }) => [
      name,
      { for: wait / FASTER, keep_firing_for: keepFiringFor / FASTER },
    ]),
  ),
};
/** Longer than every `for` that matters here, and Alertmanager's group_wait */
const ALL_FIRED_MS = 25_000;

/** What a host shows; undefined where its exporter does not answer. */
type Shown = string | undefined;

/** Virtual NICs of a small host by their path: so many on their VF, so many off it. */
function smallHost(onVf: number, off: number): string {
  const lines: string[] = [];
  for (let number = 0; number < onVf + off; number++) {
    const ids = `vm="vm${number}",vm_id="ID-${number}",vnic="Network Adapter",vnic_id="NIC-${number}"`;
    const active = number < onVf ? 1 : 0;
    lines.push(
      `hyperv_vnic_info{${ids},vswitch="vSwitch",mac="",kind="synthetic"} 1`,
      `hyperv_vnic_vf_requested{${ids}} 1`,
      `hyperv_vnic_vf_assigned{${ids}} ${active}`,
      `hyperv_vnic_vf_active{${ids}} ${active}`,
      ...(active === 1 ? [] : [`hyperv_vnic_fallback{${ids},reason="vf_absent_unexplained"} 1`]),
    );
  }
  const vswitch = { iov_enabled: 1, vf_limit: 62, vf_in_use: onVf, vf_requested: onVf + off, vf_waiting: off };
  for (const [name, value] of Object.entries(vswitch)) lines.push(`hyperv_vswitch_${name}{vswitch="vSwitch"} ${value}`);
  for (const [path, value] of Object.entries({ vf: onVf, synthetic: off, unknown: 0 }))
    lines.push(`hyperv_vswitch_vnics{vswitch="vSwitch",path="${path}"} ${value}`);
  return `${lines.join('\n')}\n`;
}
/** Each host has virtual NICs of its own. */
const named = (text: string, host: string): string => text.replaceAll('ID-', `${host}-`).replaceAll('NIC-', `${host}-`);

/** What a demo host shows when its scenario has settled, as a real one. */
async function demoHost(scenario: Scenario): Promise<string> {
  const simulated = simulateHost(scenario, {
    startedAt: Date.now() - SETTLE_SECONDS[scenario] * 1000,
    tickSeconds: 60,
  });
  await simulated.settle(SETTLE_SECONDS[scenario]);
  const body = (await simulated.pipeline.exposition.body('text')).plain();
  await simulated.close();
  return body.toString().replace(/^(hyperv_exporter_simulated) 1$/m, '$1 0');
}

interface Notification {
  readonly status: string;
  readonly labels: Labels;
}

describeWith(['prometheus', 'alertmanager'], 'rules on real servers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules of ü '));
  const hosts = new Map<string, Shown>();
  let server: Server;
  let receiver: Receiver;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;

  /** Which hosts Prometheus knows, by cluster. */
  const discover = (clusters: Readonly<Record<string, readonly string[]>>): void => {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    const targets = Object.entries(clusters).flatMap(([cluster, names]) =>
      names.map((host) => ({
        targets: [`127.0.0.1:${address.port}`],
        labels: { __metrics_path__: `/${host}`, cluster, host, instance: `${host}:10182` },
      })),
    );
    // Written at once, as Prometheus may read it at any time
    writeFileSync(join(folder, 'new'), JSON.stringify(targets));
    renameSync(join(folder, 'new'), join(folder, 'targets.json'));
  };
  /** What was notified of these hosts and clusters: names of alerts, each with how often it was said to fire. */
  const notified = (wanted: (labels: Labels) => boolean): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { json } of receiver.received)
      for (const { status, labels } of (json as { alerts: Notification[] }).alerts)
        if (status === 'firing' && wanted(labels)) {
          const name = `${labels['alertname']} (${labels['severity']})`;
          counts[name] = (counts[name] ?? 0) + 1;
        }
    return counts;
  };
  const scraped = (expr: string, value: number) =>
    until(`${expr} is ${value}`, async () => (await prometheus.value(expr)) === value, { why: prometheus.log });

  beforeAll(async () => {
    server = createServer((request, response) => {
      const shown = hosts.get(request.url?.slice(1) ?? '');
      response.writeHead(shown === undefined ? 503 : 200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(shown);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    receiver = await startReceiver();
    const sample = parse(readFileSync(join(root, 'alerts/alertmanager.yml'), 'utf8')) as {
      route: object;
      inhibit_rules: unknown;
    };
    alertmanager = await startAlertmanager({
      route: {
        ...sample.route,
        routes: [],
        receiver: 'all',
        group_by: ['cluster', 'instance'],
        group_wait: '500ms',
        group_interval: '5s',
      },
      receivers: [{ name: 'all', webhook_configs: [{ url: receiver.url, send_resolved: false }] }],
      inhibit_rules: sample.inhibit_rules,
    });
    for (const [name, text] of quickRules(THRESHOLDS)) writeFileSync(join(folder, name), text);
    discover({});
    prometheus = await startPrometheus({
      config: {
        rule_files: [`${folder}/*.rules.yaml`],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
        scrape_configs: [
          {
            job_name: defaultThresholds.job,
            file_sd_configs: [{ files: [join(folder, 'targets.json')], refresh_interval: '1s' }],
          },
        ],
      },
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await receiver?.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a blocked host, a disabled NIC and a vSwitch without IOV notify once each, by their cause', async () => {
    const causes: Readonly<Record<string, readonly [Scenario, string]>> = {
      blocked: ['host-blocked', 'SriovHostIovUnsupported (warning)'],
      disabled: ['nic-disabled', 'SriovNicIovDisabled (warning)'],
      switch: ['switch-not-iov', 'SriovVswitchNotIov (warning)'],
    };
    const healthy = await demoHost('healthy');
    const sick = new Map<string, string>();
    for (const [host, [scenario]] of Object.entries(causes)) sick.set(host, await demoHost(scenario));
    for (const host of sick.keys()) hosts.set(host, healthy);
    discover(Object.fromEntries([...sick.keys()].map((host) => [`cluster-${host}`, [host]])));
    await scraped('count(up == 1)', sick.size);
    // They have their VFs, and then they lose them.
    await scraped('count(count by (instance) (hyperv_vnic_vf_active == 1))', sick.size);
    for (const [host, text] of sick) hosts.set(host, text);
    await until('the causes are notified', () =>
      [...sick.keys()].every(
        (host) => Object.keys(notified(({ instance }) => instance === `${host}:10182`)).length > 0,
      ),
    );
    await sleep(ALL_FIRED_MS);
    // The victims fire, and nobody hears of them.
    expect(await prometheus.value('count(ALERTS{alertname="SriovVfFallback",alertstate="firing"})')).toBeGreaterThan(
      10,
    );
    for (const [host, [, cause]] of Object.entries(causes))
      expect(
        notified(({ instance }) => instance === `${host}:10182`),
        host,
      ).toEqual({ [cause]: 1 });
    discover({});
  });

  it('exporters that stop, come back, are added, start together, and a cluster that is renamed, raise no cluster fallback', async () => {
    const show = (host: string, onVf: number, off: number) => hosts.set(host, named(smallHost(onVf, off), host));
    const many = ['together-1', 'together-2', 'together-3', 'together-4'];
    show('stops-1', 9, 3);
    show('stops-2', 30, 0);
    show('returns-1', 12, 0);
    show('added-1', 12, 0);
    for (const host of many) show(host, 4, 4);
    show('renamed-1', 6, 6);
    show('renamed-2', 12, 0);
    const clusters = {
      stops: ['stops-1', 'stops-2'],
      returns: ['returns-1', 'returns-2'],
      added: ['added-1'],
      together: many,
      old: ['renamed-1', 'renamed-2'],
    };
    discover(clusters);
    await scraped('count(up == 1)', 10);
    await sleep(3000);

    hosts.set('stops-2', undefined);
    show('returns-2', 0, 8);
    show('added-2', 0, 8);
    for (const host of many) hosts.set(host, undefined);
    const { old, ...others } = clusters;
    discover({ ...others, added: ['added-1', 'added-2'], new: old });
    await sleep(4000);
    // What is on its VF is known first.
    for (const host of many) show(host, 4, 0);
    await sleep(3000);
    for (const host of many) show(host, 4, 4);
    await scraped('count(up == 1)', 11);
    await sleep(ALL_FIRED_MS);

    const ours = ({ cluster = '' }: Labels) =>
      ['stops', 'returns', 'added', 'together', 'old', 'new'].includes(cluster);
    const counts = notified(ours);
    expect(Object.keys(counts).filter((name) => /ClusterFallback|HostMassFallback|FailoverVfShort/.test(name))).toEqual(
      [],
    );
    // It is not quiet because nothing is notified.
    expect(counts['SriovExporterDown (warning)']).toBeGreaterThan(0);
    expect(counts['SriovVfFallback (warning)']).toBeGreaterThan(10);

    // A loss is one: of the twelve virtual NICs of a host and of the twelve of another.
    show('renamed-1', 3, 9);
    show('renamed-2', 9, 3);
    await until('the loss is notified', () => notified(ours)['SriovClusterFallback (critical)'] === 1, {
      why: () => JSON.stringify(notified(ours)),
    });
  });
});
