import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import {
  createPowerShellSource,
  type PowerShellOptions,
  type PowerShellSource,
} from '../../../../src/collect/powershell/source.ts';

const FAKE = join(import.meta.dirname, '../../../support/fake-shell.mjs');
const silent = { debug: () => {}, info: () => {}, warn: () => {} };

let folder: string;
let source: PowerShellSource;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fake-shell-'));
});
afterEach(async () => {
  await source.close();
  expect(running(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

/** Processes that carry this test's folder in their environment: children, and what they started. */
function running(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

function shell(env: Record<string, string>, more: Partial<PowerShellOptions> = {}): PowerShellSource {
  source = createPowerShellSource({
    executable: FAKE,
    env: { PATH: process.env['PATH'], FAKE_ONCE: join(folder, 'done'), NODE_POWERSHELL: '/bin/false', ...env },
    expectedModuleVersion: '0.1.0',
    clock: systemClock,
    log: silent,
    ...more,
  });
  return source;
}
const soon = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms);
const good = { schema: 1, part: 'activity' };

describe.skipIf(process.platform !== 'linux')('a PowerShell that misbehaves once', () => {
  for (const fault of ['split', 'coalesced', 'noise', 'stderr']) {
    it(`${fault}: the answer is had all the same`, async () => {
      shell({ FAKE_FAULT: fault });
      expect(await source.read('activity', soon())).toMatchObject(good);
      expect(await source.read('activity', soon())).toMatchObject(good);
      expect(source.stats().restarts.activity).toBe(0);
    });
  }

  for (const [fault, code] of [
    ['exit-0', 'powershell_exited'],
    ['exit-3', 'powershell_exited'],
    ['crash-at-start', 'powershell_exited'],
    ['endless', 'answer_too_large'],
    ['truncated', 'frame_truncated'],
    ['wrong-id', 'frame_wrong_id'],
    ['wrong-checksum', 'frame_bad_gzip'],
  ] as const) {
    it(`${fault}: ${code}, and the next poll works in a new process`, async () => {
      shell({ FAKE_FAULT: fault }, { outputLimit: 1_000_000 });
      await expect(source.read('activity', soon())).rejects.toMatchObject({ code });
      expect(await source.read('activity', soon())).toMatchObject(good);
      expect(source.stats().restarts.activity).toBe(1);
    });
  }

  it('an error frame is the error, and the process is kept', async () => {
    shell({ FAKE_FAULT: 'error-frame' });
    await expect(source.read('activity', soon())).rejects.toMatchObject({
      code: 'collect_failed',
      message: 'The collector module failed: the host said no',
    });
    expect(await source.read('activity', soon())).toMatchObject(good);
    expect(source.stats().restarts.activity).toBe(0);
  });

  it('a hang ends at the deadline, with what it had started', async () => {
    shell({ FAKE_FAULT: 'hang' });
    await source.probe('activity', soon());
    await expect(source.read('activity', soon(300))).rejects.toMatchObject({ code: 'timeout' });
    expect(await source.read('activity', soon())).toMatchObject(good);
  });

  it('CRLF with an event loop that is busy for as long as the call', async () => {
    shell({ FAKE_CRLF: '1' });
    for (let call = 0; call < 20; call += 1) {
      const answer = source.read('activity', soon());
      const until = performance.now() + 30;
      setImmediate(() => {
        while (performance.now() < until);
      });
      expect(await answer).toMatchObject(good);
    }
    expect(source.stats().restarts.activity).toBe(0);
  });

  it('a second call while one runs is rejected, and close leaves no caller pending', async () => {
    shell({ FAKE_FAULT: 'hang' });
    await source.probe('activity', soon());
    const first = source.read('activity', soon());
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'session_busy' });
    const rejected = expect(first).rejects.toMatchObject({ code: 'session_closed' });
    await source.close();
    await rejected;
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'session_closed' });
  });
});

describe.skipIf(process.platform !== 'linux')('a PowerShell that cannot serve says why', () => {
  it('missing executable', async () => {
    shell({}, { executable: '/no/such/pwsh' });
    await expect(source.read('activity', soon())).rejects.toMatchObject({
      code: 'powershell_not_found',
      message:
        'PowerShell cannot be started from /no/such/pwsh (spawn /no/such/pwsh ENOENT). Give its full path with --powershell.executable',
    });
  });
  for (const [env, code] of [
    [{ FAKE_LANGUAGE: 'ConstrainedLanguage' }, 'constrained_language'],
    [{ FAKE_MODULE_VERSION: '0.0.9' }, 'module_version_mismatch'],
    [{ FAKE_STDERR_AT_START: 'FullyQualifiedErrorId : Modules_Module\r\nNotFound,Microsoft' }, 'module_not_found'],
    [{ FAKE_STDERR_AT_START: 'CategoryInfo : SecurityError: (:) [], PSSecurityException' }, 'module_blocked'],
    [{ FAKE_STDERR_AT_START: 'no such thing' }, 'module_not_loaded'],
  ] as const) {
    it(code, async () => {
      shell({ ...env });
      await expect(source.read('activity', soon())).rejects.toMatchObject({ code });
    });
  }
  it('waits before the third start in a row', async () => {
    shell({ FAKE_MODULE_VERSION: '0.0.9' });
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'module_version_mismatch' });
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'module_version_mismatch' });
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'powershell_back_off' });
  });
});

describe.skipIf(process.platform !== 'linux')('a soak of 500 calls', () => {
  it('answers each, through its recycles', async () => {
    shell({ FAKE_ROWS: '100' }, { recycle: { calls: 100 } });
    for (let call = 0; call < 500; call += 1) expect(await source.read('activity', soon())).toMatchObject(good);
    expect(source.stats()).toMatchObject({ calls: { activity: 500 }, restarts: { activity: 4 } });
  });
  it('ends the process of a part that is polled seldom', async () => {
    shell({});
    await source.read('config', soon());
    await source.read('config', soon());
    expect(source.stats()).toMatchObject({ calls: { config: 2 }, restarts: { config: 0 } });
  });
});
