import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { errorText, OperationalError } from '../errors.ts';
import { createRepeater, type Log } from '../log.ts';
import { visible } from '../text/visible.ts';
import { whileHeldSync } from './held-file.ts';
import { isRunning, ownIdentity, processIdentity } from './process-identity.ts';
import { createStateFile, makeStateFolder, stateFileExists } from './state-file.ts';

const FILE = 'agent.lock';

/** How often a lock is renewed, and how long one may go without it, for owners that cannot be looked up. Milliseconds. */
export interface LockTimes {
  readonly renew: number;
  readonly stale: number;
}
const TIMES: LockTimes = { renew: 5_000, stale: 15_000 };
/** A process that takes over a stale lock needs some milliseconds. */
const RETRY_MS = 50;
const MAX_TRIES = 100;
/** A lock has some 300 bytes. */
const MAX_BYTES = 4096;
/** Errors for a file of another account; on Windows also for one that another program has open */
const UNREADABLE: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EBUSY']);
const NO_TOKEN = 'unreadable';

const content = processIdentity.extend({
  /** Distinguishes this lock from every other one */
  token: z.string().regex(/^[0-9a-f-]{36}$/),
  /** Since when the owner runs, for people */
  since: z.string().max(40),
});
type Owner = z.infer<typeof content>;

/** A lock file as it was read. */
interface Found {
  /** Undefined while the file is being written, and if it is damaged or cannot be read */
  readonly owner: Owner | undefined;
  readonly token: string;
  readonly renewed: number;
  /** Whether this account may read it */
  readonly isReadable: boolean;
}

export interface FolderLock {
  /** Resolves with an error when another process has taken the lock. */
  readonly lost: Promise<OperationalError>;
  release(): void;
}

/**
 * Makes this process the only agent that uses a state folder, by a file that names it. The file of a process that has
 * ended is taken over. Where the owner cannot be looked up (another system or container, an id that may have been used
 * again, a lock of another account), the lock counts as held as long as it is renewed.
 * @returns undefined if the folder cannot be written; this is logged
 * @throws OperationalError `state_folder_in_use`, which names the other process; `state_file_refused`
 */
export async function lockFolder(
  folder: string,
  options: { readonly clock: Clock; readonly log: Pick<Log, 'debug' | 'info' | 'warn'>; readonly times?: LockTimes },
): Promise<FolderLock | undefined> {
  const { clock, log, times = TIMES } = options;
  const path = join(folder, FILE);
  const self: Owner = { ...ownIdentity(), token: randomUUID(), since: new Date(clock.now()).toISOString() };
  try {
    makeStateFolder(folder);
    await acquire(path, self, times, () =>
      log.info({ folder, seconds: times.stale / 1000 }, 'checking whether the owner of the state folder still runs'),
    );
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    log.warn({ folder, error: errorText(error) }, 'the state folder cannot be locked: is it writable?');
    return undefined;
  }

  const repeater = createRepeater(log);
  let lose: (error: OperationalError) => void = () => undefined;
  const lost = new Promise<OperationalError>((resolve) => {
    lose = resolve;
  });
  const renew = (): void => {
    try {
      const found = readLock(path, (read) => read());
      if (found === undefined) createStateFile(path, JSON.stringify(self));
      else if (!found.isReadable) throw new Error(`${path} cannot be read`);
      else if (found.token !== self.token) lose(inUse(folder, found.owner));
      else touch(path, clock);
      repeater.ended('lock', { folder }, 'the lock of the state folder is renewed again');
    } catch (error) {
      repeater.failed('lock', { folder, error: errorText(error) }, 'the lock of the state folder cannot be renewed');
    }
  };
  const timer = setInterval(renew, times.renew).unref();
  return {
    lost,
    release() {
      clearInterval(timer);
      try {
        if (readLock(path)?.token === self.token) whileHeldSync(() => rmSync(path, { force: true }));
      } catch (error) {
        // The next agent finds that this process has ended.
        log.debug({ folder, error: errorText(error) }, 'the lock of the state folder cannot be removed');
      }
    },
  };
}

/** Sets the time of the file, which only has to differ from the one before. */
function touch(path: string, clock: Clock): void {
  const now = new Date(clock.now());
  utimesSync(path, now, now);
}

async function acquire(path: string, self: Owner, times: LockTimes, onWait: () => void): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (whileHeldSync(() => createStateFile(path, JSON.stringify(self)))) return;
    const found = readLock(path);
    if (found === undefined) continue;
    if (await isHeld(path, found, times, onWait)) throw inUse(dirname(path), (readLock(path) ?? found).owner);
    if (await takeOver(path, found, self, times)) return;
    await sleep(RETRY_MS);
  }
  throw inUse(dirname(path), readLock(path)?.owner);
}

/**
 * Replaces a stale lock. Each of several processes may have found it stale, at different times: the right to replace the
 * lock with this token belongs to the one that creates a further file, named after the token. It then looks whether the
 * lock is still that one. If a process ends with the right in its hands, the file of the next number has it.
 * @returns false if another process was faster
 */
async function takeOver(path: string, stale: Found, self: Owner, times: LockTimes): Promise<boolean> {
  const rights: string[] = [];
  for (let number = 1; number < MAX_TRIES; number++) {
    const right = `${path}.${stale.token}.${number}`;
    rights.push(right);
    if (createStateFile(right, JSON.stringify(self))) {
      const isOurs = readLock(path)?.token === stale.token;
      if (isOurs) whileHeldSync(() => renameSync(right, path));
      for (const each of rights) rmSync(each, { force: true });
      return isOurs;
    }
    const other = readLock(right);
    if (other === undefined || (await isHeld(right, other, times))) return false;
  }
  return false;
}

async function isHeld(path: string, found: Found, times: LockTimes, onWait?: () => void): Promise<boolean> {
  const running = found.owner && isRunning(found.owner);
  if (running !== undefined) return running;
  onWait?.();
  const step = Math.min(1000, times.renew / 2);
  for (let waited = 0; waited < times.stale; waited += step) {
    await sleep(step);
    const now = readLock(path);
    if (now === undefined) return false;
    if (now.token !== found.token || now.renewed !== found.renewed) return true;
  }
  return false;
}

/**
 * @param attempt reads; by default for a second, where another program has the file open
 * @throws OperationalError `state_file_refused` if it is a link or no file
 */
function readLock(path: string, attempt: <T>(read: () => T) => T = whileHeldSync): Found | undefined {
  try {
    if (!stateFileExists(path)) return undefined;
    const { mtimeMs, size } = statSync(path);
    const about = { renewed: mtimeMs, isReadable: true };
    try {
      const parsed = content.safeParse(
        size > MAX_BYTES ? undefined : jsonOf(attempt(() => readFileSync(path, 'utf8'))),
      );
      const owner = parsed.success ? parsed.data : undefined;
      return { ...about, owner, token: owner?.token ?? NO_TOKEN };
    } catch (error) {
      if (!UNREADABLE.has(codeOf(error))) throw error;
      return { ...about, owner: undefined, token: NO_TOKEN, isReadable: false };
    }
  } catch (error) {
    // Its owner has just removed it.
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inUse(folder: string, owner: Owner | undefined): OperationalError {
  const by =
    owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}, which runs since ${owner.since}`;
  return new OperationalError(
    'state_folder_in_use',
    visible(
      `the state folder ${folder} is in use by ${by}. Two agents must not share a state folder: stop that process, or give this one another folder with --storage.path`,
    ),
  );
}
