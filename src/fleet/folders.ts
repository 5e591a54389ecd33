import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';

/** How long the folder of a target that was removed is kept, milliseconds */
const KEPT_MS = 30 * 86_400_000;
/** Deleted in one go at most, so that a sweep is short */
const MAX_DELETED = 20;
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/** Folder of the state of all targets below `storage.path`. */
export const targetsFolder = (path: string): string => join(path, 'targets');

/** When something in a folder was written last, Unix milliseconds; undefined for what is no folder of a target. */
async function lastWritten(folder: string): Promise<number | undefined> {
  if (!(await lstat(folder)).isDirectory()) return undefined;
  const times = await Promise.all(
    (await readdir(folder)).map(async (name) => (await lstat(join(folder, name))).mtimeMs),
  );
  return Math.max((await lstat(folder)).mtimeMs, ...times);
}

/**
 * Deletes the folders of targets that are gone and in which nothing was written for 30 days; the history of a target that
 * is there is written each minute. Never rejects.
 * @param folder `targets` below `storage.path`
 * @param present names of the targets that are there
 * @param now Unix milliseconds
 */
export async function sweepFolders(
  folder: string,
  present: ReadonlySet<string>,
  now: number,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  const deleted: string[] = [];
  try {
    for (const name of await readdir(folder)) {
      if (present.has(name) || !NAME.test(name)) continue;
      const written = await lastWritten(join(folder, name));
      if (written === undefined || now - written <= KEPT_MS) continue;
      await rm(join(folder, name), { recursive: true, force: true });
      if (deleted.push(name) === MAX_DELETED) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      log.warn({ error: errorText(error), folder }, 'folders of removed targets cannot be deleted');
  }
  if (deleted.length > 0) log.info({ targets: deleted }, 'deleted the state of targets that were removed 30 days ago');
}
