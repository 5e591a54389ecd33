import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { tool } from '../tools.ts';
import { freePort } from './port.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

export interface Alertmanager extends Program {
  readonly url: string;
  /** GET of /api/v2/…, parsed. */
  api(path: string): Promise<unknown>;
}

/** A real Alertmanager on loopback, once it is ready. `config`: alertmanager.yml as an object, or as text. */
export async function startAlertmanager(config: Readonly<Record<string, unknown>> | string): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager of ü '));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, typeof config === 'string' ? config : stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram(tool('alertmanager'), [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ]);
  const stop = async (): Promise<void> => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await until('Alertmanager is ready', async () => (await fetch(`${url}/-/ready`)).ok, { why: program.log });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...program, stop, url, api: async (path) => (await fetch(`${url}/api/v2/${path}`)).json() };
}
