import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/fleet.md'), 'utf8');
const [, section = ''] = /^## Errors\n([^]*?)^## /m.exec(page) ?? [];
const rows = [...section.matchAll(/^\| (`.*?) \| (.+?) \| (.+?) \|$/gm)];
const explained = new Set(
  rows.flatMap(([, codes = '']) => [...codes.matchAll(/`([a-z_0-9]+)`/g)].map(([, code = '']) => code)),
);

/** Codes that no target has: of a PowerShell on this machine, of a recording, of a command, or within the program */
const NEVER_OF_TARGET = new Set([
  'back_off',
  'no_host_key',
  'powershell_exited',
  'powershell_malformed',
  'powershell_not_found',
  'powershell_not_started',
  'session_busy',
  'session_closed',
]);

const source = ['ssh', 'http', 'powershell']
  .flatMap((folder) =>
    readdirSync(join(root, 'src/collect', folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, 'src/collect', folder, file), 'utf8')),
  )
  .join('\n');
const CODE = /(?:code: |[fF]ault\((?:\w+, )?|OperationalError\(\s*|FrameError\(\s*)'([a-z]+(?:_[a-z0-9]+)+)'/g;
const codes = new Set([...source.matchAll(CODE)].map(([, code = '']) => code));

it('docs/fleet.md says of each code of a target what it means and what to do', () => {
  expect(codes.size).toBeGreaterThan(30);
  expect([...codes].filter((code) => !NEVER_OF_TARGET.has(code) && !explained.has(code)).toSorted()).toEqual([]);
  expect(rows.filter(([, , meaning = '', action = '']) => meaning.trim() === '' || action.trim() === '')).toEqual([]);
});

it('docs/fleet.md explains no code that does not exist', () => {
  const exists = (code: string): boolean => source.includes(`'${code}'`);
  expect([...explained, ...NEVER_OF_TARGET].filter((code) => code !== 'timeout' && !exists(code))).toEqual([]);
});
