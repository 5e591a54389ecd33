import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import type { MetricFamily, Sample } from '../../src/metrics/define.ts';
import { type Prometheus, startPrometheus } from '../../test/support/servers/prometheus.ts';
import { simulateHost } from '../../test/support/simulated-host.ts';
import type { Figure } from './figure.ts';
import { remoteWrite, type WrittenSeries } from './remote-write.ts';

/*
 * What the rules cost a Prometheus that watches 200 hosts with 54 running VMs each: its own processor time in 30 s with all
 * groups at their own intervals, while all is well, and while 2,400 virtual NICs are off their VF. Hosts are copies of a
 * simulated one, with labels and ids of their own.
 */
/** Fewer for a quick look, RULES_HOSTS=20: then the targets are scaled down */
const HOSTS = Number(process.env['RULES_HOSTS'] ?? 200);
const HOSTS_PER_CLUSTER = 20;
const FALLEN_PER_HOST = 12;
const STEP = 30;
/** Seconds of samples before the beginning: of series that rules look back on for hours by a subquery, and at least */
const HISTORY = { subquery: 6 * 3600 + 600, least: 600 };
const READ_BY_SUBQUERY = new Set(['hyperv_vnic_receive_packets_total']);
/** As in the sample configuration */
const EVALUATION_SECONDS = 30;
/** Groups are evaluated for the first time at some moment of their first interval. */
const WARM_UP_SECONDS = 40;
/** The longest interval is evaluated once in it, the server's ten times. */
const MEASURING_SECONDS = 300;
/** How many rules are named */
const SLOWEST = 8;
const QUIET_SECONDS = (1.5 * HOSTS) / 200;
const FIRING_MORE_SECONDS = (3 * HOSTS) / 200;

type Labels = Readonly<Record<string, string>>;
interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

const groupsOf = (texts: Iterable<string>): Group[] =>
  [...texts].flatMap((text) => (parse(text) as { groups: Group[] }).groups);
const secondsOf = (interval = '30s'): number =>
  Number(interval.slice(0, -1)) * ({ s: 1, m: 60, h: 3600 }[interval.slice(-1)] ?? 1);

interface Model {
  readonly families: readonly MetricFamily[];
  readonly gains: ReadonlyMap<string, number>;
  /** Ids of the virtual NICs that lose their VF */
  readonly fallen: ReadonlySet<string>;
}
const keyOf = (name: string, { shared, labels }: Sample): string => JSON.stringify([name, { ...shared, ...labels }]);

/** The families of a demo host, and what its counters gain in a second. */
async function modelHost(): Promise<Model> {
  const host = simulateHost('healthy', { tickSeconds: 60 });
  const { families: before } = await host.settle(300);
  const { families } = await host.settle(300);
  await host.close();
  const values = new Map(before.flatMap(({ name, samples }) => samples.map((one) => [keyOf(name, one), one.value])));
  const gains = new Map(
    families.flatMap(({ name, type, samples }) =>
      samples.map((one) => {
        const gained = type === 'counter' ? one.value - (values.get(keyOf(name, one)) ?? one.value) : 0;
        return [keyOf(name, one), Math.max(0, gained) / 300] as const;
      }),
    ),
  );
  const vnics = families.find(({ name }) => name === 'hyperv_vnic_vf_active')?.samples ?? [];
  const onVf = vnics.filter(({ value }) => value === 1).map(({ shared }) => shared?.['vnic_id'] ?? '');
  return { families, gains, fallen: new Set(onVf.slice(0, FALLEN_PER_HOST)) };
}

const targetOf = (host: number): Labels => ({
  job: defaultThresholds.job,
  site: 'north',
  cluster: `cluster-${Math.floor(host / HOSTS_PER_CLUSTER)}`,
  host: `hv${host}`,
  instance: `hv${host}:10182`,
});
const IDS = ['vm_id', 'vnic_id', 'mac'];
const labelsOf = (host: number, name: string, { shared, labels }: Sample): Labels => {
  const all: Record<string, string> = { ...shared, ...labels };
  for (const id of IDS) if (all[id]) all[id] = `${all[id]}-${host}`;
  return { __name__: name, ...all, ...targetOf(host) };
};

/** All samples of the fleet, in the order in which they are written. */
class Fleet {
  /** Unix seconds of the last sample of each series that is read */
  end = 0;
  series = 0;
  readonly #prometheus: Prometheus;
  readonly #model: Model;
  /** Families that rules read, with how many seconds they look back */
  readonly #read: ReadonlyMap<string, number>;

  constructor(prometheus: Prometheus, of: Model, read: ReadonlyMap<string, number>) {
    this.#prometheus = prometheus;
    this.#model = of;
    this.#read = read;
  }

