import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OperationalError } from '../../errors.ts';
import { pathsOf } from '../../files/path.ts';
import type { Environment } from '../powershell/environment.ts';
import { findSsh } from './reader.ts';
import type { SshTarget } from './target.ts';

const DEADLINE_MS = 10_000;
const run = promisify(execFile);

/** How known_hosts files name a target. */
const hostOf = ({ address, port }: SshTarget): string => (port === 22 ? address : `[${address}]:${port}`);

/**
 * Whether a known_hosts file of the target has a line for it, a certificate authority included. ssh-keygen looks, since it
 * reads hashed names and patterns as ssh does. Nothing is connected to.
 * @throws {OperationalError} `ssh_not_found`
 */
export async function isHostKeyKnown(target: SshTarget, env: Environment, platform: NodeJS.Platform): Promise<boolean> {
  const paths = pathsOf(platform);
  const folder = paths.dirname(findSsh(undefined, env, platform));
  const program = paths.join(folder, platform === 'win32' ? 'ssh-keygen.exe' : 'ssh-keygen');
  for (const file of target.knownHostsFiles) {
    try {
      const { stdout } = await run(program, ['-F', hostOf(target), '-f', file], { timeout: DEADLINE_MS });
      if (stdout.trim() !== '') return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new OperationalError('ssh_not_found', `${program} is missing: it is part of the OpenSSH client`, {
          cause: error,
        });
      // It ends with 1 where there is no line, and with 255 where there is no file.
    }
  }
  return false;
}
