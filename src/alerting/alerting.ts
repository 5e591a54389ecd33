import { errorText } from '../errors.ts';
import type { MetricFamily } from '../metrics/define.ts';
import { type AlertState, evaluate } from './evaluate.ts';
import { createNotifier } from './notify/notifier.ts';
import type { Target, TargetLog } from './notify/target.ts';
import { hostAlerts } from './rules/index.ts';
import { alertStateFromJson, alertStateToJson, type SavedAlerting } from './state.ts';
import type { Thresholds } from './thresholds.ts';
import { createWindow } from './window.ts';

export interface AlertingOptions {
  readonly thresholds: Thresholds;
  /** `instance` as Prometheus sees this host, `cluster`, … */
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly holdSeconds: number;
  readonly alertmanagers: readonly Target[];
  readonly webhooks: readonly Target[];
  readonly log: TargetLog;
  /** The state of a former run, parsed JSON; undefined where there is none */
  readonly saved: unknown;
  /** Writes the state; called when it changed */
  readonly save: (json: unknown) => Promise<void>;
}

/** The agent's own alerting: fed with what is rendered, it evaluates, remembers and sends. */
export interface Alerting {
  /** `families` of this moment, `at` in Unix milliseconds. Evaluates nothing until `complete`: the state from disk stands. */
  update(families: readonly MetricFamily[], at: number, complete: boolean): void;
  state(): AlertState;
  targets(): readonly Target[];
  /** Sends what is queued and saves the state; resolves nothing. Never rejects. */
  close(): Promise<void>;
}

/** Marks the agent's alerts: two senders with equal labels would make one alert flap. */
const SOURCE = { source: 'sriov-agent' };
const DRAIN_MS = 3000;
/** A path is known when two inventory documents agree: as long after the first evaluation of a run nothing resolves. */
const RESTART_GRACE_SECONDS = 180;

export function createAlerting(options: AlertingOptions): Alerting {
  const former = restore(options);
  const window = createWindow(former.onVf);
  const alerts = hostAlerts(options.thresholds);
  let state = former.alerts;
  let nothingEndsUntil: number | undefined;
  const notifier = createNotifier(options.alertmanagers, options.webhooks, state);
  let saving: Promise<void> = Promise.resolve();
  let savedText = '';

  const save = (): void => {
    const json = alertStateToJson({ alerts: state, onVf: window.saved() });
    const text = JSON.stringify(json);
    if (text === savedText) return;
    savedText = text;
    saving = saving
      .then(() => options.save(json))
      .catch((error: unknown) => options.log.warn({ error: errorText(error) }, 'alert state could not be written'));
  };

  return {
    update(list, at, complete) {
      const families = new Map(list.map((family) => [family.name, family]));
      window.add(families, at);
      if (!complete) return;
      const now = at / 1000;
      nothingEndsUntil ??= now + RESTART_GRACE_SECONDS;
      state = evaluate(state, {
        alerts,
        families,
        window,
        now,
        thresholds: options.thresholds,
        externalLabels: { ...options.externalLabels, ...SOURCE },
        holdSeconds: options.holdSeconds,
        nothingEndsUntil,
      });
      notifier.notify(state, now);
      save();
    },
    state: () => state,
    targets: () => [...options.alertmanagers, ...options.webhooks],
    async close() {
      await notifier.drain(DRAIN_MS);
      await saving;
    },
  };
}

const NOTHING: SavedAlerting = { alerts: new Map(), onVf: [] };

function restore({ saved, log }: AlertingOptions): SavedAlerting {
  if (saved === undefined) return NOTHING;
  try {
    return alertStateFromJson(saved);
  } catch (error) {
    log.warn({ error: errorText(error) }, 'alert state of the former run was left aside');
    return NOTHING;
  }
}
