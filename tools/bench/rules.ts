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
 * What the rules cost a Prometheus that watches 200 hosts with 54 running VMs each: its own processor time for one
 * evaluation of every rule, while all is well, and while 2,400 virtual NICs are off their VF. Groups with a longer
 * interval count by their share of 30 s. Hosts are copies of a simulated one, with labels and ids of their own.
 */
const HOSTS = 200;
const HOSTS_PER_CLUSTER = 20;
const FALLEN_PER_HOST = 12;
const STEP = 30;
/** Minutes of samples before the beginning: of series that rules look back on for hours, and of the others that they read */
const HISTORY_MINUTES = { hours: 6 * 60 + 10, others: 70 };
const LOOKED_BACK_ON_FOR_HOURS = new Set(['hyperv_vnic_receive_packets_total', 'hyperv_vswitch_vf_in_use']);
/** Rules are evaluated more often here than every 30 s: an evaluation costs the same. */
const EVALUATION_SECONDS = 10;
const ROUNDS = 4;
const WARM_UP_SECONDS = 1.5 * EVALUATION_SECONDS;
const QUIET_SECONDS = 1.5;
const FIRING_MORE_SECONDS = 3;

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
  readonly #read: ReadonlySet<string>;

  constructor(prometheus: Prometheus, of: Model, read: ReadonlySet<string>) {
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

  #samplesOf({ name, samples }: MetricFamily, host: number, end: number, fallen: boolean): WrittenSeries[] {
    const isRead = this.#read.has(name);
    if (!isRead && this.end !== 0) return [];
    const minutes = LOOKED_BACK_ON_FOR_HOURS.has(name) ? HISTORY_MINUTES.hours : HISTORY_MINUTES.others;
    const times = timesBetween(isRead ? this.end || end - minutes * 60 : end - STEP, end);
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

const cpuOf = async ({ url }: Prometheus): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
};

interface Cost {
  /** Processor time of one evaluation */
  readonly seconds: number;
  /** Alerts that are pending or firing after it */
  readonly active: number;
}

async function costOf(prometheus: Prometheus, groups: readonly Group[]): Promise<Cost> {
  const file = join(prometheus.folder, 'rules', 'measured.rules.yaml');
  // All at one interval, and each alert at once.
  const measured = groups.map(({ name, rules }) => ({
    name,
    rules: rules.map(({ for: _for, keep_firing_for: _keep, ...rule }) => rule),
  }));
  writeFileSync(file, stringify({ groups: measured }));
  const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  if (!ok) throw new Error(`Prometheus does not take the rules: ${prometheus.log()}`);
  await sleep(WARM_UP_SECONDS * 1000);
  const before = await cpuOf(prometheus);
  await sleep(ROUNDS * EVALUATION_SECONDS * 1000);
  const seconds = ((await cpuOf(prometheus)) - before) / ROUNDS;
  const { alerts } = (await prometheus.api('alerts')) as { alerts: readonly object[] };
  return { seconds, active: alerts.length };
}

/** Of all groups, for 30 s: each as often as it is evaluated. */
async function costFor30Seconds(prometheus: Prometheus, groups: readonly Group[], idle: number): Promise<Cost> {
  let [seconds, active] = [0, 0];
  for (const interval of intervalsOf(groups)) {
    const cost = await costOf(
      prometheus,
      groups.filter((group) => secondsOf(group.interval) === interval),
    );
    seconds += (Math.max(0, cost.seconds - idle) * 30) / interval;
    active += cost.active;
  }
  return { seconds, active };
}
const intervalsOf = (groups: readonly Group[]): Set<number> =>
  new Set(groups.map(({ interval }) => secondsOf(interval)));

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

export async function bench(): Promise<Figure> {
  const sets = new Map([
    ['', groupsOf(rulesYaml(defaultThresholds).values())],
    ...(beforeFolder === undefined ? [] : [['before: ', others()] as const]),
  ]);
  const read = new Set(JSON.stringify([...sets.values()]).match(/\bhyperv_\w+/g));
  const measurements = [...sets.values()].reduce((count, groups) => count + intervalsOf(groups).size, 1);
  const secondsOfAll = measurements * (WARM_UP_SECONDS + (ROUNDS + 1) * EVALUATION_SECONDS);
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
      const started = nowInSeconds();
      await fleet.writeUntil(inSteps(started), state === 'firing');
      // Writing ahead takes about as long as catching up did.
      const writing = nowInSeconds() - started;
      await fleet.writeUntil(inSteps(nowInSeconds() + 2 * writing + secondsOfAll + 60), state === 'firing');
      const idle = (await costOf(prometheus, [])).seconds;
      for (const [what, groups] of sets) {
        const { seconds, active } = await costFor30Seconds(prometheus, groups, idle);
        cost.set(`${what}${state}`, seconds);
        numbers[`${what}CPU seconds for 30 s, ${state}`] = seconds;
        numbers[`${what}alerts, ${state}`] = active;
      }
      if (fleet.end < nowInSeconds()) throw new Error('the samples ended while rules were measured');
      numbers[`CPU seconds for 10 s without rules, ${state}`] = idle;
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
