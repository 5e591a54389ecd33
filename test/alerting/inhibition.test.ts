import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERTS, ALERT_GROUPS } from '../../src/alerting/rules/index.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

type Labels = Readonly<Record<string, string>>;

const HOST = { instance: 'hv01:10182' };
const VSWITCH = { ...HOST, vswitch: 'vSwitch01' };
const NIC = { ...HOST, nic: 'NIC 1' };
const VNIC = { ...VSWITCH, vm: 'vm', vm_id: 'vm-1', vnic: 'Network Adapter', vnic_id: 'vnic-1' };
const INVENTORY = { ...HOST, collector: 'inventory' };

/** What each alert is about: its labels beside alertname, severity and cluster. */
const LABELS: Readonly<Record<string, Labels>> = {
  SriovExporterDown: HOST,
  SriovExportersAbsent: {},
  SriovPollStale: INVENTORY,
  SriovCollectorFailing: INVENTORY,
  SriovStateUnknown: HOST,
  SriovAgentPushFailing: HOST,
  SriovHostIovUnsupported: HOST,
  SriovNicIovDisabled: { ...NIC, vswitch: 'vSwitch01' },
  SriovVswitchNotIov: VSWITCH,
  SriovVfFallback: VNIC,
  SriovVfNotUsedByGuest: VNIC,
  SriovVfPathFlapping: VNIC,
  SriovHostMassFallback: HOST,
  SriovVfPoolNearExhaustion: VSWITCH,
  SriovVfPoolExhausted: VSWITCH,
  SriovVfPoolPredictedFull: VSWITCH,
  SriovQueuePairsExhausted: VSWITCH,
  SriovVportNotActivated: { ...NIC, vport: '3', vm: 'vm', vm_id: 'vm-1', vnic_id: 'vnic-1' },
  SriovVmqStarved: VNIC,
  SriovVmqHeldByIdleVm: VNIC,
  SriovGuestCpuHighOnSynthetic: { ...HOST, vm: 'vm', vm_id: 'vm-1' },
  SriovDuplicateMac: { mac: '00:15:5D:01:02:03' },
  SriovDuplicateIp: HOST,
  SriovClusterFallback: {},
  SriovFailoverVfShort: { vswitch: 'vSwitch01' },
};

/** Who is muted by whom, as promised. */
const MUTED_BY: Readonly<Record<string, readonly string[]>> = {
  SriovPollStale: ['SriovExporterDown'],
  SriovCollectorFailing: ['SriovPollStale'],
  SriovStateUnknown: ['SriovExporterDown', 'SriovPollStale', 'SriovCollectorFailing'],
  SriovHostIovUnsupported: ['SriovPollStale', 'SriovCollectorFailing'],
  SriovNicIovDisabled: ['SriovHostIovUnsupported'],
  SriovVswitchNotIov: ['SriovHostIovUnsupported'],
  SriovVfFallback: [
    'SriovExporterDown',
    'SriovPollStale',
    'SriovCollectorFailing',
    'SriovHostIovUnsupported',
    'SriovNicIovDisabled',
    'SriovVswitchNotIov',
    'SriovHostMassFallback',
  ],
  SriovVfNotUsedByGuest: [
    'SriovExporterDown',
    'SriovPollStale',
    'SriovCollectorFailing',
    'SriovHostIovUnsupported',
    'SriovNicIovDisabled',
    'SriovVswitchNotIov',
    'SriovHostMassFallback',
  ],
  SriovHostMassFallback: [
    'SriovExporterDown',
    'SriovPollStale',
    'SriovHostIovUnsupported',
    'SriovNicIovDisabled',
    'SriovVswitchNotIov',
  ],
  SriovVfPathFlapping: ['SriovHostMassFallback'],
  SriovGuestCpuHighOnSynthetic: ['SriovHostMassFallback'],
  SriovVfPoolExhausted: ['SriovHostIovUnsupported', 'SriovNicIovDisabled', 'SriovVswitchNotIov'],
  SriovVfPoolNearExhaustion: ['SriovVfPoolExhausted'],
  SriovVfPoolPredictedFull: ['SriovVfPoolExhausted', 'SriovVfPoolNearExhaustion'],
  SriovQueuePairsExhausted: ['SriovVfPoolExhausted'],
  SriovVportNotActivated: ['SriovHostIovUnsupported', 'SriovNicIovDisabled'],
  SriovVmqStarved: ['SriovVfFallback'],
  SriovDuplicateIp: ['SriovDuplicateMac'],
  SriovFailoverVfShort: ['SriovClusterFallback'],
};

