import { decodeText } from '../files/text.ts';
import { parseJson } from './parse-json.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** Parsed JSON of a file of the state folder; undefined where there is no such file. Rejects when it cannot be read. */
export async function readJsonFile(folder: string, name: string): Promise<unknown> {
  const content = await readStateFile(folder, name);
  return content === undefined ? undefined : parseJson(decodeText(content));
}

/** Writes it complete or not at all, readable by this account only. */
export const writeJsonFile = (folder: string, name: string, value: unknown): Promise<void> =>
  writeStateFile(folder, name, JSON.stringify(value));
