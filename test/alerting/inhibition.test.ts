import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { INHIBITIONS } from '../../src/alerting/rules/inhibitions.ts';
import { RULE_TESTS } from '../../tools/rule-tests/index.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

type Labels = Readonly<Record<string, string>>;

/** What each alert is about: the labels of its first case in the rule tests, beside severity and cluster. */
const LABELS: Readonly<Record<string, Labels>> = Object.fromEntries(
  RULE_TESTS.flatMap(({ alert, checks }) =>
    checks.flatMap(({ fires }) =>
      fires
        .slice(0, 1)
        .map(({ labels: { severity: _severity, cluster: _cluster, ...labels } }) => [alert, labels] as const),
    ),
  ).toReversed(),
);

/** Who mutes an alert, whatever else their labels say. */
const mutersOf = (target: string): readonly string[] =>
  INHIBITIONS.filter(({ mutes, equal }) => mutes.includes(target) && equal.length > 0)
    .filter(({ byLabels = {} }) => Object.entries(byLabels).every(([label, value]) => ON_ALL[label] === value))
    .flatMap(({ by }) => by);
/** What the rule tests are about where an inhibition asks for one value */
const ON_ALL: Labels = { collector: 'inventory' };

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

/** Every alert against every other. The alert that no exporter is there has no cluster: it is posted last. */
const MATRIX = NAMES.filter((name) => name !== 'SriovExportersAbsent').flatMap((by) =>
  NAMES.filter((target) => target !== by && target !== 'SriovExportersAbsent').map((target) =>
    makeCase(by, target, mutersOf(target).includes(by)),
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

const EDGES = MATRIX.filter(({ muted }) => muted).length;
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
    expect(EDGES).toBeGreaterThan(40);
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
    ['every alert against every other', MATRIX, EDGES],
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
