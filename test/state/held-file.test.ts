import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whileHeld, whileHeldSync } from '../../src/state/held-file.ts';
import { replaceFile } from '../../src/state/replace-file.ts';

const error = (code: string) => Object.assign(new Error(`${code}: operation not permitted`), { code });

describe('a file that another program has open', () => {
  /** Fails so often, then succeeds. */
  const held = (times: number, code = 'EPERM') => {
    let calls = 0;
    return {
      calls: () => calls,
      attempt: () => {
        calls += 1;
        if (calls <= times) throw error(code);
        return 'done';
      },
    };
  };

  it.each(['EPERM', 'EBUSY', 'EACCES'])('is tried again after %s', async (code) => {
    const file = held(2, code);
    expect(await whileHeld(async () => file.attempt(), [1, 1])).toBe('done');
    expect(whileHeldSync(held(2, code).attempt, [1, 1])).toBe('done');
    expect(file.calls()).toBe(3);
  });

  it('fails after the last attempt, with its error', async () => {
    const file = held(9);
    await expect(whileHeld(async () => file.attempt(), [1, 1])).rejects.toThrow('EPERM');
    expect(file.calls()).toBe(3);
    expect(() => whileHeldSync(held(9).attempt, [1, 1])).toThrow('EPERM');
  });

  it('is not retried after any other error', async () => {
    const file = held(1, 'ENOSPC');
    await expect(whileHeld(async () => file.attempt())).rejects.toThrow('ENOSPC');
    expect(file.calls()).toBe(1);
  });

  it('is retried for one second', async () => {
    const began = performance.now();
    await expect(whileHeld(async () => held(99).attempt())).rejects.toThrow('EPERM');
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(5000);
  });
});

describe('a file that is replaced', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replaced ü '));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has the new content, and no temporary file is left', async () => {
    writeFileSync(join(folder, 'a'), 'old');
    await replaceFile(join(folder, 'a'), 'new');
    await replaceFile(join(folder, 'b'), 'other');
    expect(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual([
      ['a', 'new'],
      ['b', 'other'],
    ]);
  });

  it('stays as it was if the new one cannot replace it', async () => {
    mkdirSync(join(folder, 'a.new'));
    writeFileSync(join(folder, 'a'), 'old');
    await expect(replaceFile(join(folder, 'a'), 'new')).rejects.toThrow('EISDIR');
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old');
  });
});
