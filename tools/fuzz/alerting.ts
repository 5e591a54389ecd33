import { createAlerting } from '../../src/alerting/alerting.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { toPostable, toWebhook } from '../../src/alerting/notify/payload.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import type { View } from '../../src/metrics/define.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { NOON } from './seeds.ts';
import { invariant } from './surface.ts';

const DAY = /^\d{4}-\d{2}-\d{2}T/;

/**
 * Evaluates the agent's alerts on a view and makes what would be sent of them.
 * @param saved the parsed state of a former run
 * @returns the alerts, and whether the saved state was used
 */
export async function alertsOf(
  view: View,
  saved?: unknown,
): Promise<{ readonly alerts: readonly AlertInstance[]; readonly used: boolean }> {
  let used = true;
  const alerting = createAlerting({
    thresholds: defaultThresholds,
    externalLabels: { instance: 'hv01' },
    holdSeconds: 0,
    alertmanagers: [],
    webhooks: [],
    startedAt: NOON,
    log: { warn: () => void (used = false) },
    saved,
    save: async (json) => void JSON.stringify(json),
  });
  await alerting.update(collectFamilies(view), NOON, true);
  const alerts = [...alerting.state().values()];
  for (const alert of alerts) {
    const { startsAt, endsAt } = toPostable(alert, NOON / 1000);
    invariant(DAY.test(startsAt) && DAY.test(endsAt), `not times for Alertmanager: ${startsAt}, ${endsAt}`);
  }
  JSON.stringify(toWebhook(alerts, true));
  await alerting.close(NOON, 'stopped');
  return { alerts, used };
}
