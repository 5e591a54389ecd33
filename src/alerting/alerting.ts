import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MetricFamily } from '../metrics/define.ts';
import { inTurns } from '../turn.ts';
import { type AlertState, evaluateInSteps } from './evaluate.ts';
import { createNotifier, type Targets } from './notify/notifier.ts';
import type { Target } from './notify/target.ts';
import { hostRules } from './rules/index.ts';
import { alertStateFromJson, alertStateToJson, type SavedAlerting } from './state.ts';
import type { Thresholds } from './thresholds.ts';
import { createWindow, rangesOf } from './window.ts';

export interface AlertingOptions extends Targets {
  readonly thresholds: Thresholds;
  /** `instance` as Prometheus sees this host, `cluster`, … */
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly holdSeconds: number;
  readonly log: Pick<Log, 'warn'>;
  /** The state of a former run, parsed JSON; undefined where there is none */
  readonly saved: unknown;
  /** Unix milliseconds, when this run starts */
  readonly startedAt: number;
  /** Writes the state; called when it changed */
  readonly save: (json: unknown) => Promise<void>;
}

/** The agent's own alerting: fed with what is rendered, it evaluates, remembers and sends. */
export interface Alerting {
  /**
   * `families` of this moment, `at` in Unix milliseconds. `complete`: this run has read the whole host once. One at a
   * time: each goes on from the state that the one before left.
   */
  update(families: readonly MetricFamily[], at: number, complete: boolean): Promise<void>;
  state(): AlertState;
  targets(): readonly Target[];
  /** Sends what is queued and saves the state; resolves nothing. Never rejects. `at` in Unix milliseconds. */
  close(at: number): Promise<void>;
}

/** Marks the agent's alerts: two senders with equal labels would make one alert flap. */
const SOURCE = { source: 'sriov-agent' };
const DRAIN_MS = 3000;
/**
 * What a former run left firing or pending stands this long after the host has been read: a path is known when two
 * inventory documents agree.
 */
const SETTLE_SECONDS = 180;
/** Where the host can not be read at all, it stands no longer than this. */
const BLIND_SECONDS = 15 * 60;

export function createAlerting(options: AlertingOptions): Alerting {
  const former = restore(options);
  const alerts = hostRules(options.thresholds);
  const window = createWindow(rangesOf(alerts.map(({ expr }) => expr)), former.window);
  const formerKeys = new Set(former.alerts.keys());
  let standsUntil = options.startedAt / 1000 + BLIND_SECONDS;
  let settling = false;
  let state = former.alerts;
  const notifier = createNotifier(options, former);
  let saving: Promise<void> = Promise.resolve();
  let savedText = '';

  const save = (now: number): void => {
    const json = alertStateToJson({ alerts: state, unsent: notifier.unsent(), window: window.saved() }, now);
    const text = JSON.stringify(json);
    if (text === savedText) return;
    savedText = text;
    saving = saving
      .then(() => options.save(json))
      .catch((error: unknown) => options.log.warn({ error: errorText(error) }, 'alert state could not be written'));
  };

  return {
    async update(list, at, complete) {
      const now = at / 1000;
      const families = new Map(list.map((family) => [family.name, family]));
      window.add(families, at);
      if (complete && !settling) {
        settling = true;
        standsUntil = Math.min(standsUntil, now + SETTLE_SECONDS);
      }
      const round = {
        alerts,
        families,
        window,
        now,
        thresholds: options.thresholds,
        externalLabels: { ...options.externalLabels, ...SOURCE },
        holdSeconds: options.holdSeconds,
        standing: now < standsUntil ? formerKeys : undefined,
      };
      state = await inTurns(evaluateInSteps(state, round));
      notifier.notify(state, now);
      save(now);
    },
    state: () => state,
    targets: () => [...options.alertmanagers, ...options.webhooks],
    async close(at) {
      await notifier.drain(state, at / 1000, DRAIN_MS);
      save(at / 1000);
      await saving;
    },
  };
}

const NOTHING: SavedAlerting = { alerts: new Map(), unsent: [], window: [] };

function restore({ saved, startedAt, log }: AlertingOptions): SavedAlerting {
  if (saved === undefined) return NOTHING;
  try {
    return alertStateFromJson(saved, startedAt / 1000);
  } catch (error) {
    log.warn({ error: errorText(error) }, 'alert state of the former run was left aside');
    return NOTHING;
  }
}
