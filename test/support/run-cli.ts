import { run } from '../../src/cli/program.ts';

/** What a command answered. */
export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly progress: readonly string[];
}

/** Runs a command of the program in this process. */
export const runCli = (...args: readonly string[]): Promise<Answer> => runCliIn({}, args);

/** Runs a command of the program in this process, in an environment of its own. */
export async function runCliIn(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Answer> {
  let out = '';
  let err = '';
  const progress: string[] = [];
  const code = await run(args, {
    environment,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    progress: (text) => void (text !== undefined && progress.push(text)),
  });
  return { code, out, err, progress };
}

/** The demo host of a scenario as the source. */
export const demo = (scenario: string): readonly string[] => ['--source', 'demo', '--demo.scenario', scenario];
