import type { Clock } from '../../src/clock.ts';
import type { Profile } from '../../src/simulated-host/hardware.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import type { World } from '../../src/simulated-host/world.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Part } from '../../src/document/document.ts';
import { createLogger } from '../../src/log.ts';
import type { MetricFamily, View } from '../../src/metrics/define.ts';
import type { ProcessMetrics } from '../../src/metrics/process.ts';
import { createPipeline, type Pipeline, type PipelineOptions } from '../../src/pipeline.ts';

/** When the simulated hosts of tests begin: any Monday noon. */
export const NOON = Date.UTC(2026, 4, 4, 12);

const EVERY_SECONDS: Readonly<Record<Part, number>> = {
  inventory: 60,
  activity: 15,
  config: 600,
  cluster: 60,
  eventlog: 300,
};

/** What the agent knows and shows at one moment of simulated time. */
export interface Moment {
  /** Unix milliseconds */
  readonly at: number;
  /** Seconds since the scenario's beginning */
  readonly seconds: number;
  readonly view: View;
  readonly families: readonly MetricFamily[];
}

export interface SimulateOptions {
  readonly seed?: number;
  readonly profile?: Profile;
  readonly flags?: Readonly<Record<string, string>>;
  readonly startedAt?: number;
  /** Seconds from moment to moment: 15, as often as counters are polled. A day of minutes takes a quarter as long. */
  readonly tickSeconds?: 6 | 15 | 30 | 60;
  /** How many times faster the host lives; it is polled as many times as often */
  readonly speed?: number;
  /** Puts another reader in place of the demo host, mostly one that spoils what it says */
  readonly wrap?: (demo: HostReader) => HostReader;
  readonly journal?: PipelineOptions['journal'];
  /** For an exposition that ends with metrics of the process, as that of the agent */
  readonly processMetrics?: (clock: Clock) => ProcessMetrics;
}

export interface SimulatedHost {
  /** The truth, at any time (Unix milliseconds) */
  readonly world: World;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  /** Goes on for `seconds` of simulated time, polls each part by its schedule, and gives a moment at each tick. */
  run(seconds: number): AsyncGenerator<Moment>;
  /** Goes on for `seconds` and gives the last moment. */
  settle(seconds: number): Promise<Moment>;
  close(): Promise<void>;
}

/**
 * The agent's pipeline (no server, no cron) on a demo host whose clock is stepped: the whole way from documents to
 * metric families at the speed of the machine. Flags as on the command line, by setting name.
 */
export function simulateHost(scenario: Scenario, options: SimulateOptions = {}): SimulatedHost {
  const { seed = 1, profile, flags = {}, startedAt = NOON, tickSeconds = 15, speed = 1 } = options;
  let at = startedAt;
  const clock: Clock = { now: () => at, monotonic: () => at - startedAt };
  const { config } = loadConfig({ flags: new Map(Object.entries({ source: 'demo', ...flags })), environment: {} });
  const includeIpAddresses = config.labels['ip-addresses'];
  const reader = createDemoReader({ seed, scenario, clock, includeIpAddresses, speed, ...(profile && { profile }) });
  let families: readonly MetricFamily[] = [];
  const pipeline = createPipeline(config, {
    reader: options.wrap?.(reader) ?? reader,
    journal: options.journal,
    log: createLogger({ level: 'error', format: 'json' }),
    processMetrics: options.processMetrics?.(clock),
    onRendered: (_, rendered) => {
      families = rendered;
      return undefined;
    },
  });
  const { poller, render, view } = pipeline;
  let started = false;

  async function moment(): Promise<Moment> {
    const seconds = (at - startedAt) / 1000;
    // The first inventory comes before what is joined to it, as in the agent.
    if (!started || seconds % (EVERY_SECONDS.inventory / speed) === 0) await poller.poll('inventory', 'now');
    for (const part of ['config', 'cluster', 'eventlog', 'activity'] as const)
      if (!started || seconds % (EVERY_SECONDS[part] / speed) === 0) await poller.poll(part, 'now');
    started = true;
    await render();
    const current = view();
    if (current === undefined) throw new Error('nothing was rendered');
    return { at, seconds, view: current, families };
  }

  async function* run(seconds: number): AsyncGenerator<Moment> {
    const end = at + seconds * 1000;
    if (!started) yield await moment();
    while (at + tickSeconds * 1000 <= end) {
      at += tickSeconds * 1000;
      yield await moment();
    }
  }

  return {
    world: reader.world,
    pipeline,
    clock,
    run,
    async settle(seconds) {
      let last: Moment | undefined;
      for await (const each of run(seconds)) last = each;
      if (last === undefined) throw new Error('no time has passed');
      return last;
    },
    async close() {
      await poller.stop();
      await reader.close();
    },
  };
}
