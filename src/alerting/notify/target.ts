import { errorText } from '../../errors.ts';
import type { AlertInstance } from '../evaluate.ts';
import { toPostable, toWebhook } from './payload.ts';
import { type Endpoint, post, type Reply } from './transport.ts';

/** As Prometheus' notifier: what one request carries, and what waits for one target at the most. */
const MAX_BATCH = 256;
const MAX_QUEUE = 10_000;

export interface TargetLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Cumulative, by target */
export interface TargetCounts {
  readonly sent: number;
  readonly errors: number;
  readonly dropped: number;
  readonly queued: number;
}

export interface Target {
  /** The label `alertmanager`: the address without credentials */
  readonly name: string;
  /** Queues alerts and starts to send; the oldest go when the queue is full. `now` in Unix seconds. */
  enqueue(alerts: readonly AlertInstance[], now: number): void;
  /** Ends when the queue is empty or could not be sent. */
  drain(): Promise<void>;
  counts(): TargetCounts;
}

/** Told of each count as it grows; the agent's metrics. */
export interface TargetMetrics {
  notificationsSent(target: string, alerts: number): void;
  notificationErrors(target: string, alerts: number): void;
  notificationsDropped(target: string, alerts: number): void;
}

interface Sending {
  readonly name: string;
  readonly log: TargetLog;
  readonly metrics: TargetMetrics | undefined;
  /**
   * A batch that could not be sent stays in the queue until the next round. Without, it is given up: the next re-send
   * of what still fires is the retry.
   */
  readonly keepFailed: boolean;
  readonly send: (batch: readonly AlertInstance[], now: number) => Promise<Sent>;
}

/** A target with a queue and a send loop of its own: one that is dead holds up no other. */
function createTarget({ name, log, metrics, keepFailed, send }: Sending): Target {
  let queue: AlertInstance[] = [];
  let at = 0;
  let running: Promise<void> | undefined;
  const counts = { sent: 0, errors: 0, dropped: 0 };

  const count = (accepted: number, refused: number): void => {
    counts.sent += accepted;
    counts.errors += refused;
    if (accepted > 0) metrics?.notificationsSent(name, accepted);
    if (refused > 0) metrics?.notificationErrors(name, refused);
  };

  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, MAX_BATCH);
      queue = queue.slice(MAX_BATCH);
      try {
        const { accepted, refused } = await send(batch, at);
        count(accepted, refused);
      } catch (error) {
        count(0, batch.length);
        log.warn({ target: name, alerts: batch.length, error: errorText(error) }, 'alerts could not be sent');
        if (keepFailed) {
          queue.unshift(...batch);
          return;
        }
      }
    }
  };

  return {
    name,
    enqueue(alerts, now) {
      at = now;
      queue.push(...alerts);
      const over = queue.length - MAX_QUEUE;
      if (over > 0) {
        queue = queue.slice(over);
        counts.dropped += over;
        metrics?.notificationsDropped(name, over);
      }
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    async drain() {
      await running;
    },
    counts: () => ({ ...counts, queued: queue.length }),
  };
}

interface Sent {
  readonly accepted: number;
  readonly refused: number;
}

const safeName = (url: string): string => {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
};

/** Alertmanager, API v2. `endpoint.url` is its base address. */
export function alertmanagerTarget(endpoint: Endpoint, log: TargetLog, metrics?: TargetMetrics): Target {
  const name = safeName(endpoint.url);
  const postBatch = (batch: readonly AlertInstance[], now: number): Promise<Reply> =>
    post(endpoint, '/api/v2/alerts', JSON.stringify(batch.map((alert) => toPostable(alert, now))));

  /**
   * 400 means that some alerts of the batch are invalid while the valid ones are stored: the same batch is never sent
   * again; each half goes alone, until what is refused is one alert that can be named.
   */
  const send = async (batch: readonly AlertInstance[], now: number): Promise<Sent> => {
    const reply = await postBatch(batch, now);
    if (reply.status >= 200 && reply.status < 300) return { accepted: batch.length, refused: 0 };
    if (reply.status !== 400) throw new Error(`answered ${reply.status}: ${reply.text}`);
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      log.warn({ target: name, alertname: only.name, labels: only.labels, reply: reply.text }, 'alert refused');
      return { accepted: 0, refused: 1 };
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await send(batch.slice(0, middle), now);
    const second = await send(batch.slice(middle), now);
    return { accepted: first.accepted + second.accepted, refused: first.refused + second.refused };
  };
  return createTarget({ name, log, metrics, keepFailed: false, send });
}

/** One generic webhook, in the shape that Alertmanager sends to webhooks. */
export function webhookTarget(endpoint: Endpoint, log: TargetLog, metrics?: TargetMetrics): Target {
  const name = safeName(endpoint.url);
  const send = async (batch: readonly AlertInstance[]): Promise<Sent> => {
    const reply = await post(endpoint, '', JSON.stringify(toWebhook(batch, 'sriov-agent')));
    if (reply.status >= 200 && reply.status < 300) return { accepted: batch.length, refused: 0 };
    // Too many requests and the receiver's own faults pass; what it refuses, it would refuse again.
    if (reply.status === 429 || reply.status >= 500) throw new Error(`answered ${reply.status}: ${reply.text}`);
    log.warn({ target: name, alerts: batch.length, status: reply.status, reply: reply.text }, 'alerts refused');
    return { accepted: 0, refused: batch.length };
  };
  return createTarget({ name, log, metrics, keepFailed: true, send });
}
