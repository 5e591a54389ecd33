import { statSync, unwatchFile, watchFile } from 'node:fs';

const EVERY_MS = 2000;

/**
 * Calls `changed` when the content of a file may have changed. It compares time and size every `everyMs`, which works on
 * every system and for replaced files.
 * @returns a function that stops watching
 */
export function watchConfigFile(path: string, changed: () => void, everyMs = EVERY_MS): () => void {
  const listener = (now: { mtimeMs: number; size: number }, before: { mtimeMs: number; size: number }) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) changed();
  };
  watchFile(path, { interval: everyMs, persistent: false }, listener);
  return () => unwatchFile(path, listener);
}

/** What tells one state of these files from another; undefined where they cannot be listed. */
function stampOf(files: () => readonly string[]): string | undefined {
  try {
    return files()
      .map((path) => {
        const about = statSync(path, { throwIfNoEntry: false });
        return `${path}\n${about?.mtimeMs}\n${about?.size}`;
      })
      .join('\n');
  } catch {
    return undefined;
  }
}

const REST_MS = 250;
const LONGEST_WAIT_MS = 5000;

/**
 * Waits until these files have not changed for 250 ms, at most five seconds. Editors and `cp` empty a file and write it in
 * pieces: the beginning of a list of targets or of filters is a valid list, too.
 */
export async function untilAtRest(files: () => readonly string[]): Promise<void> {
  let last = stampOf(files);
  for (let waited = 0; waited < LONGEST_WAIT_MS; waited += REST_MS) {
    await new Promise((resolve) => void setTimeout(resolve, REST_MS));
    const now = stampOf(files);
    if (now === last) return;
    last = now;
  }
}

/** Calls `changed` when one of these files has changed, has come or has gone. A list that cannot be read is as it was. */
export function watchFiles(files: () => readonly string[], changed: () => void, everyMs = EVERY_MS): () => void {
  let last = stampOf(files);
  const timer = setInterval(() => {
    const now = stampOf(files);
    if (now === undefined || now === last) return;
    last = now;
    changed();
  }, everyMs).unref();
  return () => clearInterval(timer);
}
