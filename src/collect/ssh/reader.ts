import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { OperationalError, UserError } from '../../errors.ts';
import { isFullPath, pathsOf } from '../../files/path.ts';
import type { Gate } from '../host-reader.ts';
import { type Environment, inSystem32 } from '../powershell/environment.ts';
import {
  createModuleReader,
  type ModuleOptions,
  type ModuleReader,
  SERVED_PLANS,
} from '../powershell/module-reader.ts';
import { OUTPUT_LIMIT } from '../powershell/reader.ts';
import type { Session } from '../powershell/session.ts';
import { isJumpFile, jumpConfiguration } from './arguments.ts';
import type { SshTarget } from './target.ts';
import { sshTransport } from './transport.ts';

export interface SshOptions extends ModuleOptions {
  /** Full path of the OpenSSH client; this system's if absent */
  readonly executable?: string | undefined;
  /** The command that prints the host key of the target, as a person can paste it */
  readonly trustCommand: string;
  /** The collector's environment, as config read it */
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Limits how many connections of all targets are opened at the same time */
  readonly gate?: Gate | undefined;
  /** Folder for the file that describes a jump host; the system's folder for temporary files if absent */
  readonly folder?: string | undefined;
  readonly outputLimit?: number;
}

/** The state of the connection to a target. */
export interface LinkState {
  /** `down`: the last call or attempt failed, see `error`. `up`: it succeeded. */
  readonly state: 'idle' | 'connecting' | 'up' | 'down';
  /** The last failure; undefined after a successful call. Its `code` is stable, see explainSsh. */
  readonly error: OperationalError | undefined;
  /** Cumulative, over all sessions */
  readonly connects: { readonly ok: number; readonly failed: number };
  readonly bytes: number;
  readonly restarts: number;
}

export interface SshReader extends ModuleReader {
  link(): LinkState;
}

/**
 * Full path of the OpenSSH client: Windows' own, or the first of the PATH.
 * @throws {UserError} for a path that is not full, {OperationalError} `ssh_not_found`
 */
export function findSsh(wanted: string | undefined, env: Environment, platform: NodeJS.Platform): string {
  if (wanted !== undefined) {
    if (!isFullPath(wanted, platform))
      throw new UserError(`The OpenSSH client needs a full path, not ${JSON.stringify(wanted)}`);
    return wanted;
  }
  if (platform === 'win32') return inSystem32(env, 'OpenSSH', 'ssh.exe');
  const paths = pathsOf(platform);
  for (const folder of (env['PATH'] ?? '').split(paths.delimiter).filter((each) => isFullPath(each, platform))) {
    const path = paths.join(folder, 'ssh');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new OperationalError(
    'ssh_not_found',
    'The OpenSSH client is missing: no ssh on the PATH (Debian: openssh-client)',
  );
}

/**
 * Reads a Hyper-V host over SSH. Starts nothing before the first read. Each of the two sessions is a process of the OpenSSH
 * client and one logon on the host.
 * @throws {UserError} for a target that ssh could misread, {OperationalError} `ssh_not_found`
 */
export function createSshReader(target: SshTarget, options: SshOptions): SshReader {
  const { env, platform } = options;
  const jump = jumpConfiguration(target, platform);
  const folder = jump === undefined ? undefined : mkdtempSync(jumpFolder(options, platform));
  const jumpFile = folder === undefined ? undefined : pathsOf(platform).join(folder, 'ssh_config');
  const removeFolder = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (jumpFile !== undefined && jump !== undefined) writeFileSync(jumpFile, jump, { mode: 0o600 });
    const reader = createModuleReader({
      ...options,
      kind: 'ssh',
      transport: sshTransport(target, {
        executable: findSsh(options.executable, env, platform),
        trustCommand: options.trustCommand,
        env,
        platform,
        outputLimit: options.outputLimit ?? OUTPUT_LIMIT,
        jumpFile,
      }),
      plans: SERVED_PLANS,
    });
    return {
      ...reader,
      link: () => linkOf(reader.sessions),
      close: async () => {
        await reader.close();
        removeFolder();
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** @throws {UserError} if there is no folder whose path ssh can use */
function jumpFolder({ folder }: SshOptions, platform: NodeJS.Platform): string {
  const found = [folder, tmpdir()].find((each) => each !== undefined && isJumpFile(each));
  if (found === undefined)
    throw new UserError(
      `A jump host needs a folder for temporary files whose path has letters, digits, hyphens, dots and underscores only, not ${tmpdir()}`,
    );
  return pathsOf(platform).join(found, 'jump-');
}

/** How the connection of a target goes, from its sessions. */
export function linkOf(sessions: readonly Session[]): LinkState {
  const sum = (value: (session: Session) => number): number => sessions.reduce((total, each) => total + value(each), 0);
  const connects = { ok: sum((each) => each.connects.ok), failed: sum((each) => each.connects.failed) };
  const error = sessions.map((each) => each.lastFault).find((fault) => fault instanceof OperationalError);
  const connecting = sessions.some(({ state }) => state === 'starting');
  const fresh = connecting ? 'connecting' : 'idle';
  return {
    state: error === undefined ? (connects.ok > 0 ? 'up' : fresh) : 'down',
    error,
    connects,
    bytes: sum((each) => each.bytes),
    restarts: sum((each) => each.restarts),
  };
}
