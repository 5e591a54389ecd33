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

/** Calls `changed` when one of these files has changed, has come or has gone. A list that cannot be read is as it was. */
export function watchFiles(files: () => readonly string[], changed: () => void, everyMs = EVERY_MS): () => void {
  const stamp = (): string | undefined => {
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
  };
  let last = stamp();
  const timer = setInterval(() => {
    const now = stamp();
    if (now === undefined || now === last) return;
    last = now;
    changed();
  }, everyMs).unref();
  return () => clearInterval(timer);
}
