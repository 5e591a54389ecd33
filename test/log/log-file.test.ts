import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { openLogFile } from '../../src/log-file.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'log file ü '));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});
const read = (...parts: string[]) => readFileSync(join(...parts), 'utf8');

describe('the log file', () => {
  it('is renamed at its size, the newest first, and the oldest goes', () => {
    const where = folder();
    const file = openLogFile({ path: join(where, 'agent.log'), maxBytes: 20, keep: 2 });
    for (const line of ['first line\n', 'second line\n', 'third line\n', 'fourth line\n']) file.write(line);
    file.close();
    expect(readdirSync(where).toSorted()).toEqual(['agent.1.log', 'agent.2.log', 'agent.log']);
    expect([read(where, 'agent.log'), read(where, 'agent.1.log'), read(where, 'agent.2.log')]).toEqual([
      'fourth line\n',
      'third line\n',
      'second line\n',
    ]);
  });

  it('is continued by the next run, which counts what is there', () => {
    const where = folder();
    for (const line of ['one\n', 'two\n', 'three\n']) {
      const file = openLogFile({ path: join(where, 'agent.log'), maxBytes: 10, keep: 1 });
      file.write(line);
      file.close();
    }
    expect([read(where, 'agent.1.log'), read(where, 'agent.log')]).toEqual(['one\ntwo\n', 'three\n']);
  });

  it('uses the same file while it cannot be renamed, and renames it as soon as it can', () => {
    const where = folder();
    // A folder of that name, with something in it, cannot be replaced: as a file that another program holds on Windows.
    mkdirSync(join(where, 'agent.1.log', 'held'), { recursive: true });
    const file = openLogFile({ path: join(where, 'agent.log'), maxBytes: 20, keep: 1 });
    for (const line of ['first line\n', 'second line\n', 'third line\n']) file.write(line);
    expect(read(where, 'agent.log')).toBe('first line\nsecond line\nthird line\n');
    rmSync(join(where, 'agent.1.log'), { recursive: true });
    file.write('fourth line\n');
    file.close();
    expect([read(where, 'agent.1.log'), read(where, 'agent.log')]).toEqual([
      'first line\nsecond line\nthird line\n',
      'fourth line\n',
    ]);
  });

  it.skipIf(process.platform === 'win32')('that is a device is written to and never renamed', () => {
    const file = openLogFile({ path: '/dev/null', maxBytes: 10, keep: 1 });
    for (const line of ['first line\n', 'second line\n', 'third line\n']) file.write(line);
    file.close();
    expect(existsSync('/dev/null.1')).toBe(false);
  });

  // Windows removes no folder that has an open file.
  it.skipIf(process.platform === 'win32')(
    'never throws on a write, and continues as soon as writing is possible again',
    () => {
      const where = join(folder(), 'logs');
      mkdirSync(where);
      const file = openLogFile({ path: join(where, 'agent.log'), maxBytes: 10, keep: 1 });
      file.write('before\n');
      rmSync(where, { recursive: true });
      file.write('lost line\n');
      mkdirSync(where);
      file.write('after\n');
      file.close();
      expect(read(where, 'agent.log')).toBe('after\n');
    },
  );

  it('loses no line and keeps each file within its size, whatever is logged', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 40 }), (texts) => {
        const where = folder();
        const maxBytes = 100;
        const file = openLogFile({ path: join(where, 'a.log'), maxBytes, keep: 100 });
        const log = createLogger({ level: 'info', format: 'json', destination: file });
        for (const text of texts) log.info({}, text);
        file.close();
        const names = readdirSync(where).toSorted((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]) || 0);
        const former = names.filter((name) => name !== 'a.log');
        const lines = [...former, 'a.log'].flatMap((name) => read(where, name).trim().split('\n'));
        expect(lines).toHaveLength(texts.length);
        for (const name of names) {
          const content = read(where, name);
          expect(Buffer.byteLength(content) <= maxBytes || content.trim().split('\n').length === 1).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
