import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Parsed JSON of a file of the storage folder; undefined where there is no such file. Rejects when it can not be read. */
export async function readJsonFile(folder: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes it beside its place and moves it there: a crash leaves the old one or the new one, whole. */
export async function writeJsonFile(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${name}.new`);
  await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
  await rename(draft, join(folder, name));
}
