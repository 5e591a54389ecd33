import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tool } from './tools.ts';

/** What a program wrote to a terminal, standard output and error together. */
export interface Shown {
  readonly code: number | null;
  readonly text: string;
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Runs a command line on a pseudo terminal of util-linux' `script`.
 * @param input what is typed
 * @param answer keys that are typed when the program has written a text for the first time
 * @param columns width of the terminal
 */
export async function onTerminal(
  words: readonly string[],
  options: {
    readonly columns?: number;
    readonly input?: string;
    readonly answer?: { readonly to: string; readonly keys: string };
    readonly env?: Readonly<Record<string, string | undefined>>;
  } = {},
): Promise<Shown> {
  const { columns = 200, input, answer, env } = options;
  const line = `stty cols ${columns} rows 50; exec ${words.map(quoted).join(' ')}`;
  const child = spawn(tool('script'), ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: [input === undefined && answer === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, ...env },
  });
  let text = '';
  let isAnswered = answer === undefined;
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (isAnswered || answer === undefined || !text.includes(answer.to)) return;
    isAnswered = true;
    child.stdin?.write(answer.keys);
  });
  if (input !== undefined) child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text: text.replaceAll('\r\n', '\n') };
}
