import { expect, it } from 'vitest';
import { createAlerting } from '../../src/alerting/alerting.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { ALERTS as ALL, alertGroups, hostAlerts } from '../../src/alerting/rules/index.ts';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { type Scenario, SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import type { MetricFamily, Sample } from '../../src/metrics/define.ts';
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

const ALERTS = hostAlerts(defaultThresholds);
const NAMES = [...new Set(ALERTS.map(({ name }) => name))];
/** Without those that Prometheus alone decides */
const RULES = rulesYaml({
  ...defaultThresholds,
  alerts: Object.fromEntries(ALL.filter(({ scope }) => scope !== 'host').map(({ name }) => [name, { off: true }])),
});
const READ = new Set([...RULES.values()].flatMap((text) => text.match(/\bhyperv_\w+/g) ?? []));
const GROUPS = ['sriov-recording', ...alertGroups(defaultThresholds).map(({ name }) => name)];

/** What is done to the samples of a family before agent and Prometheus see them. */
type Doctor = Readonly<Record<string, (samples: readonly Sample[], seconds: number) => readonly Sample[]>>;

/** promtool takes no more than 10,000 samples into a query: of a host of 1,024 VMs both see a tenth. */
const MAX_VNICS = 500;
const isSeen = ({ shared, labels }: Sample): boolean => (shared?.['vm'] ?? labels?.['vm'] ?? '0').endsWith('0');
const isLarge = (families: readonly MetricFamily[]): boolean =>
  (families.find(({ name }) => name === 'hyperv_vnic_info')?.samples.length ?? 0) > MAX_VNICS;

function doctored(families: readonly MetricFamily[], doctor: Doctor, seconds: number): readonly MetricFamily[] {
  const large = isLarge(families);
  return families.map((family) => {
    const samples = doctor[family.name]?.(family.samples, seconds) ?? family.samples;
    return { ...family, samples: large ? samples.filter(isSeen) : samples };
  });
}

interface Run {
  readonly scenario: Scenario;
  readonly minutes: number;
  readonly seed?: number;
  readonly doctor?: Doctor;
}

/** Gives the samples with these labels another value, from a quarter of an hour on. */
const LATER = 900;
const set =
  (match: Readonly<Record<string, string>>, change: (value: number, seconds: number) => number): Doctor[string] =>
  (samples, seconds) =>
    samples.map((sample) => {
      const labels = { ...sample.shared, ...sample.labels };
      const fits = seconds >= LATER && Object.entries(match).every(([name, value]) => labels[name] === value);
      return fits ? { ...sample, value: change(sample.value, seconds) } : sample;
    });

/** Longer than the longest `for`, with what keeps firing after it where a scenario's trouble ends */
const MINUTES: Partial<Record<Scenario, number>> = {
  'vf-pool-exhausted': 36,
  'vmq-starved': 36,
  flapping: 36,
  tour: 60,
  large: 4,
};

const RUNS: readonly Run[] = [
  ...SCENARIOS.map((scenario) => ({ scenario, minutes: MINUTES[scenario] ?? 20 })),
  // The node of this seed is paused.
  { scenario: 'cluster', minutes: 10, seed: 2 },
  // Faults that no scenario has
  {
    scenario: 'host-blocked',
    minutes: 36,
    doctor: {
      hyperv_exporter_source_success: set({ source: 'vm' }, () => 0),
      hyperv_exporter_collector_success: set({ collector: 'config' }, () => 0),
      hyperv_exporter_source_last_success_timestamp_seconds: set(
        { collector: 'inventory' },
        (value, seconds) => value - (seconds - LATER),
      ),
      hyperv_vswitch_vnics: set({ path: 'unknown' }, () => 50),
      hyperv_vm_processors: set({}, (value) => value / 1000),
      hyperv_vnic_info: (samples) =>
        samples.map(({ shared, labels, value }) => ({
          shared,
          labels: { ...labels, mac: '00:15:5D:00:00:01' },
          value,
        })),
      hyperv_host_duplicate_ip_addresses: () => [{ value: 2 }],
    },
  },
  { scenario: 'set-team', minutes: 30, doctor: { hyperv_vport_activated: set({ vport: '3' }, () => 0) } },
];

const firingOf = (state: Iterable<AlertInstance>): readonly AlertInstance[] =>
  [...state].filter((alert) => alert.state === 'firing');
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

/** The agent's own evaluation of a run, as expectations of Prometheus'. */
async function testOf(
  { scenario, minutes, seed = 1, doctor = {} }: Run,
  firing: Map<string, number>,
): Promise<RuleTest> {
  const world = makeWorld(seed, scenario, NOON);
  const recorder = recordScrapes({ target: TARGET });
  const alerting = createAlerting({
    thresholds: defaultThresholds,
    externalLabels: TARGET,
    holdSeconds: 0,
    alertmanagers: [],
    webhooks: [],
    log: { warn() {} },
    saved: undefined,
    startedAt: 0,
    save: async () => {},
  });
  const ticks: (readonly AlertInstance[])[] = [];
  for (const { at, seconds, families } of simulateFamilies(world, NOON, minutes, (name) => READ.has(name))) {
    const seen = doctored(families, doctor, seconds);
    recorder.scrape(seen, at);
    await alerting.update(seen, at, true);
    ticks.push(firingOf(alerting.state().values()));
  }

  const instants = instantsOf(ticks.map(keysOf));
  const expected = (tick: number, name: string) =>
    (ticks[tick] ?? [])
      .filter((alert) => alert.name === name)
      .map(({ labels: { source: _source, ...labels }, annotations }) => {
        firing.set(name, (firing.get(name) ?? 0) + 1);
        // Counted over the cluster by Prometheus, over the host by the agent
        const { instance: _instance, ...clusterWide } = labels;
        return {
          exp_labels: name === 'SriovDuplicateMac' ? clusterWide : labels,
          exp_annotations: annotations,
        };
      });
  return {
    name: `${scenario} ${seed}`,
    interval: `${TICK_SECONDS}s`,
    input_series: recorder.rows(),
    alert_rule_test: instants.flatMap((tick) =>
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
    const firing = new Map<string, number>();
    const tests: RuleTest[] = [];
    for (const run of RUNS) tests.push(await testOf(run, firing));
    expect(
      failuresOf({ rules: RULES, evaluationInterval: `${TICK_SECONDS}s`, groupOrder: GROUPS, tests }),
    ).toBeUndefined();
    expect(NAMES.length).toBeGreaterThan(15);
    expect(NAMES.filter((name) => !firing.has(name))).toEqual([]);
  }, 600_000);
});
