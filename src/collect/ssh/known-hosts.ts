import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorText, OperationalError } from '../../errors.ts';
import { pathsOf } from '../../files/path.ts';
import type { Environment } from '../powershell/environment.ts';
import { assertKnownHosts } from './key-file.ts';
import { findSsh } from './reader.ts';
import type { SshTarget } from './target.ts';

const DEADLINE_MS = 10_000;
const MAX_BYTES = 1_048_576;
/** ssh-keygen exits with it where no line is for the host. */
const NO_LINE = 1;
const run = promisify(execFile);

/** How known_hosts files name a target. As ssh does: in lower case, and without the port where no line has it. */
function namesOf({ address, port }: SshTarget): readonly string[] {
  const name = address.toLowerCase();
  return port === 22 ? [name] : [`[${name}]:${port}`, name];
}

/**
 * Whether the known_hosts files of a target have a key for it that is not revoked, a certificate authority included.
 * ssh-keygen looks, since it reads hashed names and patterns as ssh does. Nothing is connected to.
 * @throws {OperationalError} `ssh_not_found`, `known_hosts_unreadable`
 */
export async function isHostKeyKnown(target: SshTarget, env: Environment, platform: NodeJS.Platform): Promise<boolean> {
  const paths = pathsOf(platform);
  const folder = paths.dirname(findSsh(undefined, env, platform));
  const program = paths.join(folder, platform === 'win32' ? 'ssh-keygen.exe' : 'ssh-keygen');
  const lines: string[] = [];
  for (const file of target.knownHostsFiles)
    for (const name of namesOf(target)) lines.push(...(await linesFor(program, name, file)));
  return hasTrustedKey(lines);
}

/** Whether lines of known_hosts files, all of one host, have a key that no line revokes. */
export function hasTrustedKey(lines: readonly string[]): boolean {
  const keys = lines.flatMap((line) => {
    const [, marker, key] = /^(?:@(\S+)\s+)?[^#@\s]\S*\s+(\S+\s+\S+)/.exec(line.trim()) ?? [];
    return key === undefined ? [] : [{ revoked: marker === 'revoked', key }];
  });
  const revoked = new Set(keys.filter((each) => each.revoked).map(({ key }) => key));
  return keys.some(({ key }) => !revoked.has(key));
}

/** The lines of a known_hosts file that are for a host; none where there is no such file. */
async function linesFor(program: string, name: string, file: string): Promise<readonly string[]> {
  assertKnownHosts(file);
  try {
    const { stdout } = await run(program, ['-F', name, '-f', file], { timeout: DEADLINE_MS, maxBuffer: MAX_BYTES });
    return stdout.split(/\r?\n/);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT')
      throw new OperationalError('ssh_not_found', `${program} is missing: it is part of the OpenSSH client`, { cause });
    if (code === NO_LINE || !existsSync(file)) return [];
    throw new OperationalError(
      'known_hosts_unreadable',
      `${file} cannot be searched for the key of ${name}: ${errorText(cause)}`,
      { cause },
    );
  }
}
