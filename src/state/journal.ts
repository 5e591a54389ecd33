import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { JournalEvent } from '../report/events.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { unixMilliseconds } from '../unix-time.ts';
import { whileHeldSync } from './held-file.ts';
import { parseJson } from './parse-json.ts';
import type { Saves } from './saves.ts';
import { makeStateFolder, openStateFile, stateFileExists } from './state-file.ts';

/** The version of a journal line that this agent writes and the newest that it reads. */
const JOURNAL_SCHEMA = 1;

const line = z.object({
  schema: z.number().int(),
  at: unixMilliseconds,
  kind: z.enum(['vnic_path', 'vm_state', 'nic_state', 'host_iov', 'vswitch_iov', 'vf_pool', 'vnic_gone', 'vnic_seen']),
  subject: z.string(),
  names: z.object({
    vm: z.string().optional(),
    vmId: z.string().optional(),
    vnic: z.string().optional(),
    nic: z.string().optional(),
    vswitch: z.string().optional(),
  }),
  before: z.string(),
  after: z.string(),
  reason: z.string().optional(),
  text: z.string(),
});

export interface JournalOptions {
  /** undefined: memory only */
  readonly folder: string | undefined;
  /** A file is rotated when it would grow beyond this; one former file is kept. */
  readonly maxFileBytes?: number;
  /** Events kept in memory to answer from */
  readonly maxEvents?: number;
  /** The file is closed after so long without an event, milliseconds: the hosts of a fleet are not as many open files */
  readonly idleMs?: number;
  readonly log: Pick<Log, 'warn'>;
  /** Where it reports that it cannot be written */
  readonly saves: Pick<Saves, 'failed' | 'succeeded'>;
}

export interface EventQuery {
  /** Unix milliseconds: only later events */
  readonly since?: number | undefined;
  /** Name or id of a VM */
  readonly vm?: string | undefined;
  /** The newest so many; all are sorted oldest first */
  readonly limit: number;
}

export interface Journal {
  /**
   * Written through before it returns; where that fails, which is reported, the events are kept in memory and written by
   * a later call, be it without events.
   */
  append(events: readonly JournalEvent[]): void;
  events(query: EventQuery): readonly JournalEvent[];
  /** Events since the start of this process */
  total(): number;
  writable(): boolean;
  close(): void;
}

const CURRENT = 'journal.jsonl';
const FORMER = 'journal.1.jsonl';
/** Not opened to append: Windows refuses to shorten such a file, which takes back a line that was written in part. */
const READ_AND_WRITE = constants.O_RDWR | constants.O_CREAT;

/**
 * Every change of a path, a pool, a host or a NIC, as JSON lines on disk. A line is written by one write at the end of
 * the file, so that a crash can tear the last line only: a torn line is skipped when read and reported once.
 */
