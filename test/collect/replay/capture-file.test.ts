import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type Capture, decodeCapture, readCapture, writeCapture } from '../../../src/collect/replay/capture-file.ts';
import { pseudonymKey } from '../../../src/collect/replay/key-file.ts';
import { parseDocument } from '../../../src/document/parse.ts';

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const capture: Capture = {
  schema: 1,
  agent: '0.1.0',
  startedAt: 1,
  documents: [{ part: 'cluster', offsetMs: 0, document: { anything: true } }],
};

describe('a capture file', () => {
  it('is read back as written, is readable by its owner only, and is never overwritten', async () => {
    const make = () => Promise.resolve(capture);
    await writeCapture(at('a'), make);
    expect(await readCapture(at('a'))).toEqual(capture);
    if (process.platform !== 'win32') expect(statSync(at('a')).mode & 0o777).toBe(0o600);
    await expect(writeCapture(at('a'), make)).rejects.toThrow(`${at('a')} is there already: give another name`);
    await expect(writeCapture(at('no/a'), make)).rejects.toThrow(`${at('no/a')} cannot be written (ENOENT`);
    // While the host is read there is no file that an interruption would leave.
    const fails = () => Promise.reject(new Error(existsSync(at('b')) ? 'a file is there' : 'no host'));
    await expect(writeCapture(at('b'), fails)).rejects.toThrow('no host');
    expect(existsSync(at('b'))).toBe(false);
  });

  const gzipped = (value: unknown) => gzipSync(JSON.stringify(value));
  it.each([
    ['cut off on its way', gzipped(capture).subarray(0, -9), 'is not a whole gzip file'],
    ['something else', Buffer.from('PK\u0003\u0004'), 'is not a whole gzip file'],
    ['empty', Buffer.alloc(0), 'is not a whole gzip file'],
    ['no JSON', gzipSync('Get-VM'), 'is gzip, but what it holds is not JSON'],
    ['other JSON', gzipped([1]), 'is not a recording made by capture: '],
    [
      'of a newer agent',
      gzipped({ ...capture, schema: 2 }),
      'is a capture of schema 2; this agent reads up to 1. Update',
    ],
    [
      'without documents',
      gzipped({ ...capture, documents: [] }),
      'is not a recording made by capture: documents: holds no document',
    ],
    [
      'of a part unheard of',
      gzipped({ ...capture, documents: [{ part: 'x', offsetMs: 0 }] }),
      'is not a recording made by capture: documents.0.part',
    ],
    [
      'of a time that no Date holds',
      gzipped({ ...capture, startedAt: 8.7e15 }),
      'is not a recording made by capture: startedAt: must be a time between 1970 and 9999',
    ],
    [
      'longer than a century',
      gzipped({ ...capture, documents: [{ part: 'cluster', offsetMs: 1e300 }] }),
      'is not a recording made by capture: documents.0.offsetMs',
    ],
    ['larger than it looks', gzipSync(Buffer.alloc(3_000_000, ' ')), 'holds more than 1000000 bytes'],
  ])('%s is refused in one line', (_, bytes, message) => {
    expect(() => decodeCapture(bytes, 'FILE', 1_000_000)).toThrow(
      new RegExp(`^FILE: ${message.replaceAll('.', '\\.')}.*$`),
    );
  });

  it('that is missing or not a file is reported', async () => {
    await expect(readCapture(at('none'))).rejects.toThrow(`${at('none')}: cannot be read (ENOENT`);
    await expect(readCapture(folder)).rejects.toThrow(`${folder}: is not a file`);
  });

  // A new version of the format adds a file here; those of former versions stay readable.
  it.each([1])('of schema %i is still read', async (schema) => {
    const file = join(import.meta.dirname, `../../fixtures/captures/schema-${schema}.json.gz`);
    expect(JSON.parse(gunzipSync(readFileSync(file)).toString())).toMatchObject({ schema });
    const { documents } = await readCapture(file);
    expect(new Set(documents.map(({ part }) => part))).toEqual(new Set(['inventory', 'activity', 'config', 'cluster']));
    for (const { document } of documents) expect(Object.keys(parseDocument(document).sources)).not.toEqual([]);
  });
});

describe('the key of the pseudonyms', () => {
  it('differs each time, unless it is kept in a file', () => {
    expect(pseudonymKey(undefined)).not.toEqual(pseudonymKey(undefined));
    const made = pseudonymKey(at('key'));
    expect(made).toHaveLength(32);
    expect(Buffer.from(pseudonymKey(at('key')))).toEqual(Buffer.from(made));
    if (process.platform !== 'win32') expect(statSync(at('key')).mode & 0o777).toBe(0o600);
  });

  it('is not read from a file of another kind', () => {
    writeFileSync(at('secret.txt'), 'password');
    expect(() => pseudonymKey(at('secret.txt'))).toThrow('exists already and was not made by capture');
    expect(() => pseudonymKey(at('no/key'))).toThrow('the key cannot be written (ENOENT');
  });
});
