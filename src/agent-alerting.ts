import { type Alerting, createAlerting } from './alerting/alerting.ts';
import { countInto } from './alerting/notify/counts.ts';
import { alertmanager } from './alerting/notify/alertmanager.ts';
import { type Receiver, createSender } from './alerting/notify/sender.ts';
import { webhook } from './alerting/notify/webhook.ts';
import type { Thresholds } from './alerting/thresholds.ts';
import type { Config } from './config/schema.ts';
import { errorText, OperationalError } from './errors.ts';
import type { Clock } from './clock.ts';
import { createRepeater, type Logger } from './log.ts';
import type { MetricFamily, View } from './metrics/define.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { openEndpoint } from './alerting/notify/endpoint.ts';
import type { Saves } from './state/saves.ts';
import { readJsonFile, writeJsonFile } from './state/json-file.ts';

const FILE = 'alerts.json';

export interface AgentAlerting {
  readonly alerting: Alerting;
  /** To be called after each render with its metrics: evaluates the alerts */
  rendered(view: View, families: readonly MetricFamily[]): Promise<void>;
}

/**
 * Sets up the agent's own alerting from the configuration and its saved state.
 * @returns undefined if alerting is off
 * @throws OperationalError if a file of a receiver cannot be used (see openEndpoint)
 */
export async function openAlerting(
  config: Config,
  thresholds: Thresholds,
  log: Logger,
  metrics: ProcessMetrics,
  saves: Pick<Saves, 'run'>,
  clock: Clock,
): Promise<AgentAlerting | undefined> {
  const { enabled, alertmanagers, webhook: hook, external_labels, hold } = config.alerting;
  if (!enabled) return undefined;
  const folder = config.storage.path;
  const repeater = createRepeater(log);
  const sender = (receiver: Receiver) => createSender(receiver, repeater);
  const alerting = createAlerting({
    thresholds,
    externalLabels: external_labels,
    holdSeconds: hold / 1000,
    alertmanagers: alertmanagers.map((settings) => sender(alertmanager(() => openEndpoint(settings), log))),
    webhooks: hook === undefined ? [] : [sender(webhook(() => openEndpoint(hook), log, config.web['external-url']))],
    startedAt: clock.now(),
    log,
    saved: folder === undefined ? undefined : await savedState(folder, log),
    async save(json) {
      if (folder === undefined || (await saves.run('alerts', folder, () => writeJsonFile(folder, FILE, json)))) return;
      throw new OperationalError('state_not_saved', 'the alert state was not saved');
    },
  });
  const count = countInto(metrics, alerting.senders());
  return {
    alerting,
    async rendered(view, families) {
      const { inventory, activity } = view.collection.parts;
      const complete = inventory.success && (activity.tried || !activity.enabled);
      await alerting.update(families, view.collection.now, complete);
      count();
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