export function openJournal(options: JournalOptions): Journal {
  const maxFileBytes = options.maxFileBytes ?? 16 * 1024 * 1024;
  const maxEvents = options.maxEvents ?? 10_000;
  const idleMs = options.idleMs ?? 60_000;
  let recent: JournalEvent[] = [];
  let total = 0;
  let file: number | undefined;
  let idle: NodeJS.Timeout | undefined;
  let size = 0;
  let rotateAt = maxFileBytes;
  let failing = false;
  /** What could not be written yet, the newest `maxEvents` of it */
  let unwritten: readonly JournalEvent[] = [];

  const open = (folder: string): void => {
    makeStateFolder(folder);
    file = openStateFile(join(folder, CURRENT), READ_AND_WRITE);
    size = fstatSync(file).size;
    if (size > 0 && !endsWithNewline(file, size)) size += writeSync(file, '\n', size);
  };
  const closeWhenIdle = (): void => {
    clearTimeout(idle);
    idle = setTimeout(closeFile, idleMs).unref();
  };
  const fail = (error: unknown): void => {
    options.saves.failed('journal', options.folder ?? '', error);
    failing = true;
    closeFile();
  };
  /** All or nothing: of a disk that has become full part of it may have been taken. */
  const write = (events: readonly JournalEvent[], folder: string): void => {
    const text = events.map((event) => `${JSON.stringify({ schema: JOURNAL_SCHEMA, ...event })}\n`).join('');
    if (file !== undefined && !isInFolder(file, folder)) {
      options.log.warn({ file: CURRENT }, 'the journal was removed or replaced: a new file is begun');
      closeFile();
    }
    // A folder that was full or read-only may be writable again.
    if (file === undefined) open(folder);
    if (size > 0 && size + Buffer.byteLength(text) > rotateAt) rotate(folder);
    if (file === undefined) return;
    try {
      size += writeWhole(file, Buffer.from(text), size);
    } catch (error) {
      if (fstatSync(file).isFile()) ftruncateSync(file, size);
      throw error;
    }
  };
  const closeFile = (): void => {
    clearTimeout(idle);
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  /** Where the file cannot be renamed it is written on, and the rotation is tried again after another tenth. */
  const rotate = (folder: string): void => {
    closeFile();
    try {
      renameSync(join(folder, CURRENT), join(folder, FORMER));
      rotateAt = maxFileBytes;
    } catch (error) {
      if (rotateAt === maxFileBytes)
        options.log.warn(
          { error: errorText(error), file: CURRENT },
          'the journal could not be rotated and grows until it can: another program may have it open',
        );
      rotateAt = size + maxFileBytes / 10;
    }
    open(folder);
  };

  if (options.folder !== undefined) {
    const { folder } = options;
    try {
      for (const name of [FORMER, CURRENT]) {
        const { events, torn } = whileHeldSync(() => readJournalFile(join(folder, name), maxEvents));
        recent = recent.concat(events).slice(-maxEvents);
        if (torn > 0) options.log.warn({ file: name, lines: torn }, 'unreadable lines of the journal were skipped');
      }
      // Whether it can be written is known from the start.
      whileHeldSync(() => open(folder));
      closeFile();
    } catch (error) {
      fail(error);
    }
  }

  return {
    append(events) {
      const due = [...unwritten, ...events];
      if (due.length === 0) return;
      total += events.length;
      recent = [...recent, ...events].slice(-maxEvents);
      const { folder } = options;
      if (folder === undefined) return;
      try {
        write(due, folder);
        closeWhenIdle();
        unwritten = [];
        if (failing) options.saves.succeeded('journal', folder);
        failing = false;
      } catch (error) {
        unwritten = due.slice(-maxEvents);
        fail(error);
      }
    },
    events: ({ since, vm, limit }) =>
      recent
        .filter(
          (event) =>
            (since === undefined || event.at > since) &&
            (vm === undefined || event.names.vm === vm || event.names.vmId === vm || event.subject === vm),
        )
        .slice(-limit),
    total: () => total,
    writable: () => options.folder === undefined || !failing,
    close() {
      if (file !== undefined) fsyncSync(file);
      closeFile();
    },
  };
}

/** Whether an open journal is still the one in its folder. What is written to a removed file is lost. */
const isInFolder = (file: number, folder: string): boolean =>
  lstatSync(join(folder, CURRENT), { throwIfNoEntry: false })?.ino === fstatSync(file).ino;

/** A file that this agent wrote is far smaller: of another the end is read. */
const MAX_READ = 64 * 1024 * 1024;
/** As much as some thousand events take: a start need not go through all that is kept. */
const FIRST_READ = 1024 * 1024;

/**
 * The newest `last` events of a journal file, oldest first; `torn` counts lines among them that could not be read. A
 * missing file is empty.
 * @throws as openStateFile
 */
export function readJournalFile(
  path: string,
  last = Number.POSITIVE_INFINITY,
): { readonly events: readonly JournalEvent[]; readonly torn: number } {
  const events = newestRows(path, last).map(parseLine);
  const good = events.filter((event) => event !== undefined);
  return { events: good, torn: events.length - good.length };
}

/** Reads from the end, ever more, until there are so many lines. */
function newestRows(path: string, last: number): readonly string[] {
  if (!stateFileExists(path)) return [];
  const file = openStateFile(path, constants.O_RDONLY);
  try {
    const { size } = fstatSync(file);
    const most = Math.min(size, MAX_READ);
    for (let length = Math.min(most, FIRST_READ); ; length = Math.min(most, length * 4)) {
      const rows = readRows(file, size - length, length);
      if (rows.length >= last || length === most) return rows.slice(-last);
    }
  } finally {
    closeSync(file);
  }
}

/** The whole lines of a piece of a file. */
function readRows(file: number, from: number, length: number): readonly string[] {
  const bytes = Buffer.alloc(length);
  const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, length, from));
  const whole = from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  return whole.split('\n').filter((row) => row !== '');
}

function parseLine(row: string): JournalEvent | undefined {
  let json: unknown;
  try {
    json = parseJson(row);
  } catch {
    return undefined;
  }
  const parsed = line.safeParse(json);
  if (!parsed.success || parsed.data.schema > JOURNAL_SCHEMA) return undefined;
  const { schema: _schema, ...event } = parsed.data;
  return event;
}

/** Writes at a position. A disk that has become full may take a part only: the rest then throws. */
function writeWhole(file: number, bytes: Buffer, position: number): number {
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at, position + at);
  return bytes.length;
}

function endsWithNewline(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}
