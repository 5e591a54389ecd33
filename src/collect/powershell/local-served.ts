import { pathsOf } from '../../files/path.ts';
import { exitError } from './child.ts';
import { moduleFile } from './environment.ts';
import { explainImport, readLanguage } from './language.ts';
import { lowerPriority } from './process-connection.ts';
import { type ServedEnd, type ServedOptions, ServedSession } from './served.ts';
import type { Transport } from './transport.ts';
import type { OperationalError } from '../../errors.ts';

/** The script that serves a session, in the folder of the modules. */
export const SESSION_SCRIPT = 'session.ps1';

/** How a PowerShell that serves a session is started. */
export const servedArguments = (script: string): readonly string[] => [
  '-NoLogo',
  '-NoProfile',
  '-NonInteractive',
  '-File',
  script,
];

/**
 * Why session.ps1 could not load the module, from what it printed instead of a greeting; undefined where it says nothing
 * of that.
 * @param file full path of the module, or what is known of it
 */
export function explainRefusal({ stdout, stderr }: ServedEnd, file: string): OperationalError | undefined {
  const language = readLanguage(stdout);
  if (language?.refusal !== undefined) return explainImport(language.refusal, language.mode, file);
  // A policy that forbids the script itself: PowerShell writes the error, with its id.
  const blocked = /PSSecurityException|UnauthorizedAccess|ScriptFileBlockedBySystemPolicy/.test(stderr);
  return blocked ? explainImport({ id: stderr, text: stderr }, 'FullLanguage', file) : undefined;
}

/** A PowerShell on this machine that serves a session: no line is typed, and it works where -File alone is allowed. */
export function servedPowerShell(
  options: Omit<ServedOptions, 'arguments' | 'explain' | 'title'> & { readonly moduleRoot: string },
): Transport {
  const { executable, moduleRoot, platform } = options;
  const title = 'PowerShell';
  const explain = (end: ServedEnd): OperationalError =>
    (end.greeted ? undefined : explainRefusal(end, moduleFile(moduleRoot, platform))) ??
    exitError(executable, end.started, end.ending, end.stderr);
  return {
    title,
    open: () => {
      const script = pathsOf(platform).join(moduleRoot, SESSION_SCRIPT);
      const session = new ServedSession({ ...options, title, arguments: servedArguments(script), explain });
      if (session.pid !== undefined) lowerPriority(session.pid);
      return session;
    },
  };
}
