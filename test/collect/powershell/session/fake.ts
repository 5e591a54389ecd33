import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import type { ModuleReader } from '../../../../src/collect/powershell/module-reader.ts';
import { createPowerShellReader, type PowerShellOptions } from '../../../../src/collect/powershell/reader.ts';
import { processesWith } from '../../../support/processes.ts';

export const FAKE = join(import.meta.dirname, '../../../support/fake-shell.mjs');
export const GOOD = { schema: 1, part: 'activity' };
export const soon = (ms = 100_000): AbortSignal => AbortSignal.timeout(ms);

export interface FakeShell {
  readonly folder: string;
  readonly reader: ModuleReader;
  /** Opens a reader over the fake shell. `env` tells it what to do wrong. */
  open(env?: Record<string, string>, more?: Partial<PowerShellOptions>): ModuleReader;
  /** Processes that run: children, and what they started */
  running(): number[];
}

/** A fake shell for each test of a file; none may leave a process behind. */
export function useFakeShell(): FakeShell {
  let folder: string;
  let reader: ModuleReader | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fake-shell-'));
  });
  afterEach(async () => {
    await reader?.close();
    expect(processesWith(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
  const opened = (): ModuleReader => {
    if (reader === undefined) throw new Error('open() first');
    return reader;
  };
  return {
    get folder() {
      return folder;
    },
    get reader() {
      return opened();
    },
    open(env = {}, more = {}) {
      reader = createPowerShellReader({
        executable: FAKE,
        env: { PATH: process.env['PATH'], FAKE_ONCE: join(folder, 'done'), NODE_POWERSHELL: '/bin/false', ...env },
        expectedModuleVersion: '0.1.0',
        clock: systemClock,
        log: { debug: () => {}, info: () => {}, warn: () => {} },
        ...more,
      });
      return reader;
    },
    running: () => processesWith(folder),
  };
}
