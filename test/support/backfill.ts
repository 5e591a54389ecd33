import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { type AlertState, evaluate } from '../../src/alerting/evaluate.ts';
import { hostRules } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { createWindow, rangesOf } from '../../src/alerting/window.ts';
import type { Clock } from '../../src/clock.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { createProcessMetrics, type ProcessMetrics } from '../../src/metrics/process.ts';
import { createOpenMetricsFile, labelText, type OpenMetricsFile, type TargetLabels } from './open-metrics-file.ts';
import { recordingRules } from '../alerting/rule-files.ts';
import { startPrometheus } from './servers/prometheus.ts';
import { type Moment, NOON, simulateHost, type SimulatedHost, type SimulateOptions } from './simulated-host.ts';
import { FRUGAL_GO, tool } from './tools.ts';

/** How often Prometheus scrapes here: rates over 5 min have their points, and a tour of hours stays cheap. */
const STEP_SECONDS = 60;
/** What a block of Prometheus spans. A file is written for each, so that memory holds two hours at most. */
const BLOCK_SECONDS = 2 * 3600;

export interface BackfilledHost {
  readonly scenario: Scenario;
  readonly seed: number;
  /** The labels of all hosts like it, which have GUIDs and VM names of their own; one, unless given: `hvSEED:10182` */
  readonly targets?: readonly TargetLabels[];
  /** Seconds after which it answers no scrape any more: only `up` goes on, at 0 */
  readonly until?: number;
  /** What is put around the demo host */
  readonly simulate?: Pick<SimulateOptions, 'wrap' | 'journal'>;
  /** Counts what an agent would have counted in its process by each scrape, seconds after the start */
  readonly count?: (metrics: ProcessMetrics, seconds: number) => void;
}

export interface BackfillOptions {
  readonly hosts: readonly BackfilledHost[];
  /** Simulated time from NOON on */
  readonly seconds: number;
  /** How much of it Prometheus has scraped, the last part of it; all, unless given */
  readonly scrapedSeconds?: number;
  readonly cluster?: string;
  /** Targets of other jobs, as exporters of other things: what each answers to every scrape */
  readonly others?: readonly {
    readonly labels: TargetLabels;
    readonly text: string;
  }[];
  /** Families (counters without `_total`) that are kept, all by default: leave out what no query reads */
  readonly keep?: (family: string) => boolean;
}

/** A Prometheus' past: `startPrometheus({ data })` serves it. Times in Unix seconds, both ends are scrapes. */
export interface Backfill {
  readonly data: string;
  readonly start: number;
  readonly end: number;
  readonly samples: number;
  remove(): void;
}

const run = promisify(execFile);
const promtool = (...args: readonly string[]) =>
  run(tool('promtool'), ['tsdb', 'create-blocks-from', ...args], { env: { ...process.env, ...FRUGAL_GO } });

/**
 * Demo hosts through simulated time, as a Prometheus that scraped them would have stored it: the exposition's own
 * bytes with the target's labels (`job`, `instance`, `cluster`), `up`, the recording rules' series and `ALERTS`.
 *
 * Recorded series come from promtool, which lets a real Prometheus evaluate the rules over the blocks. It leaves
 * alerting rules out, and Prometheus evaluates those only as time goes by: so `ALERTS` are what the agent's own
 * evaluation of the same alerts says at each scrape. That both agree is for other tests to show; alerts that take a
 * fleet or hours of history (scope `fleet`, `prometheus`) are missing here.
 *
 * OpenMetrics knows no staleness marks: a series that ended is found for the five minutes that Prometheus looks back.
 */
export async function backfill(options: BackfillOptions): Promise<Backfill> {
  const { seconds, cluster = 'demo', others = [], keep } = options;
  const folder = mkdtempSync(join(tmpdir(), 'backfill '));
  const data = join(folder, 'data');
  mkdirSync(data);
  const targets = options.hosts.map((host) => startTarget(host, cluster));
  const begin = NOON / 1000;
  const end = begin + Math.floor(seconds / STEP_SECONDS) * STEP_SECONDS;
  const start = Math.max(begin, end - (options.scrapedSeconds ?? seconds));
  let samples = 0;
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    for (let at = begin; at < start; at += STEP_SECONDS) for (const target of targets) await target.pass();
    for (let from = start; from <= end; from = nextBlock(from)) {
      const file = createOpenMetricsFile(keep);
      for (let at = from; at <= end && at < nextBlock(from); at += STEP_SECONDS) {
        for (const target of targets) await target.scrape(file, at);
        for (const { labels, text } of others) file.add(`# TYPE up gauge\nup 1\n${text}`, [labels], at);
      }
      const path = join(folder, 'openmetrics.txt');
      file.write(path);
      samples += file.samples();
      await promtool('openmetrics', path, data);
      rmSync(path);
    }
    for (const rules of layers(recordingRules)) await record(rules, { folder, data, start, end });
  } catch (error) {
    remove();
    throw error;
  } finally {
    for (const target of targets) await target.close();
  }
  return { data, start, end, samples, remove };
}

