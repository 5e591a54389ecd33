import type { HostSource } from './collect/source.ts';
import { disabledSources, expectVf, hostFilter, polledParts } from './config/policy.ts';
import type { Config } from './config/schema.ts';
import { diagnoseInSteps } from './diagnosis/diagnose.ts';
import type { Part } from './document/document.ts';
import { emptyHistory, type History, step } from './history/step.ts';
import { buildInSteps } from './host/build.ts';
import { filterHost } from './host/filter.ts';
import { createRepeater, type Logger } from './log.ts';
import type { Collection } from './poll/collection.ts';
import type { MetricFamily, View } from './metrics/define.ts';
import { createExposition, type Exposition } from './metrics/exposition.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { createPoller, type Poller } from './poll/poller.ts';
import { createStore, type PollOutcome } from './poll/store.ts';
import { inTurns, nextTurn } from './turn.ts';

/** What a pipeline reads from, and who is told of what. */
export interface PipelineOptions {
  readonly source: HostSource;
  readonly log: Logger;
  /** The history of a former run */
  readonly former?: History | undefined;
  readonly processMetrics?: ProcessMetrics | undefined;
  /** The state of the journal, for the exporter's own metrics */
  readonly journal?: (() => NonNullable<Collection['journal']>) | undefined;
  /** Told of each poll that ended */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
  /** Told of each View, before it is rendered; its transitions are new each time */
  readonly onView?: ((view: View) => void) | undefined;
  /** Told when the metrics of a View are rendered; the next render waits for it */
  readonly onRendered?: ((view: View, families: readonly MetricFamily[]) => Promise<void> | undefined) | undefined;
}

/** From documents to a View: what one-shot commands need, and the agent serves. */
export interface Pipeline {
  readonly poller: Poller;
  readonly exposition: Exposition;
  /** What is served: of the last render that ended */
  readonly view: () => View | undefined;
  readonly collection: () => Collection;
  /** Milliseconds until a source expires; undefined while none can */
  readonly nextExpiry: () => number | undefined;
  /** Folds what the store knows now into the history and renders it. Never rejects. */
  readonly render: () => Promise<void>;
  /** Resolves when no render is under way nor waits. */
  readonly idle: () => Promise<void>;
  history(): History;
  reload(config: Config): void;
}

/** The agent without its server. Renders when it is told to: see poll/render-schedule.ts. */
export function createPipeline(first: Config, options: PipelineOptions): Pipeline {
  const { source, log, onPoll, processMetrics } = options;
  const { clock } = source;
  const parts = polledParts(first);
  const repeater = createRepeater(log);
  const intervals = Object.fromEntries(Object.entries(parts).map(([part, { intervalMs }]) => [part, intervalMs]));
  const disabled = disabledSources(first);
  const store = createStore({ clock, intervals, disabled });
  const exposition = createExposition(clock, processMetrics);
  const simulated = source.kind === 'demo';
  let config = first;
  let history = options.former ?? emptyHistory();
  let view: View | undefined;

  const collection = (): Collection => ({
    ...store.collection(simulated, source.stats?.()),
    journal: options.journal?.(),
  });

  /** Each piece of work in a turn of its own: on a host of a thousand VMs they take tens of milliseconds each. */
  async function renderOnce(): Promise<void> {
    try {
      await nextTurn();
      const now = clock.now();
      const state = collection();
      const whole = await inTurns(buildInSteps(store.snapshot()));
      await nextTurn();
      const host = filterHost(whole, hostFilter(config));
      await nextTurn();
      const stepped = step(history, host, now);
      history = stepped.history;
      const { tracked } = stepped;
      await nextTurn();
      const diagnosis = await inTurns(diagnoseInSteps(tracked, expectVf(config)));
      const next = { tracked, diagnosis, collection: state };
      options.onView?.(next);
      await exposition.update(next);
      view = next;
      await options.onRendered?.(next, exposition.families());
      repeater.ended('render', {}, 'rendering works again');
    } catch (error) {
      repeater.failed('render', { err: error }, 'the metrics could not be rendered');
    }
  }

  let last = Promise.resolve();
  let waiting: Promise<void> | undefined;
  /** One after the other, since each goes on from the history of the one before; one that waits serves all who ask. */
  function render(): Promise<void> {
    waiting ??= last = last.then(() => {
      waiting = undefined;
      return renderOnce();
    });
    return waiting;
  }

  function onChange(part: Part, outcome: PollOutcome): void {
    const { result, error, document } = outcome;
    onPoll?.(part, outcome);
    if (result === 'ok') repeater.ended(part, { collector: part }, 'polls work again');
    else repeater.failed(part, { collector: part, result, error }, 'poll failed');
    for (const [name, one] of Object.entries(document?.sources ?? {})) {
      const key = `${part}.${name}`;
      if (one.status === 'failed' || one.status === 'partial')
        repeater.failed(
          key,
          { collector: part, source: name, status: one.status, error: one.errors[0] },
          'source not whole',
        );
      else repeater.ended(key, { collector: part, source: name }, 'source is whole again');
    }
  }

  const poller = createPoller({ source, store, clock, log, parts, onChange });
  return {
    poller,
    exposition,
    view: () => view,
    collection,
    render,
    idle: () => last,
    nextExpiry: store.nextExpiry,
    history: () => history,
    reload(next) {
      config = next;
      void render();
    },
  };
}
