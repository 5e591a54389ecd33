import { describe, expect, it } from 'vitest';
import { type Alerting, createAlerting } from '../../src/alerting/alerting.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { ALERTS, hostRules, rulesOf } from '../../src/alerting/rules/index.ts';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from '../../src/alerting/thresholds.ts';
import { type Scenario, SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { READ_BY } from '../../src/metrics/catalogue/collector.ts';
import type { MetricFamily, Sample } from '../../src/metrics/define.ts';
import { RULE_TESTS } from '../../tools/rule-tests/index.ts';
import type { Series } from '../../tools/rule-tests/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { simulateFamilies } from '../support/simulated-families.ts';
import { NOON } from '../support/simulated-host.ts';
import { describeWith } from '../support/tools.ts';

/** As Prometheus sees the host; without `job`, which some expressions keep and some aggregate away. */
const TARGET = { cluster: 'c1', instance: 'hv01:10182' };
const TICK_SECONDS = 60;
/** An instant is compared only where what fires stays the same for so many ticks around it: no edge of a window. */
const AROUND = 2;

const NAMES = [...new Set(hostRules(defaultThresholds).map(({ name }) => name))];
/** Without those that Prometheus alone decides */
const rulesFor = (thresholds: Thresholds) =>
  rulesYaml({
    ...thresholds,
    alerts: Object.fromEntries(ALERTS.filter(({ scope }) => scope !== 'host').map(({ name }) => [name, { off: true }])),
  });
const RULES = rulesFor(defaultThresholds);
const READ = new Set([...RULES.values()].flatMap((text) => text.match(/\bhyperv_\w+/g) ?? []));
const GROUPS = rulesOf(defaultThresholds).map(({ name }) => name);

const where = (instance: string): string =>
  `The status page of ${instance} shows the reason for this virtual NIC and how to fix it. The reason alone is a label of hyperv_vnic_fallback.`;

/** Who evaluates the alerts of a host itself */
interface Own {
  /** The labels of the host in Prometheus */
  readonly target: Readonly<Record<string, string>> & { readonly instance: string };
  readonly thresholds: Thresholds;
  /** A collector does, which reads the host */
  readonly isTarget: boolean;
}
const AGENT: Own = { target: TARGET, thresholds: defaultThresholds, isTarget: false };
/** The same rules for hosts with an agent and hosts that a collector reads */
const MIXED = thresholdsSchema.parse({ collector_url: 'https://collector.example.net:10182/' });
const COLLECTOR: Own = {
  target: { cluster: 'c1', instance: 'hv07', host: 'hv07', ...READ_BY },
  thresholds: MIXED,
  isTarget: true,
};

const alertingOf = ({ target, thresholds, isTarget }: Own): Alerting =>
  createAlerting({
    thresholds,
    isTarget,
    externalLabels: target,
    holdSeconds: 0,
    alertmanagers: [],
    webhooks: [],
    log: { warn() {} },
    saved: undefined,
    startedAt: 0,
    save: async () => {},
  });
const firingOf = (state: Iterable<AlertInstance>): readonly AlertInstance[] =>
  [...state].filter((alert) => alert.state === 'firing');

/** promtool takes no more than 10,000 samples into a query: of a host of 1,024 VMs both see a tenth. */
const MAX_VNICS = 500;
const isSeen = ({ shared, labels }: Sample): boolean => (shared?.['vm'] ?? labels?.['vm'] ?? '0').endsWith('0');
const fewer = (families: readonly MetricFamily[]): readonly MetricFamily[] => {
  const vnics = families.find(({ name }) => name === 'hyperv_vnic_info')?.samples.length ?? 0;
  if (vnics <= MAX_VNICS) return families;
  return families.map((family) => ({ ...family, samples: family.samples.filter(isSeen) }));
};

/** Longer than the longest `for`, with what keeps firing after it where a scenario's trouble ends */
const MINUTES: Partial<Record<Scenario, number>> = {
  'vf-pool-exhausted': 36,
  'host-blocked': 36,
  'vmq-starved': 36,
  flapping: 36,
  tour: 60,
  large: 4,
};
const RUNS: readonly { readonly scenario: Scenario; readonly minutes: number; readonly seed: number }[] = [
  ...SCENARIOS.map((scenario) => ({ scenario, minutes: MINUTES[scenario] ?? 20, seed: 1 })),
  // The node of this seed is paused.
  { scenario: 'cluster', minutes: 10, seed: 2 },
];

const keysOf = (alerts: readonly AlertInstance[]): string =>
  alerts
    .map(({ name, labels }) => JSON.stringify([name, labels['vnic_id'], labels['vm_id'], labels['vswitch'], labels]))
    .sort()
    .join('\n');

/** Ticks to compare at: each set that stays for a while once, and the last one. */
function instantsOf(sets: readonly string[]): readonly number[] {
  const chosen = new Map<string, number>();
  for (let tick = AROUND; tick < sets.length - AROUND; tick++) {
    const firing = sets[tick] ?? '';
    if (sets.slice(tick - AROUND, tick + AROUND + 1).every((other) => other === firing)) chosen.set(firing, tick);
  }
  return [...chosen.values()].sort((a, b) => a - b);
}

/** The agent looks the reason up, Prometheus says where it is shown: what both say of the alert itself. */
const neutral = ({
  remedy: _remedy,
  description = '',
  ...others
}: AlertInstance['annotations']): Record<string, string> => ({
  ...others,
  description: description.replace(/ Reason: \w+\./, ''),
});
const withoutSource = ({ source: _source, ...labels }: Readonly<Record<string, string>>) => labels;

/** The agent's own evaluation of a run, as expectations of Prometheus'. */
async function testOf(
  { scenario, minutes, seed }: (typeof RUNS)[number],
  firing: Map<string, AlertInstance>,
  own: Own = AGENT,
): Promise<RuleTest> {
  const recorder = recordScrapes({ target: own.target });
  const alerting = alertingOf(own);
  const ticks: (readonly AlertInstance[])[] = [];
  const world = makeWorld(seed, scenario, NOON);
  for (const moment of simulateFamilies(world, NOON, minutes, (name) => READ.has(name))) {
    const families = fewer(moment.families);
    recorder.scrape(families, moment.at);
    await alerting.update(families, moment.at, true);
    ticks.push(firingOf(alerting.state().values()));
  }
  const expected = (tick: number, name: string) =>
    (ticks[tick] ?? [])
      .filter((alert) => alert.name === name)
      .map((alert) => {
        const { labels, annotations } = alert;
        firing.set(name, alert);
        const texts = neutral(annotations);
        if (annotations['remedy'] !== undefined) texts['remedy'] = where(own.target.instance);
        return { exp_labels: withoutSource(labels), exp_annotations: texts };
      });
  return {
    name: `${own.target.instance} ${scenario} ${seed}`,
    interval: `${TICK_SECONDS}s`,
    input_series: recorder.rows(),
    alert_rule_test: instantsOf(ticks.map(keysOf)).flatMap((tick) =>
      NAMES.map((alertname) => ({
        eval_time: `${tick * TICK_SECONDS}s`,
        alertname,
        exp_alerts: expected(tick, alertname),
      })),
    ),
  };
}

describeWith(['promtool'], 'agent and Prometheus', () => {
  it('fire the same alerts with the same texts, in every scenario', async () => {
    const firing = new Map<string, AlertInstance>();
    const tests: RuleTest[] = [];
    for (const run of RUNS) tests.push(await testOf(run, firing));
    expect(
      failuresOf({ rules: RULES, evaluationInterval: `${TICK_SECONDS}s`, groupOrder: GROUPS, tests }),
    ).toBeUndefined();
    expect(firing.size).toBeGreaterThan(8);
  }, 600_000);

  it('link to the page of the host: at its agent, or at the collector that reads it', async () => {
    const runs = RUNS.filter(({ scenario }) => scenario === 'vf-pool-exhausted' || scenario === 'host-blocked');
    const [byAgent, byCollector] = [new Map<string, AlertInstance>(), new Map<string, AlertInstance>()];
    const tests: RuleTest[] = [];
    for (const run of runs) {
      tests.push(await testOf(run, byAgent, { ...AGENT, thresholds: MIXED }));
      tests.push(await testOf(run, byCollector, COLLECTOR));
    }
    expect(
      failuresOf({ rules: rulesFor(MIXED), evaluationInterval: `${TICK_SECONDS}s`, groupOrder: GROUPS, tests }),
    ).toBeUndefined();
    expect([...byCollector.keys()]).toEqual([...byAgent.keys()]);
    expect(byCollector.size).toBeGreaterThan(2);
    const pages = (alerts: ReadonlyMap<string, AlertInstance>) =>
      [...alerts.values()].map(({ labels: { vm_id: vm }, annotations }) => [vm, annotations['page_url']] as const);
    for (const [vm, page] of pages(byAgent))
      expect(page).toBe(`http://hv01:10182/${vm === undefined ? '' : `vm?id=${vm}`}`);
    for (const [vm, page] of pages(byCollector))
      expect(page).toBe(
        `https://collector.example.net:10182/${vm === undefined ? 'host?target=hv07' : `vm?target=hv07&id=${vm}`}`,
      );
    expect(byCollector.get('SriovVfFallback')?.labels['vm_id']).toBeDefined();
  }, 600_000);
});

type Labels = Readonly<Record<string, string>>;
const TARGET_LABELS = new Set(['site', 'team', 'cluster', 'instance', 'job', 'host']);
const targetOf = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => TARGET_LABELS.has(label)));
const ownOf = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => !TARGET_LABELS.has(label)));
const textOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));