  /** Goes on to that time; `fallen`: a dozen virtual NICs of each host are off their VF from here on. */
  async writeUntil(end: number, fallen: boolean): Promise<void> {
    const isFirst = this.end === 0;
    for (let host = 0; host < HOSTS; host++) {
      const batch = this.#model.families.flatMap((family) => this.#samplesOf(family, host, end, fallen));
      if (fallen) batch.push(...this.#fallbackOf(host, end));
      if (isFirst) this.series += batch.length;
      for (let start = 0; start < batch.length; start += BATCH)
        await remoteWrite(this.#prometheus.url, batch.slice(start, start + BATCH));
    }
    this.end = end;
  }

  /** Up to now, and as far ahead as measuring takes. */
  async writeAhead(seconds: number, fallen: boolean): Promise<void> {
    const started = nowInSeconds();
    if (this.end < started) await this.writeUntil(inSteps(started), fallen);
    // Writing ahead takes about as long as catching up did.
    const writing = nowInSeconds() - started;
    const end = inSteps(nowInSeconds() + 2 * writing + seconds + 60);
    if (end > this.end) await this.writeUntil(end, fallen);
  }

  #samplesOf({ name, samples }: MetricFamily, host: number, end: number, fallen: boolean): WrittenSeries[] {
    const isRead = this.#read.has(name);
    if (!isRead && this.end !== 0) return [];
    const times = timesBetween(isRead ? this.end || end - (this.#read.get(name) ?? 0) : end - STEP, end);
    return samples.map((sample) => {
      const gain = this.#model.gains.get(keyOf(name, sample)) ?? 0;
      const isPath = /^hyperv_vnic_vf_(active|assigned)$/.test(name);
      const off = fallen && isPath && this.#model.fallen.has(sample.shared?.['vnic_id'] ?? '');
      const valueAt = (at: number): number => {
        if (name.endsWith('_last_success_timestamp_seconds')) return at - 10;
        return off ? 0 : sample.value + gain * (at - SINCE);
      };
      return { labels: labelsOf(host, name, sample), samples: times.map((at) => [at * 1000, valueAt(at)] as const) };
    });
  }

  #fallbackOf(host: number, end: number): WrittenSeries[] {
    const vnics = this.#model.families.find(({ name }) => name === 'hyperv_vnic_vf_active')?.samples ?? [];
    const off = vnics.filter(({ shared }) => this.#model.fallen.has(shared?.['vnic_id'] ?? ''));
    return off.map((sample) => ({
      labels: { ...labelsOf(host, 'hyperv_vnic_fallback', sample), reason: 'vf_pool_exhausted' },
      samples: timesBetween(this.end, end).map((at) => [at * 1000, 1] as const),
    }));
  }
}

const BATCH = 500;
/** When counters have the values of the model */
const SINCE = Math.floor(Date.now() / 1000) - 7 * 3600;
/** In steps, the first left out */
const timesBetween = (start: number, end: number): number[] =>
  Array.from({ length: Math.floor((end - start) / STEP) }, (_, index) => start + (index + 1) * STEP);
const inSteps = (seconds: number): number => Math.ceil(seconds / STEP) * STEP;
const nowInSeconds = (): number => Date.now() / 1000;

/** The sum of a metric of Prometheus' own */
const ownMetric = async ({ url }: Prometheus, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].map(([, value]) =>
    Number(value),
  );
  return values.reduce((sum, value) => sum + value, 0);
};

interface Cost {
  /** Processor time in 30 s */
  readonly seconds: number;
  /** Alerts that are pending or firing after it */
  readonly active: number;
  /** Milliseconds that the last evaluation of each rule took */
  readonly rules: ReadonlyMap<string, number>;
}

/** Share of missed evaluations from which on the machine is too busy for a figure */
const MISSED = 0.05;

/** @throws Error where evaluations were missed: the machine is too busy for them, and the figure would be too small */
async function costOf(prometheus: Prometheus, groups: readonly Group[]): Promise<Cost> {
  // Each alert at once
  const measured = groups.map(({ rules, ...group }) => ({
    ...group,
    rules: rules.map(({ for: _for, keep_firing_for: _keep, ...rule }) => rule),
  }));
  writeFileSync(join(prometheus.folder, 'rules', 'measured.rules.yaml'), stringify({ groups: measured }));
  const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  if (!ok) throw new Error(`Prometheus does not take the rules: ${prometheus.log()}`);
  await sleep(WARM_UP_SECONDS * 1000);
  const now = async () => ({
    cpu: await ownMetric(prometheus, 'process_cpu_seconds_total'),
    all: await ownMetric(prometheus, 'prometheus_rule_group_iterations_total'),
    missed: await ownMetric(prometheus, 'prometheus_rule_group_iterations_missed_total'),
  });
  const before = await now();
  await sleep(MEASURING_SECONDS * 1000);
  const after = await now();
  const missed = (after.missed - before.missed) / (after.all - before.all);
  if (!(missed <= MISSED))
    throw new Error(`Prometheus missed ${Math.round(missed * 100)} % of the evaluations: this machine is too busy`);
  const { alerts } = (await prometheus.api('alerts')) as { alerts: readonly object[] };
  const all = (await prometheus.api('rules')) as {
    groups: readonly { readonly rules: readonly { readonly name: string; readonly evaluationTime: number }[] }[];
  };
  const times = all.groups.flatMap(({ rules }) =>
    rules.map(({ name, evaluationTime }) => [name, evaluationTime * 1000] as const),
  );
  const seconds = ((after.cpu - before.cpu) * EVALUATION_SECONDS) / MEASURING_SECONDS / (1 - missed);
  return { seconds, active: alerts.length, rules: new Map(times) };
}

/** Rule files of another version, to be measured in the same run: RULES_BEFORE=folder. */
const beforeFolder = process.env['RULES_BEFORE'];
const others = (): Group[] =>
  beforeFolder === undefined
    ? []
    : groupsOf(
        readdirSync(beforeFolder)
          .filter((name) => name.endsWith('.rules.yaml'))
          .map((name) => readFileSync(join(beforeFolder, name), 'utf8')),
      );

/** Every family that the rules read, and how far back they look: `name{…}[1h]`, `name offset 6h`. */
function lookBackOf(groups: readonly Group[]): ReadonlyMap<string, number> {
  const read = new Map<string, number>();
  const text = groups.flatMap(({ rules }) => rules.map(({ expr }) => String(expr))).join('\n');
  for (const [, name = '', range, offset] of text.matchAll(
    /\b(hyperv_\w+)(?:\{[^}]*\})?(?:\[(\w+)\]| offset (\w+))?/g,
  )) {
    const seconds = READ_BY_SUBQUERY.has(name) ? HISTORY.subquery : secondsOf(range ?? offset ?? '0s') + HISTORY.least;
    read.set(name, Math.max(seconds, read.get(name) ?? 0));
  }
  return read;
}

export async function bench(): Promise<Figure> {
  const sets = new Map([
    ['', groupsOf(rulesYaml(defaultThresholds).values())],
    ...(beforeFolder === undefined ? [] : [['before: ', others()] as const]),
  ]);
  const read = lookBackOf([...sets.values()].flat());
  const prometheus = await startPrometheus({
    config: { global: { evaluation_interval: `${EVALUATION_SECONDS}s` }, rule_files: ['rules/*.yaml'] },
    // As Go starts a program, not as tests do
    env: { GOGC: '100', GOMAXPROCS: '2' },
    flags: [
      '--web.enable-remote-write-receiver',
      '--web.enable-lifecycle',
      // All of it stays in memory, where samples of one request may be hours apart.
      '--storage.tsdb.min-block-duration=24h',
      '--storage.tsdb.max-block-duration=24h',
    ],
  });
  try {
    mkdirSync(join(prometheus.folder, 'rules'));
    const fleet = new Fleet(prometheus, await modelHost(), read);
    await fleet.writeUntil(inSteps(nowInSeconds()), false);
    const numbers: Record<string, number> = { series: fleet.series };
    const cost = new Map<string, number>();
    for (const state of ['quiet', 'firing']) {
      // What was written ahead is over before another state begins.
      await sleep(Math.max(0, fleet.end + STEP - nowInSeconds()) * 1000);
      for (const [what, groups] of sets) {
        await fleet.writeAhead(WARM_UP_SECONDS + MEASURING_SECONDS, state === 'firing');
        const { seconds, active, rules } = await costOf(prometheus, groups);
        cost.set(`${what}${state}`, seconds);
        numbers[`${what}CPU seconds for 30 s, ${state}`] = seconds;
        numbers[`${what}alerts, ${state}`] = active;
        const slowest = [...rules].sort(([, one], [, other]) => other - one).slice(0, SLOWEST);
        for (const [name, ms] of slowest) numbers[`${what}${state}: ${name}, ms`] = ms;
        if (fleet.end < nowInSeconds()) throw new Error('the samples ended while rules were measured');
      }
    }
    const [quiet = Number.NaN, firing = Number.NaN] = [cost.get('quiet'), cost.get('firing')];
    return {
      name: `all rules, ${HOSTS} hosts, a real Prometheus`,
      ratios: {
        [`CPU for 30 s against ${QUIET_SECONDS} s, quiet`]: { value: quiet / QUIET_SECONDS, atMost: 1 },
        [`CPU that ${HOSTS * FALLEN_PER_HOST} alerts add against ${FIRING_MORE_SECONDS} s`]: {
          value: (firing - quiet) / FIRING_MORE_SECONDS,
          atMost: 1,
        },
      },
      numbers,
    };
  } finally {
    await prometheus.stop();
  }
}
