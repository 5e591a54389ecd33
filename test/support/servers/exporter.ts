import { join } from 'node:path';
import { unfitLines } from './clean-log.ts';
import { freePort } from './port.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

const main = join(import.meta.dirname, '../../../dist/main.js');

export interface Exporter extends Program {
  readonly port: number;
  readonly url: string;
}

/**
 * `serve` as users start it, on a free port, once it is ready. `args` beside the listen address. At its stop its log is
 * searched for what should not be in it.
 */
export async function startExporter(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly port?: number;
    /** Where its endpoints begin, if not at the root (`web.route-prefix`) */
    readonly path?: string;
    /** Told by its log instead of asked: where asking takes certificates and passwords */
    readonly readyByLog?: boolean;
  } = {},
): Promise<Exporter> {
  const port = options.port ?? (await freePort());
  const listen = ['--web.listen-address', `127.0.0.1:${port}`];
  const program = startProgram(process.execPath, [main, 'serve', ...args, ...listen], options);
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(
      'the exporter is ready',
      async () =>
        options.readyByLog === true
          ? program.log().includes('serving')
          : (await fetch(`${url}${options.path ?? ''}/-/ready`)).ok,
      { why: program.log },
    );
  } catch (error) {
    await program.stop();
    throw error;
  }
  return {
    ...program,
    port,
    url,
    async stop() {
      await program.stop();
      const unfit = unfitLines(program.log());
      if (unfit.length > 0) throw new Error(`addresses or guests in the log:\n${unfit.join('\n')}`);
    },
  };
}
