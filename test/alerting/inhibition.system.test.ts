import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERTS, RULE_GROUPS } from '../../src/alerting/rules/index.ts';
import { INHIBITIONS } from '../../src/alerting/rules/inhibitions.ts';
import { HV1 } from '../../tools/rule-tests/define.ts';
import { RULE_TESTS } from '../../tools/rule-tests/index.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

type Labels = Readonly<Record<string, string>>;

/** Alerts of a collector about a host: here it is the host of the other alerts. */
const OF_A_COLLECTOR = new Set(['SriovTargetUnreachable', 'SriovTargetUntrusted', 'SriovClusterDrift']);

/** What each alert is about: the labels of its first case in the rule tests, beside severity and cluster. */
const LABELS: Readonly<Record<string, Labels>> = Object.fromEntries(
  RULE_TESTS.flatMap(({ alert, checks }) =>
    checks.flatMap(({ fires }) =>
      fires
        .slice(0, 1)
        .map(
          ({ labels: { severity: _severity, cluster: _cluster, ...labels } }) =>
            [alert, { ...labels, ...(OF_A_COLLECTOR.has(alert) ? { instance: HV1.instance } : {}) }] as const,
        ),
    ),
  ).toReversed(),
);

/** Who mutes an alert, whatever else their labels say. */
const mutersOf = (target: string): readonly string[] =>
  INHIBITIONS.filter(({ mutes }) => mutes.includes(target))
    .filter(({ byLabels = {}, mutesLabels = {} }) =>
      Object.entries({ ...byLabels, ...mutesLabels }).every(([label, value]) => ON_ALL[label] === value),
    )
    .flatMap(({ by }) => by);
/** What the rule tests are about where an inhibition asks for one value */
const ON_ALL: Labels = { collector: 'inventory', severity: 'warning' };

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

const AGENT = { source: 'sriov-agent' };
const HOST_ALERT_NAMES = ALERTS.filter((alert) => alert.scope === 'host').map(({ name }) => name);

/** Every alert against every other. */
const MATRIX = NAMES.flatMap((by) =>
  NAMES.filter((target) => target !== by).map((target) => makeCase(by, target, mutersOf(target).includes(by))),
);

const ELSEWHERE = [
  makeCase('SriovHostMassFallback', 'SriovVfFallback', false, { by: { instance: 'hv02:10182' } }),
  makeCase('SriovVswitchNotIov', 'SriovVfFallback', false, { by: { vswitch: 'vSwitch02' } }),
  makeCase('SriovNicIovDisabled', 'SriovVportNotActivated', false, { by: { nic: 'NIC 2', vswitch: 'vSwitch02' } }),
  makeCase('SriovVfPoolExhausted', 'SriovVfPoolNearExhaustion', false, { by: { vswitch: 'vSwitch02' } }),
  makeCase('SriovVfFallback', 'SriovVmqStarved', false, { by: { vnic_id: 'vnic-2' } }),
  makeCase('SriovPollStale', 'SriovCollectorFailing', false, { by: { collector: 'cluster' } }),
  makeCase('SriovPollStale', 'SriovStateUnknown', false, { by: { collector: 'config' } }),
  makeCase('SriovCollectorFailing', 'SriovStateUnknown', false, { by: { collector: 'activity' } }),
  makeCase('SriovExporterDown', 'SriovVfFallback', false, { target: { source: 'sriov-agent' } }),
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

/** Without the label, in the matrix, it does not. */
const COLLECTOR_DOWN = [
  makeCase('SriovCollectorDown', 'SriovExporterDown', true, { target: { read_by: 'collector' } }),
  makeCase('SriovTargetUnreachable', 'SriovPollStale', false, { by: { instance: 'hv02' } }),
];

/** Of the drift of a host only what has an alert of its own is muted; in the matrix it is about something else. */
const DRIFT = (
  [
    ['SriovHostIovUnsupported', 'IOV support'],
    ['SriovVswitchNotIov', 'IOV'],
    ['SriovNicIovDisabled', 'SR-IOV'],
  ] as const
).flatMap(([by, property]) => [
  makeCase(by, 'SriovClusterDrift', true, { target: { property } }),
  makeCase(by, 'SriovClusterDrift', false, { by: { instance: 'hv02' }, target: { property } }),
]);

const COPIES = HOST_ALERT_NAMES.flatMap((name) => [
  makeCase(name, name, true, { target: AGENT }),
  makeCase(undefined, name, false, { target: AGENT }),
]);

const EDGES = MATRIX.filter(({ muted }) => muted).length;
const CASES = [...MATRIX, ...ELSEWHERE, ...SEVERITIES, ...HOST_DOWN, ...COLLECTOR_DOWN, ...DRIFT, ...COPIES];

interface Seen {
  readonly labels: Labels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}
const keyOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Prometheus evaluates rules once a minute unless told otherwise. */
const EVALUATION = 60;

/** Every pair of rules of which the first mutes the second, with their times in seconds. */
const PAIRS = INHIBITIONS.flatMap(({ by, byLabels = {}, mutes, mutesLabels = {} }) => {
  const rulesOf = (names: readonly string[], labels: Labels) =>
    RULE_GROUPS.flatMap(({ interval = EVALUATION, alerts }) => alerts.map((alert) => ({ ...alert, interval }))).filter(
      ({ name, severity }) => names.includes(name) && (labels['severity'] ?? severity) === severity,
    );
  return rulesOf(by, byLabels).flatMap((cause) =>
    rulesOf(mutes, mutesLabels)
      .filter((victim) => victim.name !== cause.name || victim.severity !== cause.severity)
      .map((victim) => ({ what: `${cause.name} → ${victim.name} (${victim.severity})`, cause, victim })),
  );
});

describe('the inhibition graph', () => {
  it('is about every alert', () => {
    expect(NAMES.toSorted()).toEqual([...new Set(ALERTS.map(({ name }) => name))].sort());
    expect(EDGES).toBeGreaterThan(30);
    expect(PAIRS.length).toBeGreaterThan(30);
  });

  it('lets the cause fire at least one evaluation before the alerts that it mutes', () => {
    const late = PAIRS.filter(({ cause, victim }) => cause.for + cause.interval > victim.for);
    expect(
      late.map(({ what, cause, victim }) => `${what}: ${cause.for} s and one evaluation against ${victim.for} s`),
    ).toEqual([]);
  });

  it('lets the cause fire at least as long as the alerts that it mutes', () => {
    const short = PAIRS.filter(({ cause, victim }) => (cause.keepFiringFor ?? 0) < (victim.keepFiringFor ?? 0));
    expect(short.map(({ what }) => what)).toEqual([]);
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
      { why: alertmanager.log },
    ).catch(() => undefined); // what is missing is said by the tests
  });

  afterAll(() => alertmanager?.stop());

  it.each([
    ['every alert against every other', MATRIX, EDGES],
    ['alerts of another host, vSwitch, NIC, virtual NIC, collector or cluster, which mute nothing', ELSEWHERE, 0],
    ['the critical alert of a cluster, which mutes its warning and not the other way', SEVERITIES, 1],
    ['a host that is down', HOST_DOWN, 1],
    ['a collector that is down, and a host that it cannot read', COLLECTOR_DOWN, 1],
    ['a host that differs from its cluster in what has an alert of its own', DRIFT, 3],
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
});