const NAMES = Object.keys(LABELS);
const severityOf = (name: string): string => ALERTS.find((alert) => alert.name === name)?.severity ?? '';

interface Case {
  readonly what: string;
  readonly by: Labels | undefined;
  readonly target: Labels;
  readonly muted: boolean;
}

let number = 0;
/** Each case lives in a cluster of its own, so that none sees another's alerts. */
function makeCase(
  by: string | undefined,
  target: string,
  muted: boolean,
  more: { readonly by?: Labels; readonly target?: Labels } = {},
): Case {
  const cluster = `c${number++}`;
  const alert = (name: string, extra: Labels = {}): Labels => ({
    alertname: name,
    severity: severityOf(name),
    cluster,
    ...LABELS[name],
    ...extra,
  });
  const differing = JSON.stringify(more);
  return {
    what: `${by ?? 'nothing'} → ${target}${differing === '{}' ? '' : ` ${differing}`}`,
    by: by === undefined ? undefined : alert(by, more.by),
    target: alert(target, more.target),
    muted,
  };
}

const AGENT = { source: 'sriov-agent', ...HOST };
const HOST_ALERT_NAMES = ALERTS.filter((alert) => alert.scope === 'host').map(({ name }) => name);

/** Every alert against every other. The alert that no exporter is there has no cluster: it is posted last. */
const MATRIX = NAMES.filter((name) => name !== 'SriovExportersAbsent').flatMap((by) =>
  NAMES.filter((target) => target !== by && target !== 'SriovExportersAbsent').map((target) =>
    makeCase(by, target, MUTED_BY[target]?.includes(by) ?? false),
  ),
);

const ELSEWHERE = [
  makeCase('SriovExporterDown', 'SriovVfFallback', false, { by: { instance: 'hv02:10182' } }),
  makeCase('SriovHostMassFallback', 'SriovVfFallback', false, { by: { instance: 'hv02:10182' } }),
  makeCase('SriovVswitchNotIov', 'SriovVfFallback', false, { by: { vswitch: 'vSwitch02' } }),
  makeCase('SriovNicIovDisabled', 'SriovVportNotActivated', false, { by: { nic: 'NIC 2', vswitch: 'vSwitch02' } }),
  makeCase('SriovVfPoolExhausted', 'SriovVfPoolNearExhaustion', false, { by: { vswitch: 'vSwitch02' } }),
  makeCase('SriovVfFallback', 'SriovVmqStarved', false, { by: { vnic_id: 'vnic-2' } }),
  makeCase('SriovPollStale', 'SriovCollectorFailing', false, { by: { collector: 'cluster' } }),
  makeCase('SriovPollStale', 'SriovVfFallback', false, { by: { collector: 'config' } }),
  makeCase('SriovCollectorFailing', 'SriovVfFallback', false, { by: { collector: 'activity' } }),
  makeCase('SriovHostMassFallback', 'SriovVfFallback', false, { by: { cluster: 'another' } }),
];

const SEVERITIES = [
  makeCase('SriovClusterFallback', 'SriovClusterFallback', true, { by: { severity: 'critical' } }),
  makeCase('SriovClusterFallback', 'SriovClusterFallback', false, { target: { severity: 'critical' } }),
];

