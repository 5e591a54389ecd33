import type { Target, TargetCounts } from './target.ts';

/** The agent's own metrics of its targets. */
export interface CountSink {
  alertmanager(name: string): void;
  notificationsSent(name: string, alerts: number): void;
  notificationErrors(name: string, alerts: number): void;
  notificationsDropped(name: string, alerts: number): void;
  notificationQueueLength(alerts: number): void;
}

/** Returns a function that adds the counts since its last call to the metrics. Call it after each round. */
export function countInto(sink: CountSink, targets: readonly Target[]): () => void {
  const before = new Map<Target, TargetCounts>();
  for (const target of targets) sink.alertmanager(target.name);
  return () => {
    let queued = 0;
    for (const target of targets) {
      const last = before.get(target);
      const now = target.counts();
      sink.notificationsSent(target.name, now.sent - (last?.sent ?? 0));
      sink.notificationErrors(target.name, now.errors - (last?.errors ?? 0));
      sink.notificationsDropped(target.name, now.dropped - (last?.dropped ?? 0));
      before.set(target, now);
      queued += now.queued;
    }
    sink.notificationQueueLength(queued);
  };
}
