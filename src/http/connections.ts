import type { RequestListener, Server } from 'node:http';
import { isIPv4, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { once } from '../once.ts';
import { LIMITS } from './limits.ts';
import { onceAMinute } from './once-a-minute.ts';

/** Which limit was reached: that of the connections of one client, of all connections, or of the requests of one connection. */
export type Refusal = 'client' | 'server' | 'pipelining';

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
 * closed at once. If the server is full, a client with few connections still gets in: the oldest connection of the client
 * that has most is closed for it.
 * @param refused called for each connection that was closed, with its client
 * @param targets how many hosts the server serves for as a collector: one Prometheus scrapes each, and may have a
 * connection for each
 */
export function limitConnections(
  server: Server,
  refused: (why: Refusal, client: string) => void,
  targets: () => number = () => 0,
): void {
  /** By client, the oldest connection first */
  const open = new Map<string, Set<Socket>>();
  /** Clients that got an answer; the one that got its last answer longest ago first */
  const served = new Set<string>();
  let total = 0;

  const leave = (socket: Socket, client: string): void => {
    const own = open.get(client);
    if (own?.delete(socket) !== true) return;
    total--;
    if (own.size === 0) open.delete(client);
  };

  /** Closes a connection of the client that has most, if it then still has more than `own`. A stranger ends those of strangers only. */
  const makeRoom = (own: number, isServed: boolean): boolean => {
    let most = own + 1;
    let heaviest: string | undefined;
    for (const [client, { size }] of open) {
      if (size <= most || (!isServed && served.has(client))) continue;
      most = size;
      heaviest = client;
    }
    if (heaviest === undefined) return false;
    const [oldest] = open.get(heaviest) ?? [];
    if (oldest === undefined) return false;
    leave(oldest, heaviest);
    oldest.destroy();
    refused('server', heaviest);
    return true;
  };

  const refusalOf = (client: string): Refusal | undefined => {
    const scraped = targets();
    const own = open.get(client)?.size ?? 0;
    if (own >= LIMITS.connectionsOfClient + scraped) return 'client';
    const all = LIMITS.connections + scraped;
    const isServed = served.has(client);
    const room = isServed ? all : all - LIMITS.connectionsOfServed;
    return total < room || makeRoom(own, isServed) ? undefined : 'server';
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
    const own = open.get(client);
    if (own === undefined) open.set(client, new Set([socket]));
    else own.add(socket);
    socket.once('close', () => leave(socket, client));
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

/**
 * A handler that ends a connection of HTTP/1.1 on which too many requests wait for their answer. Each of them takes some
 * kilobytes, and Node reads up to 64 KiB of requests at once.
 * @param refused called for each connection that was ended, with its client
 */
export function limitPipelining(
  handler: RequestListener,
  refused: (why: Refusal, client: string) => void,
): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    if (request.httpVersionMajor !== 1) return handler(request, response);
    const { socket } = request;
    // Node has parsed further requests of a connection that was ended below.
    if (socket.destroyed) return;
    const count = unanswered.get(socket) ?? 0;
    if (count === LIMITS.unansweredRequests) {
      socket.destroy();
      return refused('pipelining', clientOfSocket(socket));
    }
    unanswered.set(socket, count + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    handler(request, response);
  };
}

const REFUSAL_LIMITS: Readonly<Record<Refusal, number>> = {
  client: LIMITS.connectionsOfClient,
  server: LIMITS.connections,
  pipelining: LIMITS.unansweredRequests,
};

/** A report of refused connections to the log: the first at once, then one line a minute with their number. */
export function logRefusals(log: Pick<Log, 'warn'>, now?: () => number): (why: Refusal, client: string) => void {
  const report = onceAMinute(now);
  return (why, client) =>
    report(1, (connections) =>
      log.warn(
        { connections, limit: REFUSAL_LIMITS[why], address: client },
        `connections refused: the limit of ${why === 'pipelining' ? why : `the ${why}`} is reached`,
      ),
    );
}