const HOST_DOWN = [
  makeCase('HostDown', 'SriovExporterDown', true, { by: { host: 'hv01' }, target: { host: 'hv01' } }),
  makeCase('HostDown', 'SriovExporterDown', false, { by: { host: 'hv02' }, target: { host: 'hv01' } }),
];

const COPIES = HOST_ALERT_NAMES.flatMap((name) => [
  makeCase(name, name, true, { target: AGENT }),
  makeCase(undefined, name, false, { target: AGENT }),
]);

const CASES = [...MATRIX, ...ELSEWHERE, ...SEVERITIES, ...HOST_DOWN, ...COPIES];

interface Seen {
  readonly labels: Labels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}
const keyOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));

describe('the inhibition matrix', () => {
  it('is about every alert', () => {
    expect(NAMES.toSorted()).toEqual([...new Set(ALERTS.map(({ name }) => name))].sort());
    expect(ALERT_GROUPS.length).toBeGreaterThan(5);
  });
});

describeWith(['alertmanager'], 'a real Alertmanager with the sample configuration', () => {
  let alertmanager: Alertmanager;
  const post = async (alerts: readonly Labels[]) => {
    const startsAt = new Date(Date.now() - 60_000).toISOString();
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels, startsAt, endsAt }))),
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  const read = async () =>
    new Map(((await alertmanager.api('alerts')) as Seen[]).map((alert) => [keyOf(alert.labels), alert.status]));

  beforeAll(async () => {
    alertmanager = await startAlertmanager(
      readFileSync(join(import.meta.dirname, '../../alerts/alertmanager.yml'), 'utf8'),
    );
    const all = CASES.flatMap(({ by, target }) => (by === undefined ? [target] : [by, target]));
    await post(all);
    const muted = CASES.filter((one) => one.muted).length;
    await until(
      'Alertmanager knows who mutes whom',
      async () => {
        const seen = [...(await read()).values()];
        return seen.length === all.length && seen.filter(({ state }) => state === 'suppressed').length >= muted;
      },
      { why: alertmanager.log, withinMs: 30_000 },
    ).catch(() => undefined); // what is missing is said by the tests
  }, 120_000);

  afterAll(() => alertmanager?.stop());

  it.each([
    ['every alert against every other', MATRIX, 42],
    ['alerts of another host, vSwitch, NIC, virtual NIC, collector or cluster, which mute nothing', ELSEWHERE, 0],
    ['the critical alert of a cluster, which mutes its warning and not the other way', SEVERITIES, 1],
    ['a host that is down', HOST_DOWN, 1],
    ["the agent's copies, heard only where Prometheus is silent", COPIES, HOST_ALERT_NAMES.length],
  ])('%s', async (_what, cases, edges) => {
    const seen = await read();
    const wrong = cases.filter(({ target, muted }) => {
      const status = seen.get(keyOf(target));
      return (
        status === undefined || (status.state === 'suppressed') !== muted || status.inhibitedBy.length > 0 !== muted
      );
    });
    expect(wrong.map(({ what, muted }) => `${what}: should ${muted ? '' : 'not '}be muted`)).toEqual([]);
    expect(cases.filter(({ muted }) => muted)).toHaveLength(edges);
  });

  it('the absence of every exporter mutes what is said of clusters, and nothing else', async () => {
    await post([{ alertname: 'SriovExportersAbsent', severity: 'critical', job: 'hyperv-sriov' }]);
    const fallback = CASES.filter(({ target }) => target['alertname'] === 'SriovClusterFallback');
    expect(fallback.length).toBeGreaterThan(10);
    await until('they are muted', async () => {
      const seen = await read();
      return fallback.every(({ target }) => seen.get(keyOf(target))?.state === 'suppressed');
    });
    const seen = await read();
    const others = CASES.filter(({ target }) => target['alertname'] !== 'SriovClusterFallback');
    const wrong = others.filter(({ target, muted }) => (seen.get(keyOf(target))?.state === 'suppressed') !== muted);
    expect(wrong.map(({ what }) => what)).toEqual([]);
  });
});
