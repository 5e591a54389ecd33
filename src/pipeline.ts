import type { Gate, HostReader } from './collect/host-reader.ts';
import { vmOfVp } from './collect/replay/instances.ts';
import { disabledSources, expectVf, filtersOf, hostFilter, polledParts, shownBy } from './config/policy.ts';
import type { Config } from './config/schema.ts';
import { diagnoseInSteps } from './diagnosis/diagnose.ts';
import type { Policy } from './diagnosis/policy.ts';
import type { ParsedDocument, ParsedSource, Part } from './document/document.ts';
import type { FieldKind } from './document/queries/field.ts';
import { queriesOf } from './document/queries/index.ts';
import type { Snapshot } from './document/snapshot.ts';
import { emptyHistory, type History, stepInSteps } from './history/step.ts';
import { buildInSteps } from './host/build.ts';
import { filterHost } from './host/filter.ts';
import { learnGuestNames, windowsText } from './text/guest-names.ts';
import { createRepeater, type Logger } from './log.ts';
import type { Collection } from './poll/collection.ts';
import type { MetricFamily, View } from './metrics/define.ts';
import { createExposition, type Exposition } from './metrics/exposition.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { createPoller, type Poller } from './poll/poller.ts';
import { createStore, type Polled, type PollOutcome } from './poll/store.ts';
import { inTurns, nextTurn } from './turn.ts';

/** Kinds of fields that hold the name of a VM alone or before the number of a processor */
const VM_NAMES: ReadonlySet<FieldKind> = new Set(['vm_name', 'vp_instance']);

/** What a pipeline reads its host with, and callbacks for its results. */
export interface PipelineOptions {
  readonly reader: HostReader;
  readonly log: Logger;
  /** The history of the last run */
  readonly former?: History | undefined;
  /** Thresholds of the diagnosis. Absent: DEFAULT_POLICY */
  readonly policy?: Policy | undefined;
  readonly processMetrics?: ProcessMetrics | undefined;
  /** When within their intervals the parts are polled, milliseconds */
  readonly phaseMs?: number | undefined;
  /** The state of the journal, for the exporter's own metrics */
  readonly journal?: (() => NonNullable<Collection['journal']>) | undefined;
  /** What a render waits for; the renders of a collector's hosts run one after the other. Absent: nothing */
  readonly renderGate?: Gate | undefined;
  /** Called after each poll */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
  /** Called with each View before it is rendered. A transition is in one View only. */
  readonly onView?: ((view: View) => void) | undefined;
  /** Called when the metrics of a View have been rendered. The next render waits for it. */
  readonly onRendered?: ((view: View, families: readonly MetricFamily[]) => Promise<void> | undefined) | undefined;
}

/** Turns documents into a View and its metrics, for the agent and for one-shot commands. */
export interface Pipeline {
  readonly poller: Poller;
  readonly exposition: Exposition;
  /** The View that is served: that of the last render, once `onRendered` has ended. What is made of it can be kept with it. */
  readonly view: () => View | undefined;
  readonly collection: () => Collection;
  /** How the polls of a part have gone: a glance that costs nothing */
  readonly polled: (part: Part) => Polled;
  /** The rows in the store */
  readonly snapshot: () => Snapshot;
  /** Milliseconds until a source expires; undefined while none can */
  readonly nextExpiry: () => number | undefined;
  /** Adds the rows in the store to the history and renders the result. Never rejects. */
  readonly render: () => Promise<void>;
  /** Resolves when no render runs or waits. */
  readonly idle: () => Promise<void>;
  history(): History;
  /** The next render begins with an empty history: the host is another one from now on. */
  forget(): void;
  reload(config: Config): void;
}

