import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeText } from '../text-file.ts';
import { whileHeld } from './held-file.ts';
import { parseJson } from './parse-json.ts';
import { replaceFile } from './replace-file.ts';

/** Parsed JSON of a file of the storage folder; undefined where there is no such file. Rejects when it cannot be read. */
export async function readJsonFile(folder: string, name: string): Promise<unknown> {
  try {
    return parseJson(decodeText(await whileHeld(() => readFile(join(folder, name)))));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes it complete or not at all, readable by this account only. */
export async function writeJsonFile(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(join(folder, name), JSON.stringify(value), 0o600);
}
