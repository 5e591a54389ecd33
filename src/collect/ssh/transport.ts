import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { errorText, OperationalError } from '../../errors.ts';
import { whyNoTextFile } from '../../files/text.ts';
import type { Environment } from '../powershell/environment.ts';
import { type ServedEnd, ServedSession } from '../powershell/served.ts';
import type { Transport } from '../powershell/transport.ts';
import { sshArguments } from './arguments.ts';
import { explainSsh, type SshNames } from './explain.ts';
import { assertKnownHosts } from './key-file.ts';
import type { SshTarget } from './target.ts';

export interface SshTransportOptions extends SshNames {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Bytes that one call may print */
  readonly outputLimit: number;
  /** Full path of the file that describes the jump host */
  readonly jumpFile?: string | undefined;
}

/** The client's environment: the agent's, in English, and without what would choose a key or ask somebody. */
function clientEnvironment(env: Environment): Record<string, string> {
  const result: Record<string, string> = { LC_ALL: 'C' };
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !/^(?:SSH_|LC_|LANG|DISPLAY)/i.test(name)) result[name] = value;
  return result;
}

/**
 * The module on another machine, through the OpenSSH client: the key's forced command serves the session.
 * @throws {UserError} for a target that ssh could misread
 */
export function sshTransport(target: SshTarget, options: SshTransportOptions): Transport {
  const { executable, platform, outputLimit } = options;
  const title = `SSH session with ${target.name}`;
  const words = sshArguments(target, platform, options.jumpFile);
  const env = clientEnvironment(options.env);
  return {
    title,
    update: `on ${target.name} (${target.address}), as an administrator, copy the folder dist\\collect\\powershell of this version to C:\\Program Files\\hyperv-sriov-exporter and run setup-ssh.ps1 again`,
    open: () => {
      // ssh says only that the host refuses the other keys.
      if (target.keyFile !== undefined) assertReadable(target.name, target.keyFile);
      target.knownHostsFiles.forEach(assertKnownHosts);
      return new ServedSession({
        title,
        executable,
        arguments: words,
        cwd: dirname(executable),
        env,
        platform,
        outputLimit,
        explain: (end: ServedEnd) => explainSsh(target, options, end),
      });
    },
  };
}

function assertReadable(name: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const text = `${name}: the key ${file} cannot be read (${errorText(error)}): it must exist and be readable by this account`;
    throw new OperationalError('key_unusable', text, { cause: error });
  }
  const unfit = whyNoTextFile(file);
  if (unfit !== undefined)
    throw new OperationalError('key_unusable', `${name}: the key ${file} ${unfit}: name the file of a key`);
}
