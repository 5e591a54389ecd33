import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A started program with all that it printed. */
export interface Program {
  readonly child: ChildProcess;
  /** Standard output and error so far */
  readonly log: () => string;
  /** Kills it, if it still runs, and waits for its end. */
  stop(): Promise<void>;
}

export function startProgram(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Program {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  child.on('error', (error) => (printed += String(error)));
  const closed = once(child, 'close').catch(() => undefined);
  return {
    child,
    log: () => printed,
    async stop() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