/** What one host shows at one minute of a rule test. */
function familiesAt(series: readonly Series[], target: Labels, minute: number): MetricFamily[] {
  const families = new Map<string, Sample[]>();
  for (const { name, labels, values } of series) {
    const value = values[minute];
    if (value === undefined || textOf(targetOf(labels)) !== textOf(target)) continue;
    families.set(name, [...(families.get(name) ?? []), { labels: ownOf(labels), value }]);
  }
  return [...families].map(([name, samples]) => ({ name, type: 'gauge', help: '', samples }));
}

/** Cases of one host: the others beside it are healthy twins. An exporter that is not scraped goes on for its agent. */
const ofOneHost = RULE_TESTS.filter(
  ({ alert, case: what, hosts }) =>
    NAMES.includes(alert as (typeof NAMES)[number]) &&
    hosts.length === 1 &&
    !/no longer scraped|exporter goes away/.test(what),
);

describe('the agent', () => {
  it.each(ofOneHost)('fires as the rule test says of Prometheus: $alert, $case', async ({ alert, ...test }) => {
    const [target = expect.fail('no host')] = test.hosts;
    const alerting = alertingOf({ ...AGENT, target });
    const last = Math.max(...test.checks.map(({ at }) => at));
    for (let minute = 0; minute <= last; minute++) {
      await alerting.update(familiesAt(test.series, target, minute), minute * 60_000, true);
      const check = test.checks.find(({ at }) => at === minute);
      if (check === undefined) continue;
      const fired = firingOf(alerting.state().values())
        .filter(({ name }) => name === alert)
        .map(({ labels: { alertname: _name, ...labels }, annotations }) =>
          [textOf(withoutSource(labels)), textOf(neutral(annotations))].join(' '),
        );
      // What Prometheus counts over a cluster has no host.
      const expected = check.fires.map(({ labels, annotations }) =>
        [textOf({ ...target, ...labels }), textOf(neutral(annotations))].join(' '),
      );
      expect(fired.toSorted(), `minute ${minute}`).toEqual(expected.toSorted());
    }
  });

  it('was compared on every alert that it decides', () => {
    expect(ofOneHost.length).toBeGreaterThan(70);
    expect(NAMES.filter((name) => !ofOneHost.some(({ alert }) => alert === name))).toEqual([]);
  });
});
