import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OperationalError, errorText } from '../errors.ts';

export interface ListenAddress {
  /** undefined = every address of this machine */
  readonly host?: string;
  readonly port: number;
}

/**
 * Binds the server to an address.
 * @returns the bound port, which the system chooses for port 0
 * @throws OperationalError `port_in_use`, `port_forbidden`, `address_not_available` or `listen_failed`
 */
export async function listen(server: FastifyInstance, address: ListenAddress): Promise<number> {
  await bind(address, (where) => server.listen(where));
  const bound = server.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : address.port;
}

/** Checks that an address can be bound. @throws as `listen` */
export async function tryListen(address: ListenAddress): Promise<void> {
  const server = createServer();
  await bind(address, async (where) => {
    server.listen(where);
    await once(server, 'listening');
  });
  server.close();
  await once(server, 'close');
}

async function bind(
  address: ListenAddress,
  listenOn: (where: { readonly host: string; readonly port: number }) => Promise<unknown>,
): Promise<void> {
  const { host, port } = address;
  try {
    await listenOn({ host: host ?? '::', port });
  } catch (error) {
    // Where IPv6 is disabled, `::` cannot be bound.
    if (host !== undefined || !['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errorCode(error)))
      throw bindError(error, address);
    await listenOn({ host: '0.0.0.0', port }).catch((second: unknown) => {
      throw bindError(second, address);
    });
  }
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
