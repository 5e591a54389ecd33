import type { AlertInstance, AlertState } from '../evaluate.ts';
import { RESEND_SECONDS } from './payload.ts';
import type { Target } from './target.ts';

export interface Notifier {
  /**
   * Sends to each Alertmanager what is due: a change at once, a firing alert each minute, a resolved one each minute
   * as long as it is retained. To the webhook changes only: it keeps no state that would have to be refreshed.
   */
  notify(state: AlertState, now: number): void;
  /** Sends what is queued, without resolving anything. Ends within `ms` at the latest. */
  drain(ms: number): Promise<void>;
}

/** `former` comes from disk: what a former run has sent is no change, so that a restart neither pages nor resolves anew. */
export function createNotifier(
  alertmanagers: readonly Target[],
  webhooks: readonly Target[],
  former: AlertState,
): Notifier {
  const lastSent = new Map<string, { readonly state: AlertInstance['state']; readonly at: number }>();
  for (const [key, { state }] of former) if (state !== 'pending') lastSent.set(key, { state, at: 0 });

  return {
    notify(state, now) {
      const due: AlertInstance[] = [];
      const changed: AlertInstance[] = [];
      for (const [key, alert] of state) {
        if (alert.state === 'pending') continue;
        const last = lastSent.get(key);
        // What was never sent as firing need not be resolved.
        if (alert.state === 'resolved' && last === undefined) continue;
        const isChange = last?.state !== alert.state;
        if (!isChange && now - last.at < RESEND_SECONDS) continue;
        due.push(alert);
        if (isChange) changed.push(alert);
        lastSent.set(key, { state: alert.state, at: now });
      }
      for (const key of lastSent.keys()) if (!state.has(key)) lastSent.delete(key);
      if (due.length > 0) for (const target of alertmanagers) target.enqueue(due, now);
      // Empty too: what could not be sent is tried again at each round.
      for (const target of webhooks) target.enqueue(changed, now);
    },
    async drain(ms) {
      const all = Promise.allSettled([...alertmanagers, ...webhooks].map((target) => target.drain()));
      const limit = new Promise<void>((resolve) => {
        setTimeout(resolve, ms).unref();
      });
      await Promise.race([all, limit]);
    },
  };
}
