import { readFileSync } from 'node:fs';

/**
 * The text of a file that an administrator wrote, in the encodings that Windows' own tools write: UTF-8 with or without
 * a byte order mark, and UTF-16 with one (Notepad's "Unicode", `>` of Windows PowerShell). Without the mark.
 * @throws Error that says what the bytes are instead and what to do: another code page (ANSI), or no text
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decodeUtf16(bytes, 'utf-16le');
  if (first === 0xfe && second === 0xff) return decodeUtf16(bytes, 'utf-16be');
  if (bytes.includes(0)) throw new Error('is no text, or UTF-16 without a byte order mark: save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`is not UTF-8 (line ${firstWrongLine(bytes)}), probably ANSI: save it as UTF-8`);
  }
}

/** Reads such a file at once. @throws as decodeText, and what Node throws where it cannot be read */
export const readTextFile = (path: string): string => decodeText(readFileSync(path));

function decodeUtf16(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error('begins as UTF-16 and is not: save it as UTF-8');
  }
}

function firstWrongLine(bytes: Uint8Array): number {
  // An LF byte is never part of another character of UTF-8.
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
