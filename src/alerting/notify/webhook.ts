import type { AlertInstance } from '../evaluate.ts';
import type { Endpoint } from './endpoint.ts';
import { isSameGroup, toWebhook } from './payload.ts';
import { windowsText } from '../../text/guest-names.ts';
import type { Log } from '../../log.ts';
import type { Receiver } from './sender.ts';
import { isGood, post } from './transport.ts';

const MAX_ALERTS = 256;

/**
 * Sends to a generic webhook, in the form that Alertmanager uses. Alerts of one name and host are a group, as with
 * Alertmanager's `group_by: [alertname, instance]`: the end of a host's alerts does not end those of another. A group of more than 256 alerts is sent in parts, each with the status of the whole group.
 * The name of the receiver has no path, because the path of a webhook URL is often a secret.
 * @param open URL and credentials, read for each request
 * @param externalUrl where the agent is reached, for the payload; empty if not known
 */
export function webhook(open: () => Endpoint, log: Pick<Log, 'warn'>, externalUrl = ''): Receiver {
  const name = new URL(open().url).origin;
  const send = async (group: readonly AlertInstance[]) => {
    const firing = group.some(({ state }) => state === 'firing');
    let accepted = 0;
    for (let from = 0; from < group.length; from += MAX_ALERTS) {
      const part = group.slice(from, from + MAX_ALERTS);
      const reply = await post(open(), '', toWebhook(part, firing, externalUrl));
      if (isGood(reply)) accepted += part.length;
      // 429 and 5xx are temporary. With any other status the receiver would refuse the same alerts again.
      else if (reply.status === 429 || reply.status >= 500)
        throw new Error(`answered ${reply.status} ${reply.text}`.trim());
      else
        log.warn(
          { receiver: name, alerts: part.length, status: reply.status, reply: windowsText(reply.text) },
          'alerts refused',
        );
    }
    return { accepted, refused: group.length - accepted };
  };
  return {
    name,
    send,
    take: (queue) => queue.take(Number.POSITIVE_INFINITY, isSameGroup),
  };
}
