import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { devNull } from 'node:os';

/**
 * Decodes a text file in one of the encodings that Windows tools write: UTF-8 with or without a byte order mark, and
 * UTF-16 with one ("Unicode" in Notepad, `>` in Windows PowerShell). The result has no byte order mark.
 * @throws Error with advice if the encoding is another one (ANSI) or the file is not text
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decodeUtf16(bytes, 'utf-16le');
  if (first === 0xfe && second === 0xff) return decodeUtf16(bytes, 'utf-16be');
  if (bytes.includes(0)) throw new Error('is not text, or is UTF-16 without a byte order mark: save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`is not UTF-8 (line ${firstWrongLine(bytes)}), probably ANSI: save it as UTF-8`);
  }
}

const MAX_BYTES = 16 * 1024 * 1024;
/** Without O_NONBLOCK, opening a named pipe waits for a writer. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A device or a pipe may never end. */
function unfit(about: Stats): string | undefined {
  if (!about.isFile()) return 'is not a file';
  return about.size > MAX_BYTES ? `has ${about.size} bytes, more than ${MAX_BYTES}` : undefined;
}

function refuseOthers(about: Stats): void {
  const fault = unfit(about);
  if (fault !== undefined) throw new Error(fault);
}

/**
 * Why no other program must be given this path as that of a text file: it would wait at a named pipe, and read a device
 * until the memory is full. Undefined for a file, for /dev/null, which is as an empty one, and where nothing is found, which
 * that program says better.
 */
export function whyNoTextFile(path: string): string | undefined {
  try {
    return path === devNull ? undefined : unfit(statSync(path));
  } catch {
    return undefined;
  }
}

/** Reads and decodes a text file synchronously. @throws as decodeText; Error if it is no file or too large; the error of Node if it cannot be read */
export function readTextFile(path: string): string {
  const file = openSync(path, READ);
  try {
    refuseOthers(fstatSync(file));
    return decodeText(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

/** As readTextFile, for files that are read while requests are answered. */
export async function loadTextFile(path: string): Promise<string> {
  const file = await open(path, READ);
  try {
    refuseOthers(await file.stat());
    return decodeText(await file.readFile());
  } finally {
    await file.close();
  }
}

function decodeUtf16(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error('has the byte order mark of UTF-16 but is not valid UTF-16: save it as UTF-8');
  }
}

function firstWrongLine(bytes: Uint8Array): number {
  // In UTF-8 an LF byte is never part of another character.
  for (let line = 1, start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const next = end === -1 ? bytes.length : end + 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, next));
    } catch {
      return line;
    }
    start = next;
  }
  return 1;
}
