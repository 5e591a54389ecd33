import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadedConfig } from '../config/load.ts';
import { shipped } from '../shipped.ts';
import { shellWord } from '../text/shell.ts';
import { type CommandContext, PROGRAM } from './context.ts';

/** What says which configuration a command reads. */
export type Configured = Pick<LoadedConfig, 'config' | 'file' | 'sourceIsInFile'>;

/**
 * A command of this program that reads the same configuration file, for a person to paste: into a POSIX shell, on Windows
 * into PowerShell. The file is named even where a variable names it: the person's shell may not have that variable.
 * @param words the command and its arguments
 */
function ownCommand(
  { config, file, sourceIsInFile }: Configured,
  context: Pick<CommandContext, 'environment' | 'platform'>,
  ...words: readonly string[]
): string {
  const settings = [
    ...(file === undefined ? [] : ['--config.file', file]),
    ...(sourceIsInFile ? [] : ['--source', config.source]),
  ];
  const quoted = [...words, ...settings].map((word) => shellWord(word, context.platform));
  return [program(context), ...quoted].join(' ');
}

/** The command that prints the host key of a target. */
export const trustCommand = (
  loaded: Configured,
  context: Pick<CommandContext, 'environment' | 'platform'>,
  name: string,
): string => ownCommand(loaded, context, 'fleet', 'trust', name);

/** How this program is started from a shell: by its name where that is on the PATH, otherwise by its files. */
function program({ environment, platform }: Pick<CommandContext, 'environment' | 'platform'>): string {
  if (platform === 'win32') {
    const script = fileURLToPath(shipped(`../bin/${PROGRAM}.cmd`));
    return existsSync(script) ? `& ${shellWord(script, platform)}` : PROGRAM;
  }
  const main = fileURLToPath(shipped('main.js'));
  return isOnPath(environment['PATH'] ?? '') || !existsSync(main)
    ? PROGRAM
    : [process.execPath, main].map((word) => shellWord(word, platform)).join(' ');
}

function isOnPath(path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, PROGRAM), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
