import { type Alerting, createAlerting, type Ending } from './alerting/alerting.ts';
import type { AlertInstance } from './alerting/evaluate.ts';
import { alertmanager } from './alerting/notify/alertmanager.ts';
import { countInto } from './alerting/notify/counts.ts';
import { openEndpoint } from './alerting/notify/endpoint.ts';
import { createSender, type Receiver } from './alerting/notify/sender.ts';
import { webhook } from './alerting/notify/webhook.ts';
import type { Thresholds } from './alerting/thresholds.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { errorText, OperationalError } from './errors.ts';
import { createRepeater, type Logger } from './log.ts';
import type { MetricFamily, View } from './metrics/define.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { readJsonFile, writeJsonFile } from './state/json-file.ts';
import type { Saves } from './state/saves.ts';

const FILE = 'alerts.json';

/** A host whose alerts are evaluated. */
export interface AlertedHost {
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the state is kept; undefined: in memory only */
  readonly folder: string | undefined;
  /** When within its interval the state is saved, milliseconds: see saveEvery */
  readonly phaseMs?: number | undefined;
  /** A target of a collector; absent in an agent */
  readonly target?:
    | {
        /** Labels of its alerts, which take precedence over `external_labels` */
        readonly labels: Readonly<Record<string, string>>;
        /** The metrics of the collector about it */
        readonly families: () => Promise<readonly MetricFamily[]>;
      }
    | undefined;
}

/** The alerts of one host. */
export interface HostAlerting {
  /** To be called after each render with its metrics: evaluates the alerts */
  rendered(view: View, families: readonly MetricFamily[]): Promise<void>;
  /** Pending, firing and recently resolved alerts */
  alerts(): readonly AlertInstance[];
  /** See Alerting.close */
  close(ending: Ending): Promise<void>;
}

/** The exporter's own alerting: all hosts of the process share its receivers, each with one queue and one connection. */
export interface OwnAlerting {
  /** The alerts of a host, with the state of the last run. Never rejects: a state that cannot be read is logged. */
  openHost(host: AlertedHost): Promise<HostAlerting>;
}

/**
 * Sets up the receivers of the configuration.
 * @returns undefined if alerting is off
 * @throws OperationalError if a file of a receiver cannot be used (see openEndpoint)
 */
export function openAlerting(
  config: Config,
  thresholds: Thresholds,
  log: Logger,
  metrics: ProcessMetrics,
  saves: Pick<Saves, 'run'>,
): OwnAlerting | undefined {
  const { enabled, alertmanagers, webhook: hook, external_labels, hold } = config.alerting;
  if (!enabled) return undefined;
  const repeater = createRepeater(log);
  const sender = (receiver: Receiver) => createSender(receiver, repeater);
  const senders = {
    alertmanagers: alertmanagers.map((settings) => sender(alertmanager(() => openEndpoint(settings), log))),
    webhooks: hook === undefined ? [] : [sender(webhook(() => openEndpoint(hook), log, config.web['external-url']))],
  };
  const count = countInto(metrics, [...senders.alertmanagers, ...senders.webhooks]);

  return {
    async openHost({ clock, folder, phaseMs = 0, target, log: hostLog }) {
      const alerting: Alerting = createAlerting({
        ...senders,
        thresholds,
        isTarget: target !== undefined,
        externalLabels: { ...external_labels, ...target?.labels },
        holdSeconds: hold / 1000,
        startedAt: clock.now(),
        savePhase: Math.floor(phaseMs / 1000),
        log: hostLog,
        saved: folder === undefined ? undefined : await savedState(folder, hostLog),
        async save(json) {
          if (folder === undefined || (await saves.run('alerts', folder, () => writeJsonFile(folder, FILE, json))))
            return;
          throw new OperationalError('state_not_saved', 'the alert state was not saved');
        },
      });
      return {
        async rendered(view, families) {
          const { inventory, activity } = view.collection.parts;
          const complete = inventory.success && (activity.tried || !activity.enabled);
          const all = target === undefined ? families : [...families, ...(await target.families())];
          await alerting.update(all, view.collection.now, complete);
          count();
        },
        alerts: () => [...alerting.state().values()],
        async close(ending) {
          await alerting.close(clock.now(), ending);
          count();
        },
      };
    },
  };
}

async function savedState(folder: string, log: Logger): Promise<unknown> {
  try {
    return await readJsonFile(folder, FILE);
  } catch (error) {
    log.warn({ error: errorText(error) }, 'the alert state of the last run cannot be read');
    return undefined;
  }
}
