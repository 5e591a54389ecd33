import { gzipSync } from 'node:zlib';
import { createAlerting } from '../../src/alerting/alerting.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import type { Clock } from '../../src/clock.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { frameInSteps, PROTOCOL } from '../../src/collect/powershell/frame.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Part } from '../../src/document/document.ts';
import type { LastDocument } from '../../src/http/deps.ts';
import { createLogger } from '../../src/log.ts';
import { createPipeline, type Pipeline } from '../../src/pipeline.ts';
import { withRetainedRows } from '../../src/poll/source-rows.ts';
import { eventsOf, type JournalEvent } from '../../src/report/events.ts';
import { createTrends, type Trends } from '../../src/trend/trends.ts';
import { inSlices } from '../../src/turn.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const SECOND = 1000;
/** Different documents of a part, used alternately */
const POLLS = 2;
/** What two hosts share must differ where both become one. */
const OTHERWISE: readonly (readonly [RegExp, string])[] = [
  [/ConnectX-6 Dx/g, 'ConnectX-6 Lx'],
  [/SLOT 4/g, 'SLOT 5'],
  [/vSwitch_SET01/g, 'vSwitch_SET02'],
  [/\bvm-(\d{4})/g, 'wm-$1'],
  [/sriov_2012/g, 'sriov_2013'],
];

interface Document {
  sources: Record<string, { rows: unknown[] }>;
}

/** A document of 1,024 VMs with two vNICs each, or of twice as many: two such hosts in one. */
async function documentOf(part: Part, at: number, vms: 1024 | 2048): Promise<string> {
  const clock: Clock = { now: () => at, monotonic: () => at - NOON };
  const textOf = async (seed: number): Promise<string> => {
    const reader = createDemoReader({ seed, scenario: 'large', clock, startedAt: NOON });
    return JSON.stringify(await reader.read(part, new AbortController().signal));
  };
  const one = await textOf(1);
  if (vms === 1024) return one;
  const other = await textOf(2);
  const parse = (text: string): Document => JSON.parse(text);
  const whole = parse(one);
  const half = parse(OTHERWISE.reduce((text, [what, by]) => text.replace(what, by), other));
  for (const [name, { rows }] of Object.entries(whole.sources)) rows.push(...(half.sources[name]?.rows ?? []));
  return JSON.stringify(whole);
}

export interface LargeHost {
  readonly pipeline: Pipeline;
  readonly trends: Trends;
  /** What happened so far, oldest first */
  readonly events: readonly JournalEvent[];
  /** The agent's own alerts; none unless they are evaluated */
  readonly alerts: () => readonly AlertInstance[];
  /** The document of the last poll of a part, as a collector reads it */
  readonly document: (part: Part) => LastDocument | undefined;
  /** From the frame of an inventory to exposition bytes, once */
  poll(part: Part): Promise<void>;
}

/**
 * The agent's pipeline on frames as PowerShell sends them, each of a later time than the one before.
 * @param options.alerting whether each render evaluates the agent's own alerts
 */
export async function largeHost(vms: 1024 | 2048, options: { readonly alerting?: boolean } = {}): Promise<LargeHost> {
  let at = NOON;
  const frames: Record<string, string[]> = {};
  for (const part of ['inventory', 'activity', 'config'] as const) {
    frames[part] = [];
    for (let poll = 0; poll < (part === 'config' ? 1 : POLLS); poll++) {
      const base64 = gzipSync(await documentOf(part, NOON + poll * 60 * SECOND, vms)).toString('base64');
      frames[part].push(`@HVSRIOV${PROTOCOL} 1 ok ${base64.length} ${base64}@END`);
    }
  }
  const asked: Record<string, number> = {};
  // Its own time, in steps; what is rendered for so long that others must have a turn goes by the true one.
  const clock: Clock = { now: () => at, monotonic: () => at - NOON + performance.now() };
  const reader: HostReader = {
    kind: 'demo',
    clock,
    read(part) {
      const turn = (asked[part] = (asked[part] ?? -1) + 1);
      const list = frames[part] ?? [];
      return inSlices(frameInSteps(list[turn % list.length] ?? '', 1));
    },
    close: () => Promise.resolve(),
  };
  // What is not polled in a run must not expire in it.
  const seldom = new Map([
    ['source', 'demo'],
    ['poll.activity.interval', '30m'],
  ]);
  const { config } = loadConfig({ flags: seldom, environment: {} });
  const log = createLogger({ level: 'error', format: 'json' });
  const trends = createTrends();
  const events: JournalEvent[] = [];
  const documents = new Map<Part, LastDocument>();
  const alerting =
    options.alerting === true
      ? createAlerting({
          alertmanagers: [],
          webhooks: [],
          thresholds: defaultThresholds,
          externalLabels: {},
          holdSeconds: 0,
          startedAt: NOON,
          log,
          saved: undefined,
          save: () => Promise.resolve(),
        })
      : undefined;
  const pipeline = createPipeline(config, {
    reader,
    log,
    onPoll(part, { raw }) {
      if (typeof raw === 'object' && raw !== null)
        documents.set(part, { document: withRetainedRows(raw, part, pipeline.snapshot()[part]) });
    },
    onRendered: (view, families) => alerting?.update(families, view.collection.now, true),
    onView({ tracked, diagnosis }) {
      events.push(...eventsOf(tracked, diagnosis));
      trends.observe(tracked);
    },
  });
  const poll = async (part: Part): Promise<void> => {
    at += 15 * SECOND;
    await pipeline.poller.poll(part, 'now');
    await pipeline.render();
  };
  for (const part of ['inventory', 'config', 'activity', 'inventory'] as const) await poll(part);
  return {
    pipeline,
    trends,
    events,
    alerts: () => [...(alerting?.state().values() ?? [])],
    document: (part) => documents.get(part),
    poll,
  };
}
