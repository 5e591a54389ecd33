import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PARTS } from '../../document/document.ts';
import { shipped } from '../../shipped.ts';
import { localPowerShell } from './child.ts';
import { childEnvironment, type Environment, findExecutable, moduleFile } from './environment.ts';
import { FRAME_LIMITS } from './frame.ts';
import { desktopOnlyFault, type Greeting } from './handshake.ts';
import { servedPowerShell } from './local-served.ts';
import {
  createModuleReader,
  type ModuleOptions,
  type ModuleReader,
  SERVED_PLANS,
  type SessionPlan,
} from './module-reader.ts';

export interface PowerShellOptions extends ModuleOptions {
  /** Full path; the host's Windows PowerShell, or pwsh from the PATH, if absent */
  readonly executable?: string | undefined;
  /** `typed`: lines are typed at a prompt. `served`: a script reads requests, see Start-HyperVSriovSession. typed if absent */
  readonly mode?: 'typed' | 'served';
  /** The agent's environment, as config read it */
  readonly env: Environment;
  /** This system's unless given */
  readonly platform?: NodeJS.Platform;
  /** Folder that contains HyperVSriov; the folder of this file if absent */
  readonly moduleRoot?: string;
  /** Bytes that one call may print */
  readonly outputLimit?: number;
}

/** A session for each part, so that one that hangs does not blind the others. Those of parts polled seldom end after the poll. */
const TYPED_PLANS: readonly SessionPlan[] = PARTS.map((part) => ({
  parts: [part],
  oneCall: part !== 'inventory' && part !== 'activity',
}));

/** What a call may print: a frame of the longest kind, and some noise. */
export const OUTPUT_LIMIT = FRAME_LIMITS.wireBytes + 1024 * 1024;

/**
 * The host through PowerShell. Nothing is started before the first read.
 * @throws {UserError} for a relative executable or a wrong source name; {OperationalError} `powershell_not_found`
 */
export function createPowerShellReader(options: PowerShellOptions): ModuleReader {
  const { env, platform = process.platform, mode = 'typed', log } = options;
  const executable = findExecutable(options.executable, env, platform);
  const moduleRoot = options.moduleRoot ?? fileURLToPath(shipped('collect/powershell'));
  const child = {
    executable,
    cwd: dirname(executable),
    env: childEnvironment({ env, executable, moduleRoot, platform }),
    platform,
    outputLimit: options.outputLimit ?? OUTPUT_LIMIT,
  };
  let loggedFault: string | undefined;
  /** Once for all sessions. */
  const onGreeting = (greeting: Greeting): void => {
    const fault = desktopOnlyFault(greeting);
    if (fault !== undefined && fault !== loggedFault) log.warn({ executable }, fault);
    loggedFault = fault;
  };
  return createModuleReader({
    ...options,
    kind: 'powershell',
    transport:
      mode === 'served'
        ? servedPowerShell({ ...child, moduleRoot })
        : localPowerShell({ ...child, moduleFile: moduleFile(moduleRoot, platform) }),
    plans: mode === 'served' ? SERVED_PLANS : TYPED_PLANS,
    onGreeting,
  });
}
