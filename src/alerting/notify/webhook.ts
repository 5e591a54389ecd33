import type { AlertInstance } from '../evaluate.ts';
import { toWebhook } from './payload.ts';
import type { Log } from '../../log.ts';
import type { Recipient } from './target.ts';
import { type Endpoint, isGood, post } from './transport.ts';

const MAX_ALERTS = 256;

/**
 * One generic webhook, in the shape that Alertmanager sends to webhooks. Alerts of one name are a group, as with
 * Alertmanager's `group_by: [alertname]`; a group of more than 256 goes in parts, each with the status of the whole.
 * The path of a webhook is often its secret: the name has none.
 */
export function webhook(endpoint: Endpoint, log: Pick<Log, 'warn'>): Recipient {
  const name = new URL(endpoint.url).origin;
  const send = async (group: readonly AlertInstance[]) => {
    const firing = group.some(({ state }) => state === 'firing');
    let accepted = 0;
    for (let from = 0; from < group.length; from += MAX_ALERTS) {
      const part = group.slice(from, from + MAX_ALERTS);
      const reply = await post(endpoint, '', toWebhook(part, firing));
      if (isGood(reply)) accepted += part.length;
      // Too many requests and the receiver's own faults pass; what it refuses, it would refuse again.
      else if (reply.status === 429 || reply.status >= 500)
        throw new Error(`answered ${reply.status} ${reply.text}`.trim());
      else log.warn({ target: name, alerts: part.length, status: reply.status, reply: reply.text }, 'alerts refused');
    }
    return { accepted, refused: group.length - accepted };
  };
  return {
    name,
    send,
    take: (queue) => queue.take(Number.POSITIVE_INFINITY, (alert, first) => alert.name === first.name),
  };
}
