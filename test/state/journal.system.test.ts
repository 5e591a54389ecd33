import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../src/report/events.ts';
import { openJournal, readJournalFile } from '../../src/state/journal.ts';
import { createSaves, type Saves } from '../../src/state/saves.ts';

const event = (at: number, vm = 'web07'): JournalEvent => ({
  at,
  kind: 'vnic_path',
  subject: `vnic-of-${vm}`,
  names: { vm, vnic: 'Network Adapter' },
  before: 'vf',
  after: 'synthetic',
  reason: 'vf_pool_exhausted',
  text: `\`${vm}\` lost its VF`,
});

let folder: string;
const warnings: string[] = [];
const log = { warn: (_: unknown, message: string) => void warnings.push(message), info() {} };
let saves: Saves;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal ü '));
  warnings.length = 0;
  saves = createSaves(log);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Descriptors of this process for the journal of a folder */
function openFiles(of: string): readonly string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === join(of, 'journal.jsonl');
    } catch {
      return false;
    }
  });
}

describe('journal', () => {
  it('returns what was written, also after a restart', () => {
    const journal = openJournal({ saves, folder, log });
    journal.append([event(1), event(2, 'sql02')]);
    journal.append([event(3)]);
    journal.close();

    const again = openJournal({ saves, folder, log });
    expect(again.events({ limit: 10 })).toEqual([event(1), event(2, 'sql02'), event(3)]);
    expect(again.events({ limit: 10, since: 1, vm: 'web07' })).toEqual([event(3)]);
    expect(again.events({ limit: 1 })).toEqual([event(3)]);
    expect(again.total()).toBe(0);
    again.close();
    expect(warnings).toEqual([]);
  });

  it('skips a torn last line, logs it, and continues on a new line', () => {
    const journal = openJournal({ saves, folder, log });
    journal.append([event(1)]);
    journal.close();
    appendFileSync(join(folder, 'journal.jsonl'), '{"schema":1,"at":2,"ki');

    const again = openJournal({ saves, folder, log });
    again.append([event(3)]);
    again.close();
    expect(warnings).toEqual(['unreadable lines of the journal were skipped']);
    expect(readJournalFile(join(folder, 'journal.jsonl'))).toEqual({ events: [event(1), event(3)], torn: 1 });
  });

  it('skips an event whose time no Date holds', () => {
    const lines = [1, -1, 8.7e15, 1e300].map((at) => `${JSON.stringify({ schema: 1, ...event(1), at })}\n`);
    writeFileSync(join(folder, 'journal.jsonl'), lines.join(''));
    expect(readJournalFile(join(folder, 'journal.jsonl'))).toEqual({ events: [event(1)], torn: 3 });
  });

  it('rotates by size and keeps one previous file', () => {
    const journal = openJournal({ saves, folder, log, maxFileBytes: 2000 });
    for (let at = 0; at < 100; at++) journal.append([event(at)]);
    journal.close();
    expect(readdirSync(folder).sort()).toEqual(['journal.1.jsonl', 'journal.jsonl']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(2000);
    const kept = openJournal({ saves, folder, log }).events({ limit: 1000 });
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.at(-1)).toEqual(event(99));
  });

  it('keeps writing to a file that cannot be rotated, with one warning, and rotates it once possible', () => {
    // A folder in the place of the former file cannot be replaced, as a file that another program has open on Windows.
    const former = join(folder, 'journal.1.jsonl');
    const journal = openJournal({ saves, folder, log, maxFileBytes: 2000 });
    journal.append([event(0)]);
    mkdirSync(join(former, 'x'), { recursive: true });
    let at = 1;
    for (; at < 20; at++) journal.append([event(at)]);
    expect(warnings).toEqual([
      'the journal could not be rotated and grows until it can: another program may have it open',
    ]);
    expect(journal.writable()).toBe(true);
    expect(readJournalFile(join(folder, 'journal.jsonl')).events).toHaveLength(20);
    rmSync(former, { recursive: true });
    for (; at < 25; at++) journal.append([event(at)]);
    journal.close();
    const lines = [former, join(folder, 'journal.jsonl')].map((name) => readJournalFile(name).events);
    expect(lines.flat().map((each) => each.at)).toEqual([...Array(25).keys()]);
    expect(lines[0]!.length).toBeGreaterThan(15);
    expect(warnings).toHaveLength(1);
  });

  // Windows refuses to shorten a file that is opened to append.
  it.runIf(process.platform === 'linux')('is not opened to append', () => {
    const journal = openJournal({ saves, folder, log });
    journal.append([event(1)]);
    const flags = openFiles(folder).map((fd) =>
      Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8),
    );
    journal.close();
    expect(flags.map((each) => each & constants.O_APPEND)).toEqual([0]);
  });

  it.runIf(process.platform === 'linux')(
    'is an open file only while it is written: a thousand hosts are not',
    async () => {
      const folders = Array.from({ length: 1000 }, (_, index) => join(folder, `hv${index}`));
      const journals = folders.map((each) => openJournal({ saves, folder: each, log, idleMs: 50 }));
      expect(folders.flatMap(openFiles)).toEqual([]);
      for (const journal of journals.slice(0, 3)) journal.append([event(1)]);
      expect(folders.flatMap(openFiles)).toHaveLength(3);
      await vi.waitFor(() => expect(folders.flatMap(openFiles)).toEqual([]), 60_000);
      journals[0]?.append([event(2)]);
      for (const journal of journals) journal.close();
      expect(readJournalFile(join(folder, 'hv0', 'journal.jsonl')).events.map(({ at }) => at)).toEqual([1, 2]);
    },
  );

  // Windows removes no folder that has an open file.
  it.skipIf(process.platform === 'win32').each([
    ['removed with its folder', () => rmSync(folder, { recursive: true })],
    ['replaced', () => renameSync(join(folder, 'journal.jsonl'), join(folder, 'elsewhere.jsonl'))],
  ])('is begun again where it was %s while it was open, with one warning', (_, remove) => {
    const journal = openJournal({ saves, folder, log });
    journal.append([event(1)]);
    remove();
    journal.append([event(2)]);
    journal.append([event(3)]);
    journal.close();
    expect(readJournalFile(join(folder, 'journal.jsonl')).events).toEqual([event(2), event(3)]);
    expect(warnings).toEqual(['the journal was removed or replaced: a new file is begun']);
  });

  it('keeps a bounded number of events in memory', () => {
    const journal = openJournal({ saves, folder: undefined, log, maxEvents: 3 });
    for (let at = 0; at < 10; at++) journal.append([event(at)]);
    expect(journal.events({ limit: 100 }).map(({ at }) => at)).toEqual([7, 8, 9]);
    expect(journal.total()).toBe(10);
    expect(journal.writable()).toBe(true);
  });

  it('works in memory if the folder cannot be written, with one warning', () => {
    // A file where the folder should be fails for root too, as a read-only folder does for others.
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o400);
    const journal = openJournal({ saves, folder: join(blocked, 'state'), log });
    journal.append([event(1)]);
    journal.append([event(2)]);
    expect(journal.events({ limit: 10 })).toEqual([event(1), event(2)]);
    expect(journal.writable()).toBe(false);
    expect(warnings).toEqual(['the journal cannot be written, events are kept in memory until it can']);
  });

  // A link, which is not followed, stands for whatever keeps the file from being written.
  it.skipIf(process.platform === 'win32')(
    'works in memory while it cannot be written, and writes the events afterwards',
    () => {
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'journal.jsonl'));
      const journal = openJournal({ saves, folder, log });
      journal.append([event(1)]);
      journal.append([event(2)]);
      expect(journal.events({ limit: 10 })).toEqual([event(1), event(2)]);
      expect([journal.writable(), warnings.length]).toEqual([false, 1]);
      rmSync(join(folder, 'journal.jsonl'));
      // As at each poll, be there news or not.
      journal.append([]);
      expect(journal.writable()).toBe(true);
      journal.append([event(3)]);
      journal.close();
      expect(readJournalFile(join(folder, 'journal.jsonl')).events).toEqual([event(1), event(2), event(3)]);
    },
  );

  // A limit on a file's size stands for a disk that becomes full in the middle of a write.
  it.skipIf(process.platform === 'win32')('leaves no partial line of what did not fit, and no line twice', async () => {
    const script = `
      const { openJournal } = await import(process.argv[1]);
      const { renameSync } = await import('node:fs');
      const folder = process.argv[2];
      const journal = openJournal({ folder, log: { warn() {} }, saves: { failed() {}, succeeded() {} } });
      const append = (at) => journal.append([0, 1, 2].map((i) => ({ at: at + i, kind: 'vnic_gone', subject: 'x', names: {}, before: '', after: '', text: 'y'.repeat(900) })));
      let at = 0;
      for (; journal.writable() && at < 300; at += 3) append(at);
      const full = at;
      append(at);
      renameSync(folder + '/journal.jsonl', folder + '/full.jsonl');
      append(at + 3);
      journal.close();
      console.log(JSON.stringify([full, at + 6]));`;
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/state/journal.js')).href;
    const limited = `trap '' XFSZ; ulimit -f 100; exec "$0" --input-type=module -e "$@"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, script, module, folder]);
    const [full = 0, all = 0] = JSON.parse(stdout) as number[];
    expect(full).toBeLessThan(300);
    const lines = ['full.jsonl', 'journal.jsonl'].map((name) => readJournalFile(join(folder, name)));
    expect(lines.map(({ events, torn }) => [events.length, torn])).toEqual([
      [full - 3, 0],
      [all - full + 3, 0],
    ]);
    expect(lines.flatMap(({ events }) => events.map(({ at }) => at))).toEqual([...Array(all).keys()]);
    expect(readFileSync(join(folder, 'full.jsonl'), 'utf8')).toMatch(/}\n$/);
  });

  it('recovers from a crash in the middle of a rotation', () => {
    const journal = openJournal({ saves, folder, log, maxFileBytes: 2000 });
    for (let at = 0; at < 20; at++) journal.append([event(at)]);
    journal.close();
    rmSync(join(folder, 'journal.jsonl'));
    const again = openJournal({ saves, folder, log, maxFileBytes: 2000 });
    again.append([event(20)]);
    expect(again.events({ limit: 100 }).at(-1)).toEqual(event(20));
    expect(again.events({ limit: 100 }).length).toBeGreaterThan(5);
    again.close();
    expect(warnings).toEqual([]);
  });

  it('refuses lines of a newer schema, one by one', () => {
    writeFileSync(
      join(folder, 'journal.jsonl'),
      `${JSON.stringify({ schema: 2, ...event(1) })}\n${JSON.stringify({ schema: 1, ...event(2) })}\n`,
    );
    expect(readJournalFile(join(folder, 'journal.jsonl'))).toEqual({ events: [event(2)], torn: 1 });
  });

  it('loses nothing but the torn last line in 50 kills', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/state/journal.js')).href;
    const writer = join(import.meta.dirname, '../support/journal-writer.mjs');
    const acknowledged = new Set<number>();
    let next = 0;
    for (let kill = 0; kill < 50; kill++) {
      const child = spawn(process.execPath, [writer, module, folder, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const goal = 2000 + ((kill * 7919) % 991);
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > goal * 0.7) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const upTo = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
      expect(upTo).toBeGreaterThan(next);
      for (let n = next; n < upTo; n++) acknowledged.add(n);
      // What was written but not acknowledged may be there or not.
      next = upTo + 1000;
    }
    expect(acknowledged.size).toBeGreaterThan(100_000);
    const { events, torn } = readJournalFile(join(folder, 'journal.jsonl'));
    const found = new Set(events.map(({ at }) => at));
    expect([...acknowledged].filter((n) => !found.has(n))).toEqual([]);
    expect(torn).toBeLessThanOrEqual(50);
    expect(readFileSync(join(folder, 'journal.jsonl')).length).toBeGreaterThan(1_000_000);
  });
});
