import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { lockFolder } from '../../src/state/lock.ts';
import { isRunning, ownIdentity } from '../../src/state/process-identity.ts';

const linux = process.platform === 'linux';
const TIMES = { renew: 100, stale: 600 };
let folder: string;
let lockFile: string;
const lines: string[] = [];
const write = (_: object, message: string) => void lines.push(message);
const log = { debug: () => {}, info: write, warn: write };
const lock = () => lockFolder(folder, { clock: systemClock, log, times: TIMES });
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock ü '));
  lockFile = join(folder, 'agent.lock');
  lines.length = 0;
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that has ended, and one that runs. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}
const runningPid = (): number => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 100000)']);
  children.push(child);
  return child.pid!;
};
const TOKEN = '00000000-0000-4000-8000-000000000000';
const lockOf = (owner: object) =>
  writeFileSync(lockFile, JSON.stringify({ token: TOKEN, since: '2026-05-04T12:00:00.000Z', ...owner }));
const holder = (): unknown => JSON.parse(readFileSync(lockFile, 'utf8'));

describe('the lock of a state folder', () => {
  it('is a file for this account that names the process, and is gone after the end', async () => {
    const held = await lock();
    expect(holder()).toMatchObject({ pid: process.pid, host: hostname() });
    if (process.platform !== 'win32') expect(statSync(lockFile).mode & 0o777).toBe(0o600);
    held!.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('is refused to a second agent, which is told who has it and what to do', async () => {
    const held = await lock();
    await expect(lock()).rejects.toMatchObject({ code: 'state_folder_in_use', exitCode: 1 });
    await expect(lock()).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} on ${hostname()}, which runs since 20.*--storage\\.path`),
    );
    held!.release();
    (await lock())!.release();
  });

  it.runIf(linux)('of a process that has ended is taken over at once', async () => {
    lockOf({ ...ownIdentity(), pid: await endedPid() });
    const held = await lock();
    expect(holder()).toMatchObject({ pid: process.pid });
    expect([readdirSync(folder), lines]).toEqual([['agent.lock'], []]);
    held!.release();
  });

  it.runIf(linux)('of a process whose id now belongs to another is taken over at once', async () => {
    lockOf({ ...ownIdentity(), pid: runningPid(), started: '1' });
    (await lock())!.release();
    expect(lines).toEqual([]);
  });

  it('on a system that does not tell when a process started is held by a process that renews it', async () => {
    const pid = runningPid();
    lockOf({ pid, host: hostname() });
    const renewal = setInterval(() => lockOf({ pid, host: hostname() }), TIMES.renew);
    await expect(lock()).rejects.toThrow(`process ${pid} on`);
    clearInterval(renewal);
    expect(lines).toEqual(['checking whether the owner of the state folder still runs']);
    // The id was used again by a process that knows nothing of the lock.
    (await lock())!.release();
  });

  it('of another system or container is held as long as it is renewed', async () => {
    const other = { pid: 1, host: 'another-host', world: 'another boot', started: '7' };
    lockOf(other);
    const renewal = setInterval(() => lockOf(other), TIMES.renew);
    await expect(lock()).rejects.toThrow('process 1 on another-host');
    clearInterval(renewal);
    (await lock())!.release();
  });

  it.each(['', '{"pid":', '{"token":"../../etc/passwd"}'])('that is damaged is taken over: %j', async (text) => {
    writeFileSync(lockFile, text);
    const held = await lock();
    expect(holder()).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['agent.lock']);
    held!.release();
  });

  it('that is far larger than a lock is damaged, and its content is not read', async () => {
    writeFileSync(lockFile, '');
    truncateSync(lockFile, 3 * 2 ** 30);
    (await lock())!.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(linux)('of another account, which cannot be read, is held as long as it is renewed', async () => {
    lockOf(ownIdentity());
    // It renews a lock that only its account may read.
    const script = `setInterval(() => fs.utimesSync(process.argv[1], new Date(), new Date()), ${TIMES.renew})`;
    const owner = spawn(process.execPath, ['-e', script, lockFile]);
    children.push(owner);
    const isRoot = process.geteuid?.() === 0;
    const parent = dirname(folder);
    const { mode } = statSync(parent);
    chmodSync(lockFile, isRoot ? 0o600 : 0o000);
    chmodSync(folder, 0o777);
    if (isRoot) chmodSync(parent, mode | 0o011);
    try {
      if (isRoot) process.seteuid?.('nobody');
      await expect(lock()).rejects.toMatchObject({ code: 'state_folder_in_use' });
      owner.kill();
      await once(owner, 'exit');
      (await lock())!.release();
    } finally {
      if (isRoot) process.seteuid?.('root');
      chmodSync(parent, mode);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that another process has taken is noticed, and left to it', async () => {
    const held = await lock();
    lockOf({ pid: 7, host: 'another-host' });
    expect((await held!.lost).message).toContain('process 7 on another-host');
    held!.release();
    expect(holder()).toMatchObject({ pid: 7 });
  });

  it('that somebody has removed is made again', async () => {
    const held = await lock();
    rmSync(lockFile);
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual(['agent.lock']);
    expect(holder()).toMatchObject({ pid: process.pid });
    held!.release();
  });

  it.runIf(linux)('is not read or written through a link', async () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, lockFile);
    await expect(lock()).rejects.toMatchObject({ code: 'state_file_refused' });
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });

  it('cannot be had in a folder that cannot be written: this is logged, and the agent works without', async () => {
    writeFileSync(join(folder, 'file'), '');
    const result = await lockFolder(join(folder, 'file', 'state'), { clock: systemClock, log });
    expect(result).toBeUndefined();
    expect(lines).toEqual(['the state folder cannot be locked: is it writable?']);
  });

  it.runIf(linux)(
    'of an ended process is taken over by one of many at the same time, also where one ended in the middle',
    async () => {
      const module = pathToFileURL(join(import.meta.dirname, '../../dist/state/lock.js')).href;
      // Takes the lock when told to, holds it until standard input ends, and says which it was.
      const script = `
      const { lockFolder } = await import(process.argv[1]);
      const log = { debug() {}, info() {}, warn() {} };
      const clock = { now: () => Date.now(), monotonic: () => performance.now() };
      console.log('ready');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      const lock = await lockFolder(process.argv[2], { clock, log }).catch((error) => error);
      console.log(lock.code ?? 'locked');
      process.stdin.on('end', () => { lock.release?.(); process.exit(0); });`;
      const ended = await endedPid();
      for (let round = 0; round < 6; round++) {
        const place = join(folder, String(round));
        mkdirSync(place);
        const stale = JSON.stringify({ ...ownIdentity(), pid: ended, token: TOKEN, since: '' });
        writeFileSync(join(place, 'agent.lock'), stale);
        if (round % 2 === 1) writeFileSync(join(place, `agent.lock.${TOKEN}.1`), stale);
        const takers = Array.from({ length: 6 }, () => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', script, module, place], {
            stdio: ['pipe', 'pipe', 'inherit'],
          });
          children.push(child);
          let text = '';
          child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          return { child, said: () => text.trim().split('\n') };
        });
        await expect.poll(() => takers.every(({ said }) => said()[0] === 'ready'), { timeout: 60_000 }).toBe(true);
        for (const { child } of takers) child.stdin.write('go\n');
        await expect.poll(() => takers.every(({ said }) => said().length === 2), { timeout: 60_000 }).toBe(true);
        const answers = takers.map(({ said }) => said()[1] ?? '').toSorted();
        expect(answers).toEqual(['locked', ...Array.from({ length: 5 }, () => 'state_folder_in_use')]);
        expect(readdirSync(place)).toEqual(['agent.lock']);
        const ends = takers.map(({ child }) => once(child, 'exit'));
        for (const { child } of takers) child.stdin.end();
        await Promise.all(ends);
        expect(readdirSync(place)).toEqual([]);
      }
    },
  );
});

describe('whether a process runs', () => {
  it('is known on one system, and unknown of another', async () => {
    expect(isRunning(ownIdentity())).toBe(linux ? true : undefined);
    expect(isRunning({ ...ownIdentity(), pid: await endedPid() })).toBe(false);
    expect(isRunning({ pid: process.pid, host: hostname() })).toBeUndefined();
    expect(isRunning({ pid: await endedPid(), host: hostname() })).toBe(false);
    expect(isRunning({ ...ownIdentity(), host: 'other', world: 'other' })).toBeUndefined();
  });
});
