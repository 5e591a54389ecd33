import type { Sender, SenderCounts } from './sender.ts';

/** The exporter's own metrics about its receivers. */
export interface CountSink {
  alertmanager(name: string): void;
  notificationsSent(name: string, alerts: number): void;
  notificationErrors(name: string, alerts: number): void;
  notificationsDropped(name: string, alerts: number): void;
  notificationQueueLength(alerts: number): void;
}

/** Returns a function that adds the counts since its last call to the metrics. Call it after each round. */
export function countInto(sink: CountSink, senders: readonly Sender[]): () => void {
  const before = new Map<Sender, SenderCounts>();
  for (const sender of senders) sink.alertmanager(sender.name);
  return () => {
    let queued = 0;
    for (const sender of senders) {
      const last = before.get(sender);
      const now = sender.counts();
      sink.notificationsSent(sender.name, now.sent - (last?.sent ?? 0));
      sink.notificationErrors(sender.name, now.errors - (last?.errors ?? 0));
      sink.notificationsDropped(sender.name, now.dropped - (last?.dropped ?? 0));
      before.set(sender, now);
      queued += now.queued;
    }
    sink.notificationQueueLength(queued);
  };
}
