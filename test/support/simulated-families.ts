import type { Clock } from '../../src/clock.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import type { World } from '../../src/simulated-host/world.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { type Part, PARTS } from '../../src/document/document.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { emptyHistory, step } from '../../src/history/step.ts';
import { buildHost } from '../../src/host/build.ts';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import type { MetricFamily, View } from '../../src/metrics/define.ts';
import { collectFamily } from '../../src/metrics/families.ts';
import { createStore } from '../../src/poll/store.ts';

const INTERVALS: Readonly<Record<Part, number>> = {
  inventory: 60_000,
  activity: 15_000,
  config: 600_000,
  cluster: 60_000,
  eventlog: 300_000,
};

/** What the exporter shows at one moment of simulated time. */
export interface FamiliesMoment {
  /** Unix milliseconds */
  readonly at: number;
  readonly seconds: number;
  readonly view: View;
  readonly families: readonly MetricFamily[];
}

/**
 * The way from documents to metric families on a demo host, minute by minute, each taken once: for runs of hours, a
 * quarter of the cost of `simulateHost`, which polls and renders as the agent does. `only`: the families to make.
 */
export function* simulateFamilies(
  world: World,
  startedAt: number,
  minutes: number,
  only: (name: string) => boolean = () => true,
): Generator<FamiliesMoment> {
  let at = startedAt;
  const clock: Clock = { now: () => at, monotonic: () => at - startedAt };
  const store = createStore({ clock, intervals: INTERVALS });
  const rows = catalogue.filter(({ name }) => only(name));
  let history = emptyHistory();
  for (let minute = 0; minute <= minutes; minute++) {
    at = startedAt + minute * 60_000;
    for (const part of PARTS) {
      if ((at - startedAt) % INTERVALS[part] !== 0) continue;
      store.record(part, { result: 'ok', durationMs: 1000, document: parseDocument(writeDocument(part, at, world)) });
    }
    const { history: next, tracked } = step(history, buildHost(store.snapshot()), at);
    history = next;
    const view = { tracked, diagnosis: diagnose(tracked, () => true), collection: store.collection(true) };
    yield { at, seconds: minute * 60, view, families: rows.map((row) => collectFamily(row, view)) };
  }
}
