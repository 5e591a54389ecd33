import { unwatchFile, watchFile } from 'node:fs';

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
