import { errorText } from '../../errors.ts';
import type { Repeater } from '../../log.ts';
import type { AlertInstance } from '../evaluate.ts';
import { isSendable } from './payload.ts';
import { AlertQueue, keyOf } from './queue.ts';

/** How many alerts of a batch the receiver accepted and refused. */
export interface Sent {
  readonly accepted: number;
  readonly refused: number;
}

/** A receiver of alerts. `send` rejects if the batch should be sent again. */
export interface Receiver {
  /** Value of the label `alertmanager`: the URL without anything secret */
  readonly name: string;
  take(queue: AlertQueue): readonly AlertInstance[];
  send(batch: readonly AlertInstance[], now: number): Promise<Sent>;
}

/** Numbers of alerts since the start, for one receiver */
export interface SenderCounts {
  readonly sent: number;
  readonly errors: number;
  readonly dropped: number;
  readonly queued: number;
}

export interface Sender {
  readonly name: string;
  /** Queues alerts and starts sending. `now` in Unix seconds. */
  enqueue(alerts: readonly AlertInstance[], now: number): void;
  /**
   * Tries at once to send what is queued, before the process ends: after a failure nothing more is sent. Resolves when the
   * queue is empty or sending has failed. The hosts of a collector may each call it.
   */
  drain(): Promise<void>;
  counts(): SenderCounts;
  /** Whether the alert with this key is queued or being sent */
  isUnsent(key: string): boolean;
}

/** 1, 2, 4, … 60 s, each up to 20 % longer, so that the hosts of a site do not retry all at once. Milliseconds. */
const backOff = (failures: number): number => Math.min(60_000, 500 * 2 ** failures) * (1 + Math.random() / 5);

/** Sends to one receiver, with its own queue and send loop, so that an unreachable receiver does not delay the others. All hosts of a process share it. */
export function createSender(
  receiver: Receiver,
  log: Repeater,
  {
    retryMs = backOff,
    queue = new AlertQueue(),
  }: { readonly retryMs?: typeof backOff; readonly queue?: AlertQueue } = {},
): Sender {
  const counts = { sent: 0, errors: 0, dropped: 0 };
  const { name } = receiver;
  let at = 0;
  let running: Promise<void> | undefined;
  let underway: ReadonlySet<string> = new Set();
  let draining = false;
  /** The last attempt before the end has failed */
  let gaveUp = false;
  let wake: (() => void) | undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, ms).unref();
    });

  const run = async (): Promise<void> => {
    for (let failures = 0; queue.size > 0;) {
      const batch = receiver.take(queue);
      underway = new Set(batch.map(keyOf));
      try {
        const { accepted, refused } = await receiver.send(batch, at);
        counts.sent += accepted;
        counts.errors += refused;
        failures = 0;
        underway = new Set();
        log.ended(name, { receiver: name }, 'alerts are sent again');
      } catch (error) {
        failures++;
        counts.errors += batch.length;
        counts.dropped += queue.putBack(batch);
        underway = new Set();
        log.failed(name, { receiver: name, alerts: batch.length, error: errorText(error) }, 'alerts could not be sent');
        gaveUp = draining;
        if (gaveUp) return;
        await pause(retryMs(failures));
      }
    }
  };

  const start = async (): Promise<void> => {
    if (gaveUp) return;
    await (running ??= run().finally(() => {
      running = undefined;
    }));
  };

  return {
    name,
    enqueue(alerts, now) {
      at = now;
      const good = alerts.filter(isSendable);
      const bad = alerts.length - good.length;
      if (bad > 0)
        log.failed(`${name} times`, { receiver: name, alerts: bad }, 'alerts with impossible times were dropped');
      counts.dropped += bad + queue.add(good);
      void start();
    },
    async drain() {
      draining = true;
      wake?.();
      await start();
    },
    counts: () => ({ ...counts, queued: queue.size + underway.size }),
    isUnsent: (key) => underway.has(key) || queue.has(key),
  };
}
