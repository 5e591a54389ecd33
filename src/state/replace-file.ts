import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { whileHeld } from './held-file.ts';

/**
 * Writes a temporary file in the same folder and renames it: a crash leaves the old one or the new one, complete, and no reader
 * sees a part. A path that is not a regular file (a device, a pipe) is written in place.
 * @throws what Node throws, after a second of attempts where another program has the file open
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const about = await stat(path).catch(() => undefined);
  if (about !== undefined && !about.isFile()) {
    await writeFile(path, content);
    return;
  }
  const draft = `${path}.new`;
  try {
    // What a crash has left there. A link in its place is removed, not written through.
    await whileHeld(async () => {
      await rm(draft, { force: true });
      await writeFile(draft, content, { mode, flag: 'wx' });
    });
    await whileHeld(() => rename(draft, path));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
