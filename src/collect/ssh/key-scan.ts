import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { OperationalError, UserError } from '../../errors.ts';
import { pathsOf } from '../../files/path.ts';
import type { Environment } from '../powershell/environment.ts';
import { findSsh } from './reader.ts';
import { type SshTarget, targetFaults } from './target.ts';

/** A host key that a host offers. */
export interface OfferedKey {
  readonly type: string;
  /** As ssh and `ssh-keygen -lf` show it: `SHA256:…` */
  readonly fingerprint: string;
  /** The line for a known_hosts file */
  readonly line: string;
}

const SECONDS = 10;
const run = promisify(execFile);

/** The keys in the output of ssh-keyscan, without comments and other lines. */
export function offeredKeys(output: string): readonly OfferedKey[] {
  return output.split(/\r?\n/).flatMap((line): OfferedKey[] => {
    const [, type, key] = /^[!-\x22$-~][!-~]* ([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line.trim()) ?? [];
    if (type === undefined || key === undefined) return [];
    const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
    return [{ type, fingerprint: `SHA256:${hash}`, line: line.trim() }];
  });
}

/**
 * The host keys that a target offers now. They do not prove that it is the right host: compare them on its console.
 * @throws {UserError} for a target behind a jump host or one that cannot be used, {OperationalError} `ssh_not_found`,
 * `no_host_key`
 */
export async function scanHostKeys(
  target: SshTarget,
  env: Environment,
  platform: NodeJS.Platform,
): Promise<readonly OfferedKey[]> {
  const [fault] = targetFaults(target, platform);
  if (fault !== undefined) throw new UserError(`target ${target.name}: ${fault.message}`);
  if (target.jump !== undefined)
    throw new UserError(
      `target ${target.name}: host keys cannot be asked for through a jump host; read them on the host's console`,
    );
  const ssh = findSsh(undefined, env, platform);
  const paths = pathsOf(platform);
  const program = paths.join(paths.dirname(ssh), platform === 'win32' ? 'ssh-keyscan.exe' : 'ssh-keyscan');
  const words = ['-T', String(SECONDS), '-p', String(target.port), '--', target.address];
  let output = '';
  try {
    output = (await run(program, words, { timeout: 2 * SECONDS * 1000, maxBuffer: 65_536 })).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new OperationalError('ssh_not_found', `${program} is missing: it is part of the OpenSSH client`, {
        cause: error,
      });
    // ssh-keyscan exits with 1 if no host answers, and does not always print why.
  }
  const keys = offeredKeys(output);
  if (keys.length === 0)
    throw new OperationalError(
      'no_host_key',
      `${target.address}, port ${target.port}, offered no host key: does the name have an address, is the SSH server running, and is the port open to this machine?`,
    );
  return keys;
}
