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
  /** Queues alerts; the oldest go when the queue is full. `now` in Unix seconds. */
  enqueue(alerts: readonly AlertInstance[], now: number): void;
  /** Ends when the queue is empty or failed; a failed batch is not tried again: the next re-send is the retry. */
  drain(): Promise<void>;
  counts(): TargetCounts;
}

/** A target with a queue and a send loop of its own: one that is dead holds up no other. */
function createTarget(
  name: string,
  log: TargetLog,
  send: (batch: readonly AlertInstance[], now: number) => Promise<Sent>,
): Target {
  let queue: AlertInstance[] = [];
  let at = 0;
  let running: Promise<void> | undefined;
  const counts = { sent: 0, errors: 0, dropped: 0 };

  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, MAX_BATCH);
      queue = queue.slice(MAX_BATCH);
      try {
        const { accepted, refused } = await send(batch, at);
        counts.sent += accepted;
        counts.errors += refused;
      } catch (error) {
        counts.errors += batch.length;
        log.warn({ target: name, alerts: batch.length, error: errorText(error) }, 'alerts could not be sent');
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
export function alertmanagerTarget(endpoint: Endpoint, log: TargetLog): Target {
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
  return createTarget(name, log, send);
}

/** One generic webhook, in the shape that Alertmanager sends to webhooks. */
export function webhookTarget(endpoint: Endpoint, log: TargetLog): Target {
  const name = safeName(endpoint.url);
  return createTarget(name, log, async (batch) => {
    const reply = await post(endpoint, '', JSON.stringify(toWebhook(batch, 'sriov-agent')));
    if (reply.status < 200 || reply.status >= 300) throw new Error(`answered ${reply.status}: ${reply.text}`);
    return { accepted: batch.length, refused: 0 };
  });
}
