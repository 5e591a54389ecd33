import { taskkill } from '../../collect/powershell/kill-tree.ts';
import { ARGUMENTS } from '../../collect/powershell/one-shot.ts';
import { PARTS } from '../../document/document.ts';
import type { Facts } from './facts.ts';

/** A process that the agent starts, for allow-lists. */
export interface StartedProcess {
  /** Line of the program itself, or of one that it starts */
  readonly commandLine: string;
  readonly when: string;
}

/** Arguments of the sessions' PowerShell, as node-powershell puts them together. */
const SESSION = ['-NoLogo', '-NoProfile', '-NonInteractive', '-NoExit', '-Command', '-'];
const quoted = (text: string): string => (/[\s"]/.test(text) ? `"${text}"` : text);

/** The process tree: the agent first, then what it starts. */
export function startedProcesses(facts: Facts): readonly StartedProcess[] {
  const line = (...words: readonly string[]) => words.map(quoted).join(' ');
  const own = {
    commandLine: line(process.execPath, ...process.execArgv, process.argv[1] ?? 'dist/main.js', 'serve'),
    when: 'the agent',
  };
  if (facts.loaded instanceof Error || facts.config.source !== 'powershell') return [own];
  const { executable, env, platform } = facts.shell;
  const { disabled } = facts.config.sources;
  const parts = PARTS.filter((part) => !disabled.includes(part));
  return [
    own,
    {
      commandLine: line(executable, ...SESSION),
      when: `one each for ${parts.join(', ')}; on Windows each with its conhost.exe`,
    },
    { commandLine: line(executable, ...ARGUMENTS), when: 'doctor only' },
    ...(platform === 'win32'
      ? [{ commandLine: line(...taskkill('<pid>', env)), when: 'to end a PowerShell that hangs' }]
      : []),
  ];
}
