import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PARTS } from '../../src/document/document.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';

const FIXTURES = join(process.cwd(), 'test', 'fixtures');
/** The present of every case: a Monday noon. */
export const NOON = Date.UTC(2026, 4, 4, 12);

export const fixtureBytes = (name: string): Buffer => readFileSync(join(FIXTURES, name));
export const fixtureText = (name: string): string => fixtureBytes(name).toString('utf8');
/** The texts of all files of a folder of fixtures */
export const fixtureTexts = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(join(FIXTURES, folder))
    .filter((name) => ending.test(name))
    .toSorted()
    .map((name) => fixtureText(join(folder, name)));

/** The raw documents of one moment, one a part. */
export type Documents = readonly unknown[];

const byHand = (): Documents => PARTS.map((part) => JSON.parse(fixtureText(`documents/set-${part}.json`)) as unknown);

/** Documents of a simulated host with few VMs: each kind of row is there, and a case takes milliseconds. */
function simulated(scenario: Scenario, minutes: number): Documents {
  const world = makeWorld(1, scenario, NOON - minutes * 60_000);
  const documents = PARTS.map((part) => writeDocument(part, NOON, world)) as { sources: Record<string, unknown> }[];
  return documents.map((document) => ({ ...document, sources: mapValues(document.sources, (source) => few(source)) }));
}

const ROWS = 12;
const few = (source: unknown): unknown =>
  typeof source === 'object' && source !== null && 'rows' in source && Array.isArray(source.rows)
    ? { ...source, rows: source.rows.slice(0, ROWS) }
    : source;
const mapValues = (object: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

interface Capture {
  readonly documents: readonly { readonly document: unknown }[];
}

/** The captures of test/fixtures, unpacked */
export const captures = (): readonly Buffer[] =>
  ['captures', 'cases'].flatMap((folder) =>
    readdirSync(join(FIXTURES, folder))
      .filter((name) => name.endsWith('.gz'))
      .toSorted()
      .map((name) => gunzipSync(fixtureBytes(join(folder, name)))),
  );

/** Documents of all parts: written by hand, recorded, and of simulated hosts. */
export function documentSeeds(): readonly Documents[] {
  const recorded = captures().map((bytes) => (JSON.parse(bytes.toString('utf8')) as Capture).documents.slice(0, 5));
  return [
    byHand(),
    ...recorded.map((documents) => documents.map(({ document }) => document)),
    simulated('vf-pool-exhausted', 2),
    simulated('set-team', 2),
    simulated('vmq-starved', 2),
    simulated('cluster', 2),
  ];
}

/** Documents of the hosts of a cluster, which differ: one is a node of it, one has no VF left, one has no IOV. */
export const clusterSeeds = (): readonly Documents[] => [
  simulated('cluster', 2),
  simulated('vf-pool-exhausted', 2),
  simulated('switch-not-iov', 2),
];
