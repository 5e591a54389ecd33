import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import {
  createPowerShellSource,
  type PowerShellOptions,
  type PowerShellSource,
} from '../../../../src/collect/powershell/source.ts';
import { processesWith } from '../../../support/processes.ts';

export const FAKE = join(import.meta.dirname, '../../../support/fake-shell.mjs');
export const GOOD = { schema: 1, part: 'activity' };
export const soon = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms);

export interface FakeShell {
  readonly folder: string;
  readonly source: PowerShellSource;
  /** Opens a source over the fake shell. `env` tells it what to do wrong. */
  open(env?: Record<string, string>, more?: Partial<PowerShellOptions>): PowerShellSource;
  /** Processes that run: children, and what they started */
  running(): number[];
}

/** A fake shell for each test of a file; none may leave a process behind. */
export function useFakeShell(): FakeShell {
  let folder: string;
  let source: PowerShellSource | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fake-shell-'));
  });
  afterEach(async () => {
    await source?.close();
    expect(processesWith(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
  const opened = (): PowerShellSource => {
    if (source === undefined) throw new Error('open() first');
    return source;
  };
  return {
    get folder() {
      return folder;
    },
    get source() {
      return opened();
    },
    open(env = {}, more = {}) {
      source = createPowerShellSource({
        executable: FAKE,
        env: { PATH: process.env['PATH'], FAKE_ONCE: join(folder, 'done'), NODE_POWERSHELL: '/bin/false', ...env },
        expectedModuleVersion: '0.1.0',
        clock: systemClock,
        log: { debug: () => {}, info: () => {}, warn: () => {} },
        ...more,
      });
      return source;
    },
    running: () => processesWith(folder),
  };
}
