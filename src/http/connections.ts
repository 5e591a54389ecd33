import type { Server } from 'node:http';
import { isIPv4, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { once } from '../once.ts';
import { LIMITS } from './limits.ts';
import { onceAMinute } from './once-a-minute.ts';

/** Which limit was reached: that of one client, or that of the server. */
export type Refusal = 'client' | 'server';

/** As many addresses as may scrape one host and read its page. */
const REMEMBERED = 64;

/**
 * What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, which one machine has to itself.
 * @param address as Node reports it: `192.0.2.1`, `::ffff:192.0.2.1`, `fe80::1%eth0`
 */
export function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIPv4(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}

/** The client of a connection, see clientOf. */
export const clientOfSocket = once((socket: Pick<Socket, 'remoteAddress'>) => clientOf(socket.remoteAddress ?? ''));

/**
 * Limits the connections of a server, so that one client cannot keep the others out: each client to its own share, and
 * all that were never answered with success to what is left beside the room of those who were. A refused connection is
 * closed at once.
 * @param targets how many hosts the server serves for as a collector: one Prometheus scrapes each, and may have a
 * connection for each
 */
export function limitConnections(
  server: Server,
  refused: (why: Refusal, client: string) => void,
  targets: () => number = () => 0,
): void {
  const open = new Map<string, number>();
  /** Clients that got an answer; the one that got its last answer longest ago first */
  const served = new Set<string>();
  let total = 0;

  const refusalOf = (client: string): Refusal | undefined => {
    const scraped = targets();
    if ((open.get(client) ?? 0) >= LIMITS.connectionsOfClient + scraped) return 'client';
    const all = LIMITS.connections + scraped;
    const room = served.has(client) ? all : all - LIMITS.connectionsOfServed;
    return total >= room ? 'server' : undefined;
  };

  server.prependListener('connection', (socket) => {
    const client = clientOfSocket(socket);
    const why = refusalOf(client);
    if (why !== undefined) {
      socket.destroy();
      refused(why, client);
      return;
    }
    total++;
    open.set(client, (open.get(client) ?? 0) + 1);
    socket.once('close', () => {
      total--;
      const left = (open.get(client) ?? 1) - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
  });
  server.on('request', (request, response) => {
    const client = clientOfSocket(request.socket);
    response.once('finish', () => {
      if (response.statusCode >= 400) return;
      served.delete(client);
      served.add(client);
      for (const oldest of served) {
        if (served.size <= REMEMBERED) break;
        served.delete(oldest);
      }
    });
  });
}

/** A report of refused connections to the log: the first at once, then one line a minute with their number. */
export function logRefusals(log: Pick<Log, 'warn'>, now?: () => number): (why: Refusal, client: string) => void {
  const report = onceAMinute(now);
  return (why, client) =>
    report(1, (connections) => {
      const limit = why === 'client' ? LIMITS.connectionsOfClient : LIMITS.connections;
      log.warn({ connections, limit, address: client }, `connections refused: the limit of the ${why} is reached`);
    });
}
