import { taskkill } from '../../collect/powershell/kill-tree.ts';
import { servedArguments, SESSION_SCRIPT } from '../../collect/powershell/local-served.ts';
import { SERVED_PLANS } from '../../collect/powershell/module-reader.ts';
import { ARGUMENTS } from '../../collect/powershell/one-shot.ts';
import type { ShellOptions } from '../../collect/powershell/shell.ts';
import { PARTS } from '../../document/document.ts';
import { OperationalError, UserError } from '../../errors.ts';
import { pathsOf } from '../../files/path.ts';
import { type Inspection, MODULE_FOLDER } from './inspection.ts';

/** A process that the agent starts, for allow-lists. */
export interface StartedProcess {
  /** Line of the program itself, or of one that it starts */
  readonly commandLine: string;
  readonly when: string;
}

/** Arguments of the PowerShell sessions, as node-powershell builds them. */
const SESSION = ['-NoLogo', '-NoProfile', '-NonInteractive', '-NoExit', '-Command', '-'];
const quoted = (text: string): string => (/[\s"]/.test(text) ? `"${text}"` : text);

/** How PowerShell is started; undefined if it is not used, or if there is none, which the check `powershell` reports. */
function shellOf(inspection: Inspection): ShellOptions | undefined {
  if (inspection.loaded instanceof Error || inspection.config.source !== 'powershell') return undefined;
  try {
    return inspection.shell;
  } catch (error) {
    if (error instanceof UserError || error instanceof OperationalError) return undefined;
    throw error;
  }
}

/** The process tree: the agent first, then what it starts. */
export function startedProcesses(inspection: Inspection): readonly StartedProcess[] {
  const line = (...words: readonly string[]) => words.map(quoted).join(' ');
  const own = {
    commandLine: line(process.execPath, ...process.execArgv, process.argv[1] ?? 'dist/main.js', 'serve'),
    when: 'the agent',
  };
  const shell = shellOf(inspection);
  if (shell === undefined) return [own];
  const { executable, env, platform } = shell;
  const { disabled } = inspection.config.sources;
  const parts = PARTS.filter((part) => !disabled.includes(part));
  const served = inspection.config.powershell.mode === 'served';
  const script = pathsOf(platform).join(MODULE_FOLDER, SESSION_SCRIPT);
  const sessions = served
    ? SERVED_PLANS.map((plan) => plan.parts.filter((part) => parts.includes(part)).join(' and '))
    : parts;
  return [
    own,
    {
      commandLine: line(executable, ...(served ? servedArguments(script) : SESSION)),
      when: `one each for ${sessions.filter((each) => each !== '').join(', ')}; on Windows each with its conhost.exe`,
    },
    { commandLine: line(executable, ...ARGUMENTS), when: 'doctor only' },
    ...(platform === 'win32'
      ? [{ commandLine: line(...taskkill('<pid>', env)), when: 'to end a PowerShell that hangs' }]
      : []),
  ];
}
