import type { FastifyInstance } from 'fastify';
import { OperationalError, UserError, errorText } from '../errors.ts';

export interface ListenAddress {
  /** undefined = every address of this machine */
  readonly host?: string;
  readonly port: number;
}

/** `:10182`, `127.0.0.1:10182`, `host.example:10182` or `[::1]:10182`. Throws UserError on anything else. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.%\w]+)\]|(?<host>[^\s:[\]/]*)):(?<port>\d{1,5})$/.exec(text);
  const { ipv6, host, port } = match?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) {
    throw new UserError(
      `listen address "${text}": expected [HOST]:PORT, such as :10182, 127.0.0.1:10182 or [::1]:10182`,
    );
  }
  const name = ipv6 ?? host ?? '';
  return { port: Number(port), ...(name === '' ? {} : { host: name }) };
}

/**
 * Binds the server to an address as of parseListenAddress. Resolves with the port bound (that of the system's choice
 * for port 0). Rejects with an OperationalError: port_in_use, port_forbidden, address_not_available.
 */
export async function listen(server: FastifyInstance, address: string): Promise<number> {
  const { host, port } = parseListenAddress(address);
  try {
    await server.listen({ host: host ?? '::', port });
  } catch (error) {
    // A machine with IPv6 switched off cannot bind its any-address
    if (host !== undefined || !['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errorCode(error)))
      throw bindError(error, address);
    await server.listen({ host: '0.0.0.0', port }).catch((second: unknown) => {
      throw bindError(second, address);
    });
  }
  const bound = server.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

const errorCode = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

function bindError(cause: unknown, address: string): OperationalError {
  const fail = (code: string, text: string) =>
    new OperationalError(code, `cannot listen on ${address}: ${text}`, { cause });
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return fail('port_in_use', 'another program uses this port; choose one with --web.listen-address');
    case 'EACCES':
      // Windows answers so too for ports that it reserved (Hyper-V does): netsh interface ipv4 show excludedportrange
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