const nextBlock = (at: number): number => (Math.floor(at / BLOCK_SECONDS) + 1) * BLOCK_SECONDS;

interface Target {
  /** Goes on to the next scrape and leaves it out. */
  pass(): Promise<void>;
  /** Goes on to the next scrape (the first is now) and writes it, at Unix seconds. */
  scrape(file: OpenMetricsFile, at: number): Promise<void>;
  close(): Promise<void>;
}

function startTarget(host: BackfilledHost, cluster: string): Target {
  const { scenario, seed, until = Number.POSITIVE_INFINITY, count } = host;
  const hosts = host.targets ?? [{ instance: `hv${seed}:10182`, cluster }];
  const targets = hosts.map((labels) => ({ job: defaultThresholds.job, ...labels }));
  let metrics: ProcessMetrics | undefined;
  const processMetrics = (clock: Clock): ProcessMetrics => {
    metrics = createProcessMetrics(clock);
    metrics.buildInfo('1.2.3');
    metrics.configLoaded(true);
    return metrics;
  };
  const simulated = simulateHost(scenario, { ...host.simulate, seed, tickSeconds: STEP_SECONDS, processMetrics });
  const moments = simulated.run(until);
  const alertsOf = alertsFold();
  /** The `ALERTS` of the next moment; undefined once the host answers no more */
  async function next(): Promise<string | undefined> {
    const { done, value: moment } = await moments.next();
    if (done === true) return undefined;
    if (metrics !== undefined) count?.(metrics, moment.seconds);
    return alertsOf(moment);
  }
  return {
    pass: async () => void (await next()),
    async scrape(file, at) {
      const alerts = await next();
      file.add(`# TYPE up gauge\nup ${alerts === undefined ? 0 : 1}`, targets, at);
      if (alerts === undefined) return;
      file.add(await expositionOf(simulated), targets, at);
      file.add(alerts, targets, at);
    },
    close: () => simulated.close(),
  };
}

const expositionOf = async ({ pipeline }: SimulatedHost): Promise<string> =>
  (await pipeline.exposition.body('openmetrics')).plain().toString();

/** `ALERTS` of one host from moment to moment, as text. */
function alertsFold(): (moment: Moment) => string {
  const alerts = hostRules(defaultThresholds);
  const window = createWindow(rangesOf(alerts.map(({ expr }) => expr)));
  let state: AlertState = new Map();
  return ({ at, families: list }) => {
    const families = new Map(list.map((family) => [family.name, family]));
    window.add(families, at);
    const round = { alerts, families, window, now: at / 1000, addresses: defaultThresholds };
    state = evaluate(state, { ...round, externalLabels: {}, holdSeconds: 0 });
    const active = [...state.values()].filter((alert) => alert.state !== 'resolved');
    return [
      '# TYPE ALERTS gauge',
      ...active.map(({ labels, state: alertstate }) => `ALERTS{${labelText({ ...labels, alertstate })}} 1`),
    ].join('\n');
  };
}

/** Rule files to be evaluated one after the other: each rule comes after those whose series it reads. */
function layers(rules: readonly { readonly record: string; readonly expr: string }[]): string[] {
  let left = [...rules];
  const files: string[] = [];
  while (left.length > 0) {
    const waiting = left.filter((rule) => left.some((other) => rule.expr.includes(other.record)));
    const ready = left.filter((rule) => !waiting.includes(rule));
    if (ready.length === 0) throw new Error('recording rules wait for each other');
    files.push(stringify({ groups: [{ name: 'recording', rules: ready }] }));
    left = waiting;
  }
  return files;
}

/** Adds the series of recording rules to the blocks: evaluated at each step by a Prometheus over what is there so far. */
async function record(
  rules: string,
  { folder, data, start, end }: { folder: string } & Omit<Backfill, 'samples' | 'remove'>,
) {
  const file = join(folder, 'recording.rules.yaml');
  writeFileSync(file, rules);
  const prometheus = await startPrometheus({ data });
  try {
    await promtool(
      'rules',
      `--url=${prometheus.url}`,
      `--start=${start}`,
      `--end=${end}`,
      `--eval-interval=${STEP_SECONDS}s`,
      `--output-dir=${data}`,
      file,
    );
  } finally {
    await prometheus.stop();
  }
}
