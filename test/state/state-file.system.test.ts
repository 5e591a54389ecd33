import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHistory, writeHistory } from '../../src/state/history-file.ts';
import { emptyHistory } from '../../src/history/step.ts';
import { openJournal, readJournalFile } from '../../src/state/journal.ts';
import { readJsonFile, writeJsonFile } from '../../src/state/json-file.ts';
import { readTrends, writeTrends } from '../../src/state/trend-file.ts';
import { createTrends } from '../../src/trend/trends.ts';
import { noSaves } from '../support/no-saves.ts';

let root: string;
let folder: string;
const log = { warn: () => {} };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state '));
  folder = join(root, 'state');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Every file of the state folder, and how it is written. */
const WRITERS: Readonly<Record<string, () => unknown>> = {
  'history.json': () => writeHistory(folder, emptyHistory()),
  'alerts.json': () => writeJsonFile(folder, 'alerts.json', {}),
  'trends.gz': () => writeTrends(folder, createTrends().save()),
  'journal.jsonl'() {
    const journal = openJournal({ folder, log, saves: noSaves });
    const written = journal.writable();
    journal.close();
    if (!written) throw new Error('state_file_refused');
  },
};
const READERS: Readonly<Record<string, () => unknown>> = {
  'history.json': async () => {
    const { error } = await readHistory(folder, 0);
    if (error !== undefined) throw new Error(error);
  },
  'alerts.json': () => readJsonFile(folder, 'alerts.json'),
  'trends.gz': () => readTrends(folder),
  'journal.jsonl': () => readJournalFile(join(folder, 'journal.jsonl')),
};

describe.skipIf(process.platform === 'win32')('files of the state folder', () => {
  it.each(Object.keys(WRITERS))('%s is readable by the account of the agent only, whatever the umask', async (name) => {
    const umask = process.umask(0);
    try {
      await WRITERS[name]!();
    } finally {
      process.umask(umask);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it.each(Object.keys(WRITERS))('%s of an earlier version that others may read is closed to them', async (name) => {
    await WRITERS[name]!();
    execFileSync('chmod', ['644', join(folder, name)]);
    await WRITERS[name]!();
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it.each(Object.keys(WRITERS))('%s is neither read nor written through a link', async (name) => {
    mkdirSync(folder);
    const target = join(root, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, join(folder, name));
    // What is written to a draft first is not written through a link in its place either.
    symlinkSync(target, join(folder, `${name}.new`));
    await expect((async () => WRITERS[name]!())()).rejects.toThrow(/links are not followed|state_file_refused/);
    await expect((async () => READERS[name]!())()).rejects.toThrow('links are not followed');
    rmSync(join(folder, name));
    await WRITERS[name]!();
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(statSync(join(folder, name)).isFile()).toBe(true);
  });

  it.each(Object.keys(WRITERS))('%s may be missing, but not be a pipe, which would never answer', async (name) => {
    mkdirSync(folder);
    await READERS[name]!();
    expect(existsSync(join(folder, name))).toBe(false);
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, name)]);
    await expect((async () => READERS[name]!())()).rejects.toThrow('not a regular file');
    await expect((async () => WRITERS[name]!())()).rejects.toThrow(/not a regular file|state_file_refused/);
  });
});
