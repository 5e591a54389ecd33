import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OperationalError, errorText } from '../errors.ts';

export interface ListenAddress {
  /** undefined = every address of this machine */
  readonly host?: string;
  readonly port: number;
}

/** A concrete address to bind. */
interface Binding {
  readonly host: string;
  readonly port: number;
}

/**
 * Binds the server to all addresses, or to none of them. Node's server has one listening socket. Each further address gets
 * a socket of its own that passes its connections to the server, so that limits and shutdown apply to all of them.
 * @returns the bound port of the first address, which the system chooses for port 0
 * @throws OperationalError `port_in_use`, `port_forbidden`, `address_not_available` or `listen_failed`, with the address
 */
export async function listen(server: FastifyInstance, ...addresses: readonly ListenAddress[]): Promise<number> {
  const further: Server[] = [];
  server.addHook('preClose', async () => {
    const closed = further.map(async (each) => {
      each.close();
      await once(each, 'close');
    });
    if (further.length > 0) (server.server as Partial<HttpServer>).closeIdleConnections?.();
    await Promise.all(closed);
  });
  let first: number | undefined;
  const bindOne = async (where: Binding): Promise<number> => {
    if (first === undefined) {
      await server.listen(where);
      first = portOf(server.server) ?? where.port;
      return first;
    }
    const each = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      server.server.emit('connection', socket),
    );
    each.listen(where);
    await once(each, 'listening');
    each.on('error', (error) => server.server.emit('error', error));
    further.push(each);
    return portOf(each) ?? where.port;
  };
  for (const address of addresses) await bind(address, bindOne);
  return first ?? 0;
}

/** Checks that an address can be bound. @throws as `listen` */
export async function tryListen(address: ListenAddress): Promise<void> {
  await bind(address, async (where) => {
    const server = createServer();
    server.listen(where);
    await once(server, 'listening');
    const port = portOf(server) ?? where.port;
    server.close();
    await once(server, 'close');
    return port;
  });
}

function portOf(server: Pick<Server, 'address'>): number | undefined {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : undefined;
}

/** Error codes for a family of addresses that this machine does not have */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** Binds what an address stands for: every address, the IPv4 and IPv6 address of localhost, or one address. */
async function bind(address: ListenAddress, bindOne: (where: Binding) => Promise<number>): Promise<void> {
  const { host, port } = address;
  try {
    if (host === 'localhost') {
      const [one = '127.0.0.1', ...others] = await loopbacks();
      const bound = await bindOne({ host: one, port });
      for (const other of others)
        await bindOne({ host: other, port: bound }).catch((error: unknown) => {
          if (!NO_SUCH_FAMILY.has(errorCode(error))) throw error;
        });
    } else
      await bindOne({ host: host ?? '::', port }).catch((error: unknown) => {
        // Where IPv6 is disabled, `::` cannot be bound.
        if (host !== undefined || !NO_SUCH_FAMILY.has(errorCode(error))) throw error;
        return bindOne({ host: '0.0.0.0', port });
      });
  } catch (error) {
    throw bindError(error, address);
  }
}

/** The addresses of localhost, the IPv4 one first. */
async function loopbacks(): Promise<readonly string[]> {
  const found = await lookup('localhost', { all: true, order: 'ipv4first' });
  return [...new Set(found.map(({ address }) => address))];
}

const errorCode = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** An address in the form of the configuration: `:10182`, `[::1]:10182` */
export const addressText = ({ host = '', port }: ListenAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function bindError(cause: unknown, address: ListenAddress): OperationalError {
  const fail = (code: string, text: string) =>
    new OperationalError(code, `cannot listen on ${addressText(address)}: ${text}`, { cause });
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return fail('port_in_use', 'another program uses this port; choose one with --web.listen-address');
    case 'EACCES':
      // Windows also returns this for reserved ports (Hyper-V reserves some): netsh interface ipv4 show excludedportrange
      return fail(
        'port_forbidden',
        'the system refuses this port (reserved or privileged); choose one with --web.listen-address',
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail('address_not_available', 'this machine has no such address');
    default:
      return fail('listen_failed', errorText(cause));
  }
}
