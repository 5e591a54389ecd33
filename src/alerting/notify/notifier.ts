import type { AlertInstance, AlertState } from '../evaluate.ts';
import { RESEND_SECONDS } from './payload.ts';
import type { Target } from './target.ts';

export interface Notifier {
  /**
   * Sends to each Alertmanager what is due: a change at once, a firing alert each minute, a resolved one each minute
   * as long as it is retained. To the webhook changes only, since it keeps no state that would have to be refreshed;
   * with a change the other alerts of that name that fire, as Alertmanager sends a group.
   */
  notify(state: AlertState, now: number): void;
  /** Keys of the alerts that no webhook has been told of yet: it is not sent again what it took */
  unsent(): readonly string[];
  /**
   * Sends what is queued and what fires once more, so that it outlives a restart of the agent; resolves nothing. Ends
   * within `ms` at the latest.
   */
  drain(state: AlertState, now: number, ms: number): Promise<void>;
}

export interface Targets {
  readonly alertmanagers: readonly Target[];
  readonly webhooks: readonly Target[];
}

/**
 * `former` comes from disk: what a former run has sent is no change, so that a restart neither pages nor resolves
 * anew. What it could not send any more is one.
 */
export function createNotifier(
  { alertmanagers, webhooks }: Targets,
  former: { readonly alerts: AlertState; readonly unsent: readonly string[] },
): Notifier {
  const lastSent = new Map<string, { readonly state: AlertInstance['state'] | 'unsent'; readonly at: number }>();
  for (const [key, { state }] of former.alerts) if (state !== 'pending') lastSent.set(key, { state, at: 0 });
  for (const key of former.unsent) if (lastSent.has(key)) lastSent.set(key, { state: 'unsent', at: 0 });

  return {
    unsent: () => webhooks.flatMap((target) => target.unsent()),
    notify(state, now) {
      const due: AlertInstance[] = [];
      const changed = new Set<AlertInstance>();
      for (const [key, alert] of state) {
        if (alert.state === 'pending') continue;
        const last = lastSent.get(key);
        // What was never sent as firing need not be resolved.
        if (alert.state === 'resolved' && last === undefined) continue;
        const isChange = last?.state !== alert.state;
        if (!isChange && now - last.at < RESEND_SECONDS) continue;
        due.push(alert);
        if (isChange) changed.add(alert);
        lastSent.set(key, { state: alert.state, at: now });
      }
      for (const key of lastSent.keys()) if (!state.has(key)) lastSent.delete(key);
      if (due.length > 0) for (const target of alertmanagers) target.enqueue(due, now);
      if (changed.size === 0 || webhooks.length === 0) return;
      const names = new Set([...changed].map(({ name }) => name));
      const groups = [...state.values()].filter(
        (alert) => changed.has(alert) || (alert.state === 'firing' && names.has(alert.name)),
      );
      for (const target of webhooks) target.enqueue(groups, now);
    },
    async drain(state, now, ms) {
      const firing = [...state.values()].filter((alert) => alert.state === 'firing');
      if (firing.length > 0) for (const target of alertmanagers) target.enqueue(firing, now);
      const all = Promise.allSettled([...alertmanagers, ...webhooks].map((target) => target.drain()));
      const limit = new Promise<void>((resolve) => {
        setTimeout(resolve, ms).unref();
      });
      await Promise.race([all, limit]);
    },
  };
}
