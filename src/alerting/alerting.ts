import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MetricFamily } from '../metrics/define.ts';
import { inTurns } from '../turn.ts';
import { type AlertState, evaluateInSteps, withoutHost } from './evaluate.ts';
import { createNotifier, type Senders } from './notify/notifier.ts';
import { collectorRules, hostRules } from './rules/index.ts';
import { alertStateFromJson, alertStateToJson, type SavedAlerting } from './state.ts';
import type { Thresholds } from './thresholds.ts';
import { createWindow, rangesOf } from './window.ts';

export interface AlertingOptions extends Senders {
  readonly thresholds: Thresholds;
  /** The host is a target of a collector: the alerts about targets are evaluated too, and links name the target */
  readonly isTarget?: boolean | undefined;
  /** `instance` as Prometheus sees this host, `cluster`, … */
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly holdSeconds: number;
  readonly log: Pick<Log, 'warn'>;
  /** The saved state of the last run, as parsed JSON; undefined if there is none */
  readonly saved: unknown;
  /** When this run started, Unix milliseconds */
  readonly startedAt: number;
  /** When within its interval an unchanged state is saved again, seconds; see alertStateToJson */
  readonly savePhase?: number | undefined;
  /** Writes the state to disk. Called when it has changed. Where it rejects, having reported why, it is called again with the next evaluation */
  readonly save: (json: unknown) => Promise<void>;
}

/**
 * Why alerting ends: `stopped` with the process, `replaced` by another that continues from the saved state, or `removed`,
 * as the host is no longer monitored.
 */
export type Ending = 'stopped' | 'replaced' | 'removed';

/** The exporter's own alerting for one host: it evaluates the alerts on rendered metrics, keeps their state and sends them. */
export interface Alerting {
  /**
   * Evaluates all alerts once. Calls must not overlap, because each continues from the state of the one before.
   * @param families the metrics that were just rendered; for a target, with those of the collector about it
   * @param at Unix milliseconds
   * @param complete whether this run has read the whole host at least once
   */
  update(families: readonly MetricFamily[], at: number, complete: boolean): Promise<void>;
  state(): AlertState;
  /**
   * Saves the state. `stopped`: sends the queued alerts first, and resolves none. `removed`: resolves all alerts, as
   * Prometheus does when a target vanishes. Never rejects. `at` in Unix milliseconds.
   */
  close(at: number, ending: Ending): Promise<void>;
}

/** Label that distinguishes the exporter's own alerts from those of Prometheus. With equal labels from two senders, an alert would flap. */
const SOURCE = { source: 'sriov-agent' };
const DRAIN_MS = 3000;
/**
 * Alerts of the last run that were firing or pending do not end until this long after the host has been read, because a
 * path is known only when two inventory documents agree.
 */
const SETTLE_SECONDS = 180;
/** If the host cannot be read at all, they end after this time. */
const BLIND_SECONDS = 15 * 60;

/** The alerts of one host: restores the saved state, evaluates each new view and notifies Alertmanager. Never throws: what fails is logged and counted. */
export function createAlerting(options: AlertingOptions): Alerting {
  const former = restore(options);
  const alerts = (options.isTarget === true ? collectorRules : hostRules)(options.thresholds);
  const window = createWindow(rangesOf(alerts.map(({ expr }) => expr)), former.window);
  const formerKeys = new Set(former.alerts.keys());
  let standsUntil = options.startedAt / 1000 + BLIND_SECONDS;
  let settling = false;
  let state = former.alerts;
  const notifier = createNotifier(options, former);
  let saving: Promise<void> = Promise.resolve();
  let savedText = '';

  const save = (now: number): void => {
    const saved = { alerts: state, unsent: notifier.unsent(state), window: window.saved() };
    const json = alertStateToJson(saved, now, options.savePhase);
    const text = JSON.stringify(json);
    if (text === savedText) return;
    savedText = text;
    saving = saving
      .then(() => options.save(json))
      .catch(() => {
        savedText = '';
      });
  };

  return {
    async update(list, at, complete) {
      const now = at / 1000;
      standsUntil = Math.min(standsUntil, now + BLIND_SECONDS);
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
        addresses: { ...options.thresholds, isCollector: options.isTarget },
        externalLabels: { ...options.externalLabels, ...SOURCE },
        holdSeconds: options.holdSeconds,
        standing: now < standsUntil ? formerKeys : undefined,
      };
      state = await inTurns(evaluateInSteps(state, round));
      notifier.notify(state, now);
      save(now);
    },
    state: () => state,
    async close(at, ending) {
      const now = at / 1000;
      if (ending === 'removed') notifier.notify((state = withoutHost(state, now)), now);
      if (ending === 'stopped') await notifier.drain(state, now, DRAIN_MS);
      save(now);
      await saving;
    },
  };
}

const NOTHING: SavedAlerting = { alerts: new Map(), unsent: [], window: [] };

function restore({ saved, startedAt, log }: AlertingOptions): SavedAlerting {
  if (saved === undefined) return NOTHING;
  try {
    const restored = alertStateFromJson(saved, startedAt / 1000);
    if (restored.dropped > 0)
      log.warn({ entries: restored.dropped }, 'entries of the saved alert state cannot be used and were ignored');
    return restored;
  } catch (error) {
    log.warn({ error: errorText(error) }, 'the alert state of the last run cannot be used and was ignored');
    return NOTHING;
  }
}
