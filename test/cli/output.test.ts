import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { demo, runCli } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'output ü '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a clock or a counter makes different from one run to the next. */
const steady = (text: string) => text.replaceAll(/\d[\d.e+:TZ-]*/g, 'N').replaceAll(/ +/g, ' ');

describe('--output', () => {
  it.each([
    ['metrics', ...demo('healthy')],
    ['explain', ...demo('vf-pool-exhausted'), '--json'],
    ['doctor', ...demo('healthy'), '--json'],
    ['measure', '--vm', 'web-201', '--seconds', '2', ...demo('healthy')],
    ['config', 'print', ...demo('healthy')],
    ['alerts'],
  ])('%s writes to the file what it else prints, with the same exit code', async (...args) => {
    const file = join(folder, `${args[0]}.txt`);
    const printed = await runCli(...args);
    const written = await runCli(...args, '--output', file);
    expect([written.code, written.out, written.err]).toEqual([printed.code, '', '']);
    const text = readFileSync(file, 'utf8');
    expect(text.length).toBeGreaterThan(100);
    expect(steady(text)).toBe(steady(printed.out));
  });

  it('leaves the file as it was where the command fails', async () => {
    const file = join(folder, 'explain.json');
    await runCli('explain', ...demo('healthy'), '--output', file);
    const before = statSync(file);
    const { code } = await runCli('explain', ...demo('healthy'), '--vm', 'none', '--output', file);
    expect(code).toBe(64);
    expect(statSync(file)).toEqual(before);
    expect((await runCli('explain', '--vm', 'none', ...demo('healthy'), '--output', join(folder, 'none'))).code).toBe(
      64,
    );
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('names a file that cannot be written', async () => {
    const file = join(folder, 'no', 'such', 'folder');
    const { code, out, err } = await runCli('config', 'print', '--output', file);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`${file} could not be written: ENOENT`);
  });
});
