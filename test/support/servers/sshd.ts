import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../../../src/collect/ssh/target.ts';
import { tool } from '../tools.ts';
import { freePort } from './port.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

export interface Sshd {
  readonly port: number;
  /** A target of the right address, key and host key */
  readonly target: SshTarget;
  /** Full path of a file beside the keys */
  file(name: string): string;
  /** Makes a key pair; returns the full path of the private key. */
  key(name: string, passphrase?: string): string;
  /** Lets the key in, with this command, or with what the client asks for. */
  authorize(command: string | undefined, options?: string): void;
  /** Writes a known_hosts file and returns its full path. */
  knownHosts(name: string, line: string): string;
  publicKey(key: string): string;
  /** Options are lines of sshd_config, and come before the others. */
  start(options?: readonly string[]): Promise<void>;
  /** Ends the listener; sessions live on, as they do where the service is restarted. */
  stop(): Promise<void>;
  log(): string;
}

export interface SshdOptions {
  /** A loopback address */
  readonly address?: string;
  readonly port?: number;
  /** Full path of the private key that it lets in; one of its own if absent */
  readonly clientKey?: string;
}

/** A real OpenSSH server on a loopback address, with its keys and configuration in `folder`. */
export async function prepareSshd(folder: string, options: SshdOptions = {}): Promise<Sshd> {
  const { address = '127.0.0.1', port = await freePort() } = options;
  const user = userInfo().username;
  const file = (name: string): string => join(folder, name);
  const key = (name: string, passphrase = ''): string => {
    rmSync(file(name), { force: true });
    execFileSync(tool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file(name)]);
    return file(name);
  };
  const publicKey = (path: string): string => readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  const hostKey = key('host key');
  const clientKey = options.clientKey ?? key('client key');
  const knownHosts = (name: string, line: string): string => {
    writeFileSync(file(name), `${line}\n`);
    return file(name);
  };
  const authorize = (command: string | undefined, restrictions = 'restrict'): void => {
    const forced = command === undefined ? '' : `command="${command.replaceAll('"', '\\"')}",`;
    writeFileSync(file('authorized_keys'), `${forced}${restrictions} ${publicKey(clientKey)}\n`);
  };
  let listener: Program | undefined;
  let logs = '';
  return {
    port,
    target: {
      name: 'hv01',
      address,
      port,
      user,
      keyFile: clientKey,
      knownHostsFiles: [knownHosts('known hosts', `[${address}]:${port} ${publicKey(hostKey)}`)],
    },
    file,
    key,
    publicKey,
    knownHosts,
    authorize,
    async start(first = []) {
      // sshd insists on this folder where it runs as root.
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
      const lines = [
        ...first,
        `Port ${port}`,
        `ListenAddress ${address}`,
        `HostKey "${hostKey}"`,
        'PidFile none',
        `AuthorizedKeysFile "${file('authorized_keys')}"`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin yes',
        'Subsystem sftp internal-sftp',
      ];
      writeFileSync(file('sshd_config'), `${lines.join('\n')}\n`);
      const started = startProgram(tool('sshd'), ['-D', '-e', '-f', file('sshd_config')]);
      listener = started;
      await until('sshd listens', () => started.log().includes('Server listening'), { why: started.log });
    },
    async stop() {
      const ended = listener;
      listener = undefined;
      if (ended === undefined) return;
      logs += ended.log();
      // With SIGTERM the sessions would still be there, too, but their output keeps the pipe open.
      ended.child.stdout?.destroy();
      ended.child.stderr?.destroy();
      await ended.stop();
    },
    log: () => logs + (listener?.log() ?? ''),
  };
}

/** A TCP proxy that can lose what comes from the server, or both ways, without a word. */
export interface LossyProxy {
  readonly port: number;
  /** From now on nothing comes through either way, and no connection is closed. */
  silence(): void;
  /** The next connections are well again; the silent ones stay as they are. */
  heal(): void;
  /** Closes every connection once this many more bytes have come from the server. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

export async function lossyProxy(to: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let silent = false;
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    let dead = false;
    for (const [from, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (chunk: Buffer) => {
        dead ||= silent;
        if (dead) return;
        if (from === upstream && (left -= chunk.length) < 0) {
          left = Number.POSITIVE_INFINITY;
          client.destroy();
          upstream.destroy();
          return;
        }
        other.write(chunk);
      });
      from.on('close', () => {
        dead ||= silent;
        if (!dead) other.destroy();
        sockets.delete(from);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return {
    port: address.port,
    silence: () => (silent = true),
    heal: () => (silent = false),
    cutAfter: (bytes) => (left = bytes),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
