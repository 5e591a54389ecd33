import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepFolders } from '../../src/fleet/folders.ts';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
let folder: string;
const lines: unknown[] = [];
const log = {
  info: (...words: unknown[]) => void lines.push(words),
  warn: (...words: unknown[]) => void lines.push(words),
};
const date = (daysAgo: number) => new Date(NOW - daysAgo * DAY);

/** A folder of a target whose files were written so many days ago. */
function target(name: string, daysAgo: number): void {
  mkdirSync(join(folder, name));
  for (const file of ['history.json', 'journal.jsonl']) {
    writeFileSync(join(folder, name, file), '{}');
    utimesSync(join(folder, name, file), date(daysAgo), date(daysAgo));
  }
  utimesSync(join(folder, name), date(100), date(100));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'targets-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the folders of removed targets', () => {
  it('are deleted 30 days after the last write', async () => {
    target('hv01', 100);
    target('hv02', 31);
    target('hv03', 29);
    await sweepFolders(folder, new Set(['hv01']), NOW, log);
    expect(readdirSync(folder)).toEqual(['hv01', 'hv03']);
    expect(lines).toEqual([[{ targets: ['hv02'] }, expect.any(String)]]);
  });

  it('are deleted a few at a time', async () => {
    for (let index = 0; index < 25; index++) target(`hv${index}`, 40);
    await sweepFolders(folder, new Set(), NOW, log);
    expect(readdirSync(folder)).toHaveLength(5);
  });

  it('are no files, links and names that no target has', async () => {
    target('UPPER', 40);
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    writeFileSync(join(elsewhere, 'kept'), '');
    utimesSync(join(elsewhere, 'kept'), date(100), date(100));
    symlinkSync(elsewhere, join(folder, 'link'), 'junction');
    writeFileSync(join(folder, 'file'), '');
    utimesSync(join(folder, 'file'), date(100), date(100));
    await sweepFolders(folder, new Set(), NOW, log);
    expect(readdirSync(folder).toSorted()).toEqual(['UPPER', 'file', 'link']);
    expect(existsSync(join(elsewhere, 'kept'))).toBe(true);
    rmSync(elsewhere, { recursive: true });
  });

  it('need not be there', async () => {
    await sweepFolders(join(folder, 'none'), new Set(), NOW, log);
    expect(lines).toEqual([]);
  });
});
