import type { AlertInstance, AlertState } from '../evaluate.ts';
import { RESEND_SECONDS } from './payload.ts';
import type { Sender } from './sender.ts';

export interface Notifier {
  /**
   * Sends to each Alertmanager the alerts that are due: a change at once, a firing alert each minute, and a resolved alert
   * each minute while it is retained. A webhook gets changes only, because it keeps no state that expires. With a change
   * it gets all firing alerts of the same name, as a group from Alertmanager would. `now` in Unix seconds.
   */
  notify(state: AlertState, now: number): void;
  /** Keys of those alerts of this state whose last change a webhook has not accepted yet */
  unsent(state: AlertState): readonly string[];
  /**
   * Sends the queued alerts and all firing alerts once more, so that they do not expire during a restart of the agent.
   * Resolves no alert. Ends within `ms` milliseconds. `now` in Unix seconds.
   */
  drain(state: AlertState, now: number, ms: number): Promise<void>;
}

export interface Senders {
  readonly alertmanagers: readonly Sender[];
  readonly webhooks: readonly Sender[];
}

/**
 * @param former the saved state of the last run. What that run has sent does not count as a change, so that a restart
 *   neither pages again nor resolves alerts. What it could not send does
 */
export function createNotifier(
  { alertmanagers, webhooks }: Senders,
  former: { readonly alerts: AlertState; readonly unsent: readonly string[] },
): Notifier {
  const lastSent = new Map<string, { readonly state: AlertInstance['state'] | 'unsent'; readonly at: number }>();
  for (const [key, { state }] of former.alerts) if (state !== 'pending') lastSent.set(key, { state, at: 0 });
  for (const key of former.unsent) if (lastSent.has(key)) lastSent.set(key, { state: 'unsent', at: 0 });

  return {
    unsent: (state) => [...state.keys()].filter((key) => webhooks.some((sender) => sender.isUnsent(key))),
    notify(state, now) {
      const due: AlertInstance[] = [];
      const changed = new Set<AlertInstance>();
      for (const [key, alert] of state) {
        if (alert.state === 'pending') continue;
        const last = lastSent.get(key);
        // An alert that was never sent as firing does not have to be resolved.
        if (alert.state === 'resolved' && last === undefined) continue;
        const isChange = last?.state !== alert.state;
        // The clock may have been set back.
        if (!isChange && Math.abs(now - last.at) < RESEND_SECONDS) continue;
        due.push(alert);
        if (isChange) changed.add(alert);
        lastSent.set(key, { state: alert.state, at: now });
      }
      for (const key of lastSent.keys()) if (!state.has(key)) lastSent.delete(key);
      if (due.length > 0) for (const sender of alertmanagers) sender.enqueue(due, now);
      if (changed.size === 0 || webhooks.length === 0) return;
      const names = new Set([...changed].map(({ name }) => name));
      const groups = [...state.values()].filter(
        (alert) => changed.has(alert) || (alert.state === 'firing' && names.has(alert.name)),
      );
      for (const sender of webhooks) sender.enqueue(groups, now);
    },
    async drain(state, now, ms) {
      const firing = [...state.values()].filter((alert) => alert.state === 'firing');
      if (firing.length > 0) for (const sender of alertmanagers) sender.enqueue(firing, now);
      const all = Promise.allSettled([...alertmanagers, ...webhooks].map((sender) => sender.drain()));
      const limit = new Promise<void>((resolve) => {
        setTimeout(resolve, ms).unref();
      });
      await Promise.race([all, limit]);
    },
  };
}
