import { fileURLToPath } from 'node:url';
import { alertStateFromJson, alertStateToJson } from '../../src/alerting/state.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { openDiscovery, readFoundNodes } from '../../src/fleet/discovery.ts';
import { historyFromJson } from '../../src/history/persist.ts';
import { readHistory, writeHistory } from '../../src/state/history-file.ts';
import { readJsonFile, writeJsonFile } from '../../src/state/json-file.ts';
import { createSaves } from '../../src/state/saves.ts';
import { readTrends, writeTrends } from '../../src/state/trend-file.ts';
import { mapRings, type SavedTrends, TREND_SHAPES } from '../../src/trend/trends.ts';

/** Time of save 0, Unix milliseconds; each save is a second later */
const STARTED = Date.UTC(2026, 4, 4);
const VNICS = 2000;
const ALERTS = 1000;
const NODES = 64;
export const FILES = ['history.json', 'trends.gz', 'alerts.json', 'discovered.json'] as const;

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `object-${index}`);
const timeOf = (generation: number): number => STARTED + generation * 1000;
const log = { info() {}, warn() {} };

const historyOf = (generation: number) => {
  const takenAt = timeOf(generation);
  const vnics = ids(VNICS).map((id) => ({ id, path: 'vf', since: takenAt, seen: true, lastOnVf: takenAt }));
  return historyFromJson({ schema: 1, takenAt, vnics, vms: [], nics: [] }, takenAt).history;
};

/** Half of each ring; every number is that of the save. */
const trendsOf = (generation: number): SavedTrends =>
  mapRings((name) => {
    const { step, columns, steps } = TREND_SHAPES[name];
    const rows = name === 'host' ? [''] : ids(VNICS / 20);
    const count = steps / 2;
    const last = Math.floor(timeOf(generation) / step);
    return {
      step,
      columns,
      steps: Array.from({ length: count }, (_, index) => last - count + 1 + index),
      ids: rows,
      values: new Float32Array(rows.length * count * columns).fill(generation),
    };
  });

const alertsOf = (generation: number): ReadonlyMap<string, AlertInstance> => {
  const activeAt = timeOf(generation) / 1000;
  const one = { name: 'SriovVfFallback', annotations: {}, value: 1, state: 'firing', activeAt } as const;
  return new Map(ids(ALERTS).map((vm) => [vm, { ...one, labels: { vm } }]));
};

async function save(folder: string, generation: number): Promise<void> {
  const now = timeOf(generation);
  await Promise.all([
    writeHistory(folder, historyOf(generation)),
    writeTrends(folder, trendsOf(generation)),
    writeJsonFile(
      folder,
      'alerts.json',
      alertStateToJson({ alerts: alertsOf(generation), unsent: [], window: [] }, now / 1000),
    ),
    (async () => {
      const clock = { now: () => now, monotonic: () => 0 };
      const discovery = await openDiscovery(folder, clock, log, createSaves(log));
      discovery.observe(
        'c1',
        ids(NODES).map((name) => ({ name })),
      );
      await discovery.save();
    })(),
  ]);
}

const only = (numbers: Iterable<number>, count: number): number | string => {
  const all = [...numbers];
  if (all.length !== count) return `${all.length} entries, not ${count}`;
  const different = new Set(all);
  return different.size === 1 ? (all[0] ?? 'empty') : `entries of ${different.size} saves`;
};
const generationOf = (time: number | undefined): number => ((time ?? 0) - STARTED) / 1000;

/** Of which save each file is, read as the agent reads it at its start; or what is wrong with it. */
export async function readGenerations(folder: string): Promise<Readonly<Record<string, number | string>>> {
  const read = async (work: () => Promise<number | string>): Promise<number | string> => {
    try {
      return await work();
    } catch (error) {
      return String(error);
    }
  };
  const [history, trends, alerts, nodes] = await Promise.all([
    read(async () => {
      const { history: found, error } = await readHistory(folder, STARTED);
      if (error !== undefined) return error;
      return only(
        [...found.vnics.values()].map(({ published }) => generationOf(published?.since)),
        VNICS,
      );
    }),
    read(async () => {
      const found = await readTrends(folder);
      return found === undefined
        ? 'is missing'
        : only(new Set(Object.values(found).flatMap(({ values }) => [...values])), 1);
    }),
    read(async () => {
      const found = alertStateFromJson(await readJsonFile(folder, 'alerts.json'), STARTED / 1000);
      return only(
        [...found.alerts.values()].map(({ activeAt }) => generationOf(activeAt * 1000)),
        ALERTS,
      );
    }),
    read(async () =>
      only(
        (await readFoundNodes(folder)).map(({ lastSeen }) => generationOf(lastSeen)),
        NODES,
      ),
    ),
  ]);
  return { 'history.json': history, 'trends.gz': trends, 'alerts.json': alerts, 'discovered.json': nodes };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = '', last = '0'] = process.argv.slice(2);
  for (let generation = Number(last) + 1; ; generation += 1) {
    await save(folder, generation);
    process.stdout.write(`${generation}\n`);
  }
}
