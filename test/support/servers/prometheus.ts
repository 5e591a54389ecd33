import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FRUGAL_GO, tool } from '../tools.ts';
import { freePort } from './port.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

/** One series of an instant query, value as text ("NaN" and "+Inf" included). */
export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [unixSeconds: number, value: string];
}

export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [unixSeconds: number, value: string])[];
}

export interface Prometheus extends Program {
  readonly url: string;
  readonly folder: string;
  /** An instant query's vector; throws what Prometheus says of a wrong one. */
  query(expr: string, at?: number): Promise<readonly InstantSample[]>;
  /** The value of the only series of an instant query, undefined where there is none. */
  value(expr: string, at?: number): Promise<number | undefined>;
  queryRange(expr: string, start: number, end: number, stepSeconds: number): Promise<readonly RangeSeries[]>;
  /** GET of another API path, the `data` of its answer. */
  api(path: string): Promise<unknown>;
}

export interface PrometheusOptions {
  /** prometheus.yml as an object; `global` has one-second intervals unless given */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Blocks to start with: a folder that `promtool tsdb create-blocks-from` wrote */
  readonly data?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A real Prometheus on loopback with a folder of its own, once it is ready. */
export async function startPrometheus({
  config = {},
  data,
  flags = [],
  env = {},
}: PrometheusOptions): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus of ü '));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify({ global: { scrape_interval: '1s', evaluation_interval: '1s' }, ...config }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${data ?? join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const program = startProgram(tool('prometheus'), [...settings, ...flags], { env: { ...FRUGAL_GO, ...env } });
  const stop = async (): Promise<void> => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const api = async (path: string): Promise<unknown> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: unknown;
    };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  const ask = (path: string, parameters: Record<string, string>) =>
    api(`${path}?${new URLSearchParams(parameters).toString()}`) as Promise<{ result: unknown }>;
  const query = async (expr: string, at?: number): Promise<readonly InstantSample[]> =>
    (await ask('query', { query: expr, ...(at === undefined ? {} : { time: String(at) }) })).result as InstantSample[];
  try {
    await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok, { why: program.log });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...program,
    stop,
    url,
    folder,
    query,
    api,
    async value(expr, at) {
      const found = await query(expr, at);
      if (found.length > 1) throw new Error(`${expr} has ${found.length} series, not one`);
      return found[0] === undefined ? undefined : Number(found[0].value[1]);
    },
    queryRange: async (expr, start, end, stepSeconds) =>
      (await ask('query_range', { query: expr, start: String(start), end: String(end), step: String(stepSeconds) }))
        .result as RangeSeries[],
  };
}
