import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseDocument } from '../../../src/document/parse.ts';
import { OperationalError } from '../../../src/errors.ts';
import { withTransitions } from '../../../src/history/persist.ts';
import type { JournalEvent } from '../../../src/report/events.ts';
import { readHistory } from '../../../src/state/history-file.ts';
import { readJsonFile } from '../../../src/state/json-file.ts';
import { openDiscovery, readFoundNodes } from '../../../src/fleet/discovery.ts';
import { isoTime } from '../../../src/http/route.ts';
import { openJournal } from '../../../src/state/journal.ts';
import { createSaves } from '../../../src/state/saves.ts';
import { readTrends, writeTrends } from '../../../src/state/trend-file.ts';
import { createTrends } from '../../../src/trend/trends.ts';
import { alertsOf } from '../alerting.ts';
import { HOSTILE_TEXTS, mutateBytes, mutated, mutateJson, mutateText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { documentSeeds, fixtureText, NOON } from '../seeds.ts';
import { openServer, viewOf } from '../served.ts';
import { declared, invariant, type Surface } from '../surface.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const parsed = () => (documentSeeds()[0] ?? []).map(parseDocument);

/** Bytes of a JSON text: mostly the text of a changed value, else changed bytes. */
function jsonBytes(values: readonly unknown[], random: Random): Buffer {
  const value = random.pick(values);
  if (random.chance(0.8)) return Buffer.from(JSON.stringify(mutated(value, random, 8, mutateJson)) ?? '');
  return mutated(Buffer.from(JSON.stringify(value)), random, 4, mutateBytes);
}

const EVENT: JournalEvent = {
  at: NOON - 60_000,
  kind: 'vnic_path',
  subject: '11111111-0000-4000-8000-00000000000a',
  names: { vm: 'web07', vmId: '11111111-0000-4000-8000-000000000001', vnic: 'Network Adapter', vswitch: 'LAN' },
  before: 'vf',
  after: 'synthetic',
  reason: 'vf_pool_exhausted',
  text: '`web07` lost its VF as `sql02` started; pool 62 of 62',
};
const KINDS = ['vnic_path', 'vm_state', 'nic_state', 'host_iov', 'vswitch_iov', 'vf_pool', 'vnic_gone', 'vnic_seen'];

/** The two files of the journal, and what is made of their events. */
export async function journal(folder: string): Promise<Surface> {
  const server = await openServer();
  const view = viewOf(parsed());
  const lines = KINDS.map((kind, index) => ({ schema: 1, ...EVENT, kind, at: EVENT.at + index }));
  const fileOf = (random: Random): Buffer => {
    const rows = Array.from({ length: random.below(9) }, () => jsonBytes(lines, random).toString('utf8'));
    return mutated(Buffer.from(rows.map((row) => `${row}\n`).join('')), random, 2, mutateBytes);
  };
  return {
    name: 'journal',
    make(random) {
      const [former, current] = [fileOf(random), fileOf(random)];
      const added = { ...EVENT, text: random.pick(HOSTILE_TEXTS).toWellFormed(), at: NOON };
      return {
        input: { former: former.toString('latin1'), current: current.toString('latin1') },
        async check() {
          writeFileSync(join(folder, 'journal.1.jsonl'), former);
          writeFileSync(join(folder, 'journal.jsonl'), current);
          const open = () => openJournal({ folder, log: quiet, saves: createSaves(quiet) });
          const first = open();
          const before = first.events({ limit: 10_000 });
          first.append([added]);
          invariant(first.writable(), 'the journal cannot be written');
          first.close();
          const second = open();
          const events = second.events({ limit: 10_000 });
          second.close();
          const newest = events.at(-1);
          invariant(JSON.stringify(newest) === JSON.stringify(added), 'an event that was written is not read again');
          invariant(events.length === before.length + 1, `${before.length} events became ${events.length}`);
          withTransitions({ ...(await readHistory(folder, NOON)).history, takenAt: 1 }, events);
          if (random.chance(0.25)) await server.look({ view, events }, random);
          return before.length > 0 ? 'accepted' : 'refused';
        },
      };
    },
    close: () => server.close(),
  };
}

/** The saved history, continued by the next documents. */
export async function history(folder: string): Promise<Surface> {
  const server = await openServer();
  const documents = parsed();
  const { vnics, vms, nics } = viewOf(documents).tracked.host;
  const saved = {
    ...(JSON.parse(fixtureText('history/schema-1.json')) as object),
    takenAt: NOON - 120_000,
    vnics: vnics.map(({ id }) => ({ id, path: 'vf', since: NOON - 600_000, seen: true, lastOnVf: NOON - 120_000 })),
    vms: vms.map(({ id }) => ({ id, arrived: NOON - 130_000 })),
    nics: nics.map(({ description }) => ({ description, restarted: NOON - 140_000 })),
  };
  return {
    name: 'history',
    make(random) {
      const bytes = jsonBytes([saved], random);
      return {
        input: bytes.toString('latin1'),
        async check() {
          writeFileSync(join(folder, 'history.json'), bytes);
          const { history: read, error } = await readHistory(folder, NOON);
          invariant(error === undefined || error.length < 2000, 'an endless message');
          const view = viewOf(documents, read);
          for (const { since } of view.tracked.vnics.values())
            invariant(since === undefined || (since >= 0 && since <= NOON), `since ${since}`);
          if (random.chance(0.25)) await server.look({ view }, random);
          return read.takenAt === undefined ? 'refused' : 'accepted';
        },
      };
    },
    close: () => server.close(),
  };
}

/** The saved state of the agent's alerts, through to what is sent and shown. */
export async function alertState(folder: string): Promise<Surface> {
  const server = await openServer();
  const view = viewOf(parsed());
  const files = [1, 2].map((schema) => JSON.parse(fixtureText(`alert-state/schema-${schema}.json`)) as object);
  const seeds = files.map((file) => ({ ...file, at: NOON / 1000 - 300 }));
  return {
    name: 'alerts',
    make(random) {
      const bytes = jsonBytes(seeds, random);
      return {
        input: bytes.toString('latin1'),
        async check() {
          let refused = false;
          writeFileSync(join(folder, 'alerts.json'), bytes);
          // As the agent does: a file that is not JSON is logged and not used.
          const saved = await readJsonFile(folder, 'alerts.json').catch(() => void (refused = true));
          const { alerts, used } = await alertsOf(view, saved);
          if (random.chance(0.25)) await server.look({ view, alerts }, random);
          return refused || !used ? 'refused' : 'accepted';
        },
      };
    },
    close: () => server.close(),
  };
}

const HEADER_END = 0x0a;

/** The saved values of the charts, drawn on a page. */
export async function trends(folder: string): Promise<Surface> {
  const server = await openServer();
  const view = viewOf(parsed());
  const recorded = createTrends();
  for (let minute = 30; minute >= 0; minute -= 1) recorded.observe({ ...view.tracked, now: NOON - minute * 60_000 });
  await writeTrends(folder, recorded.save());
  const file = join(folder, 'trends.gz');
  const packed = readFileSync(file);
  const content = gunzipSync(packed);
  const end = content.indexOf(HEADER_END);
  const header: unknown = JSON.parse(content.toString('utf8', 0, end));
  const numbers = content.subarray(end + 1);
  const fileOf = (random: Random): Buffer => {
    if (random.chance(0.1)) return mutated(packed, random, 3, mutateBytes);
    const text = random.chance(0.7)
      ? JSON.stringify(mutated(header, random, 3, mutateJson))
      : mutated(JSON.stringify(header), random, 3, (former, by) => mutateText(former, by, HOSTILE_TEXTS));
    const changed = random.chance(0.5) ? numbers : mutated(numbers, random, 6, mutateBytes);
    return gzipSync(Buffer.concat([Buffer.from(`${text}\n`), changed]), { level: 1 });
  };
  return {
    name: 'trends',
    make(random) {
      const bytes = fileOf(random);
      return {
        input: bytes.toString('base64'),
        async check() {
          writeFileSync(file, bytes);
          const read = await declared(
            [OperationalError],
            () => readTrends(folder),
            (fault) => invariant((fault as OperationalError).code === 'trends_invalid', 'not the code of the file'),
          );
          if (read?.result === undefined) return 'refused';
          const restored = createTrends();
          restored.restore(read.result, NOON);
          invariant(restored.bytes() < 64 * 1024 * 1024, `${restored.bytes()} bytes of values`);
          if (random.chance(0.5)) await server.look({ view, trends: restored }, random);
          return 'accepted';
        },
      };
    },
    close: () => server.close(),
  };
}

/** The cluster nodes that a collector has found and saved. */
export function foundNodes(folder: string): Surface {
  const nodes = ['hv01', 'hv02'].map((name) => ({ cluster: 'c1', name, lastSeen: NOON - 60_000 }));
  return {
    name: 'found-nodes',
    make(random) {
      const bytes = jsonBytes([{ schema: 1, nodes }], random);
      return {
        input: bytes.toString('latin1'),
        async check() {
          writeFileSync(join(folder, 'discovered.json'), bytes);
          const read = await declared([OperationalError], () => readFoundNodes(folder));
          for (const { lastSeen } of read?.result ?? []) isoTime(lastSeen);
          const clock = { now: () => NOON, monotonic: () => 0 };
          const discovery = await openDiscovery(folder, clock, quiet, createSaves(quiet));
          discovery.observe('c1', [{ name: 'HV03', state: 'up' }]);
          invariant(
            discovery.nodes().some(({ name }) => name === 'hv03'),
            'a node that a seed names is not found',
          );
          await discovery.save();
          const again = await readFoundNodes(folder);
          invariant(again.length === discovery.nodes().length, 'what was saved is not read again');
          return read === undefined ? 'refused' : 'accepted';
        },
      };
    },
  };
}