/** The agent without its server and timers. It renders only when `render` is called: see poll/render-schedule.ts. */
export function createPipeline(first: Config, options: PipelineOptions): Pipeline {
  const { reader, log, onPoll, processMetrics, renderGate = (work) => work() } = options;
  const { clock } = reader;
  const parts = polledParts(first, reader.parts, reader.speed);
  const repeater = createRepeater(log);
  const intervals = Object.fromEntries(Object.entries(parts).map(([part, { intervalMs }]) => [part, intervalMs]));
  const disabled = disabledSources(first);
  const store = createStore({ clock, intervals, disabled });
  const exposition = createExposition(clock, processMetrics, options.onRendered !== undefined);
  const simulated = reader.kind === 'demo';
  let config = first;
  let history = options.former ?? emptyHistory();
  let filters = filtersOf(first);
  let view: View | undefined;

  const collection = (): Collection => ({
    ...store.collection(simulated, reader.stats?.()),
    journal: options.journal?.(),
  });

  /** Each step has its own turn of the event loop: on a host with a thousand VMs a step takes tens of milliseconds. */
  async function renderOnce(): Promise<void> {
    try {
      await nextTurn();
      const now = clock.now();
      const state = collection();
      const whole = await inTurns(buildInSteps(store.snapshot()));
      await nextTurn();
      const host = filterHost(whole, hostFilter(config));
      if (filters !== filtersOf(config)) {
        // What other filters show or hide has neither arrived nor left.
        filters = filtersOf(config);
        history = { ...history, watching: false };
      }
      await nextTurn();
      const stepped = await inTurns(stepInSteps(history, host, now, reader.speed));
      history = stepped.history;
      const { tracked } = stepped;
      await nextTurn();
      const diagnosis = await inTurns(diagnoseInSteps(tracked, expectVf(config), options.policy));
      const next = { tracked, diagnosis, collection: state };
      await nextTurn();
      options.onView?.(next);
      await nextTurn();
      const families = await exposition.update(next);
      try {
        await options.onRendered?.(next, families);
      } finally {
        view = next;
      }
      repeater.ended('render', {}, 'metrics can be rendered again');
    } catch (error) {
      repeater.failed('render', { err: error }, 'metrics cannot be rendered');
    }
  }

  let last = Promise.resolve();
  let waiting: Promise<void> | undefined;
  /** Renders run one after the other, as each continues the history of the last. Calls during a render share the next one. */
  function render(): Promise<void> {
    waiting ??= last = last.then(() => {
      waiting = undefined;
      return renderGate(renderOnce);
    });
    return waiting;
  }

  function onChange(part: Part, outcome: PollOutcome): void {
    const { result, error, document } = outcome;
    onPoll?.(part, outcome);
    if (document !== undefined) learnGuestNames(vmNamesOf(document));
    if (result === 'ok') repeater.ended(part, { collector: part }, 'polls succeed again');
    else repeater.failed(part, { collector: part, result, error: windowsText(error) }, 'poll failed');
    for (const [name, parsed] of Object.entries(document?.sources ?? {})) {
      const key = `${part}.${name}`;
      if (parsed.status === 'failed' || parsed.status === 'partial')
        repeater.failed(
          key,
          { collector: part, source: name, status: parsed.status, error: windowsText(parsed.errors[0]) },
          'source failed or returned partial data',
        );
      else repeater.ended(key, { collector: part, source: name }, 'source is complete again');
    }
  }

  const poller = createPoller({ reader, store, clock, log, parts, onChange, phaseMs: options.phaseMs });
  return {
    poller,
    exposition,
    view: () => view,
    collection,
    polled: store.polled,
    snapshot: () => store.snapshot(),
    render,
    idle: () => last,
    nextExpiry: store.nextExpiry,
    history: () => history,
    forget() {
      const former = last;
      last = (async () => {
        await former;
        history = emptyHistory();
      })();
    },
    reload(next) {
      // The targets of a collector change often, and rendering a thousand hosts takes 20 s of CPU.
      const isShownOtherwise = shownBy(config) !== shownBy(next);
      config = next;
      if (isShownOtherwise) void render();
    },
  };
}

const isRow = (row: unknown): row is Readonly<Record<string, unknown>> => typeof row === 'object' && row !== null;

/** The names of VMs in a document, for the log to hide. */
function* vmNamesOf({ part, sources }: ParsedDocument): Generator<string | undefined> {
  const queries = queriesOf(part);
  for (const [name, source] of Object.entries<ParsedSource<unknown> | undefined>(sources)) {
    const fields = Object.entries(queries[name]?.fields ?? {}).filter(([, { kind }]) => VM_NAMES.has(kind));
    if (fields.length === 0) continue;
    for (const row of source?.rows ?? []) {
      if (!isRow(row)) continue;
      for (const [key, { kind }] of fields) {
        const value = row[key];
        if (typeof value === 'string') yield kind === 'vm_name' ? value : vmOfVp(value);
      }
    }
  }
}
