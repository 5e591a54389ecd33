import { errorText } from '../errors.ts';
import { historyFromJson, historyToJson } from '../history/persist.ts';
import { emptyHistory, type History } from '../history/step.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const FILE = 'history.json';

/** Reads the history of the last run. Never rejects: `error` says why the history starts empty. A missing file is not an error. */
export async function readHistory(
  folder: string,
  now: number,
): Promise<{ readonly history: History; readonly error?: string }> {
  try {
    const saved = await readJsonFile(folder, FILE);
    return saved === undefined ? { history: emptyHistory() } : historyFromJson(saved, now);
  } catch (error) {
    return { history: emptyHistory(), error: errorText(error) };
  }
}

/** Writes the history, whole or not at all. */
export const writeHistory = (folder: string, history: History): Promise<void> =>
  writeJsonFile(folder, FILE, historyToJson(history));
