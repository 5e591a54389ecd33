import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../errors.ts';
import { historyFromJson, historyToJson } from '../history/persist.ts';
import { emptyHistory, type History } from '../history/step.ts';

const FILE = 'history.json';

/** Reads the history of a former run; never rejects, `error` says why it starts anew. No file is no error. */
export async function readHistory(
  folder: string,
  now: number,
): Promise<{ readonly history: History; readonly error?: string }> {
  try {
    return historyFromJson(JSON.parse(await readFile(join(folder, FILE), 'utf8')), now);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { history: emptyHistory() };
    return { history: emptyHistory(), error: errorText(error) };
  }
}

/** Writes the history beside its place and moves it there: a crash leaves the old one or the new one, whole. */
export async function writeHistory(folder: string, history: History): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${FILE}.new`);
  await writeFile(draft, JSON.stringify(historyToJson(history)), { mode: 0o600 });
  await rename(draft, join(folder, FILE));
}
