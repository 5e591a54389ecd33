import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allowedGrowth, heapGrowth, readHeapSnapshot } from '../../tools/soak/heap.ts';

/** A program that compiles and makes garbage all the time and takes three snapshots, with a leak before the third. */
const PROGRAM = `
  const { join } = require('node:path');
  const { writeHeapSnapshot } = require('node:v8');
  const [folder, leak] = process.argv.slice(1);
  const kept = [];
  const work = () => {
    for (let run = 0; run < 300; run += 1)
      new Function('rows', 'return rows.map((row) => ({ ...row, sum: row.id + ' + run + ' }))')([{ id: run }]);
  };
  const snapshot = (name) => {
    gc();
    writeHeapSnapshot(join(folder, name));
  };
  work();
  snapshot('first');
  work();
  snapshot('second');
  work();
  for (let poll = 0; poll < 1000; poll += 1)
    kept.push(leak === 'text' ? Buffer.alloc(1024, poll % 128).toString('latin1') : { poll, rows: Array.from({ length: 120 }, () => 0.5) });
  snapshot('third');
`;

describe('data on the heap, from two snapshots of V8', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heap-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const POLLS = 1000;

  it.each([
    ['text', /^string: \d+ bytes, 1\d{3} objects$/],
    ['objects', /^array \(object elements\): \d+ bytes, \d+ objects$/],
  ])('grow by what is left behind, of which they name the kind: %s', (leak, kind) => {
    execFileSync(process.execPath, ['--expose-gc', '-e', PROGRAM, folder, leak]);
    const [first, second, third] = ['first', 'second', 'third'].map((name) => readHeapSnapshot(join(folder, name)));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no snapshot');
    expect(first.size).toBeGreaterThan(100);
    expect(heapGrowth(first, second).bytes).toBeLessThan(allowedGrowth(0));
    const { bytes, of } = heapGrowth(second, third);
    expect(bytes).toBeGreaterThan(POLLS * 1000);
    expect(bytes).toBeGreaterThan(allowedGrowth(POLLS));
    expect(of[0]).toMatch(kind);
  });
});
