import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { shellWord } from '../../src/text/shell.ts';
import { describeWith, tool } from '../support/tools.ts';

vi.setConfig({ testTimeout: 120_000 });

const SPECIAL = '\' " $ ` \\ ! * ? [ ] { } ( ) < > | & ; ~ # % ^ = , @ - ‘ ’ ‚ ‛ “ ” ü 中'.split(' ').concat(' ');
/** What a path may hold, and above all what shells act on */
const word = fc
  .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ unit: 'grapheme' })), {
    minLength: 1,
  })
  .map((parts) => parts.join('').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ''));
const WORDS = [
  '/etc/hyperv-sriov/config.yaml',
  String.raw`C:\Program Files\hyperv-sriov-exporter\config.yaml`,
  '/tmp/$HOME/`id`/it\u2019s',
  ...fc.sample(word, { numRuns: 1000, seed: 17 }).filter((text) => text !== ''),
];

it('leaves a path without special characters as it is', () => {
  expect(shellWord('/etc/hyperv-sriov/config.yaml', 'linux')).toBe('/etc/hyperv-sriov/config.yaml');
  expect(shellWord("/srv/it's", 'linux')).toBe(String.raw`'/srv/it'\''s'`);
  expect(shellWord(String.raw`C:\it's`, 'win32')).toBe(String.raw`'C:\it''s'`);
});

describeWith(['pwsh'], 'a word in a shell', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'shell-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is one argument, unchanged, in a POSIX shell', () => {
    const script = join(folder, 'words.sh');
    writeFileSync(script, `printf '%s\\n' ${WORDS.map((text) => shellWord(text, 'linux')).join(' ')}\n`);
    const printed = execFileSync('sh', [script], { encoding: 'utf8' });
    expect(printed.split('\n').slice(0, -1)).toEqual(WORDS);
  });

  it('is one argument, unchanged, in PowerShell', () => {
    const script = join(folder, 'words.ps1');
    // As a native program gets them, like this one
    const print = join(folder, 'print.mjs');
    writeFileSync(print, 'console.log(JSON.stringify(process.argv.slice(2)));');
    const lines = Array.from({ length: Math.ceil(WORDS.length / 100) }, (_, index) =>
      WORDS.slice(index * 100, (index + 1) * 100)
        .map((text) => shellWord(text, 'win32'))
        .join(' '),
    );
    writeFileSync(
      script,
      `\uFEFF${lines.map((line) => `& '${process.execPath}' '${print}' fleet trust hv13 --config.file ${line}\n`).join('')}`,
    );
    const printed = execFileSync(tool('pwsh'), ['-NoProfile', '-NonInteractive', '-File', script], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const read = printed
      .trim()
      .split(/\r?\n/)
      .map((line) => JSON.parse(line) as string[]);
    expect(read.flatMap((words) => words.slice(4))).toEqual(WORDS);
    expect(read[0]?.slice(0, 4)).toEqual(['fleet', 'trust', 'hv13', '--config.file']);
  });
});
