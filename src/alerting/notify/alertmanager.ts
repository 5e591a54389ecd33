import type { AlertInstance } from '../evaluate.ts';
import type { Endpoint } from './endpoint.ts';
import { toPostable } from './payload.ts';
import { windowsText } from '../../text/guest-names.ts';
import type { Log } from '../../log.ts';
import type { Receiver, Sent } from './sender.ts';
import { isGood, post } from './transport.ts';

/** Maximum number of alerts in one request, as in Prometheus' notifier. */
const MAX_BATCH = 256;

/** Sends to an Alertmanager, API v2. @param open its base URL and credentials, read for each request */
export function alertmanager(open: () => Endpoint, log: Pick<Log, 'warn'>): Receiver {
  const { protocol, host, pathname } = new URL(open().url);
  const name = `${protocol}//${host}${pathname.replace(/\/$/, '')}`;

  /**
   * Alertmanager answers 400 if some alerts of the batch are invalid; it stores the valid ones. The same batch is not sent
   * again. Each half is sent separately until the refused batch is a single alert, which is logged.
   */
  const send = async (batch: readonly AlertInstance[], now: number): Promise<Sent> => {
    const reply = await post(
      open(),
      '/api/v2/alerts',
      batch.map((alert) => toPostable(alert, now)),
    );
    if (isGood(reply)) return { accepted: batch.length, refused: 0 };
    // A proxy answers 413 if the request is too large.
    if (reply.status !== 400 && reply.status !== 413) throw new Error(`answered ${reply.status} ${reply.text}`.trim());
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      log.warn(
        { receiver: name, alertname: only.name, labels: only.labels, reply: windowsText(reply.text) },
        'alert refused',
      );
      return { accepted: 0, refused: 1 };
    }
    const middle = Math.ceil(batch.length / 2);
    const first = await send(batch.slice(0, middle), now);
    const second = await send(batch.slice(middle), now);
    return { accepted: first.accepted + second.accepted, refused: first.refused + second.refused };
  };
  return { name, send, take: (queue) => queue.take(MAX_BATCH) };
}
