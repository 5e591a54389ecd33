import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/collect/replay/capture-file.ts';
import { type ParsedDocument, PARTS } from '../../src/document/document.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { allQueries, counterSets } from '../../src/document/queries/index.ts';
import { isCounterSet, type Query } from '../../src/document/queries/query.ts';
import { buildHost } from '../../src/host/build.ts';
import { SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { snapshotOf } from '../support/build.ts';
import { fixture } from '../support/documents.ts';

const keysOf = ({ key }: Query): readonly string[] => (key === 'list' ? [] : key.flat());
/** A row without it is a bad row. */
const isRequired = (query: Query, key: string): boolean =>
  query.fields[key]?.schema.safeParse(undefined).success === false;
/** Fields as `source.key` */
const fieldsThat = (holds: (query: Query, key: string) => boolean): string[] =>
  allQueries().flatMap(({ source, query }) =>
    Object.keys(query.fields)
      .filter((key) => holds(query, key))
      .map((key) => `${source}.${key}`),
  );

/** Documents of hosts of every kind that the tests have */
async function hosts(): Promise<readonly (readonly ParsedDocument[])[]> {
  const simulated = SCENARIOS.filter((scenario) => scenario !== 'large').map((scenario) => {
    const world = makeWorld(1, scenario);
    return PARTS.map((part) => writeDocument(part, 7_200_000, world));
  });
  const written = PARTS.map((part) => fixture(`set-${part}`));
  const folder = join(import.meta.dirname, '../fixtures/cases');
  const files = readdirSync(folder).filter((name) => name.endsWith('.gz'));
  expect(files.length).toBeGreaterThan(5);
  const recorded = await Promise.all(
    files.map(async (name) => (await readCapture(join(folder, name))).documents.map(({ document }) => document)),
  );
  return [...simulated, written, ...recorded].map((documents) => documents.map(parseDocument));
}

/** The fields that buildHost reads, as `source.key`, of rows from which those in `hidden` are missing. */
function readOf(documents: readonly ParsedDocument[], hidden: ReadonlySet<string>): ReadonlySet<string> {
  const read = new Set<string>();
  const watched = documents.map((document) => ({
    ...document,
    sources: Object.fromEntries(
      Object.entries(document.sources).map(([source, parsed]) => {
        const watch = (row: object) =>
          new Proxy(row, {
            get(target, key) {
              const name = `${source}.${String(key)}`;
              read.add(name);
              return hidden.has(name) ? undefined : (Reflect.get(target, key) as unknown);
            },
            ownKeys: () => {
              throw new Error(`a row of ${source} is copied: then nobody knows which of its fields are used`);
            },
          });
        return [source, { ...parsed, rows: (parsed.rows as readonly object[]).map(watch) }];
      }),
    ),
  }));
  buildHost(snapshotOf(watched));
  return read;
}

describe('the table of what is read', () => {
  it('has no unused field', async () => {
    const read = new Set(fieldsThat((query, key) => keysOf(query).includes(key)));
    const required = new Set(fieldsThat(isRequired));
    for (const documents of await hosts()) {
      // Some are read only where another one is missing.
      let hidden: ReadonlySet<string> = new Set();
      for (let before = -1; before < read.size;) {
        before = read.size;
        const found = readOf(documents, hidden);
        for (const name of found) read.add(name);
        hidden = new Set([...found].filter((name) => !required.has(name)));
      }
    }
    expect(read.size).toBeGreaterThan(100);
    const unread = fieldsThat(() => true).filter((name) => !read.has(name));
    expect(unread).toEqual([]);
  });

  it('fills no unused value of the Host', () => {
    const root = join(import.meta.dirname, '../../src');
    const model = readFileSync(join(root, 'host/model.ts'), 'utf8');
    const values = new Set([...model.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name));
    const others = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/^(?:host|document|collect|simulated-host)[\\/]/.test(file),
    );
    const text = others.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    expect(values.size).toBeGreaterThan(100);
    expect([...values].filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  it('gives each property once for a query, and a key of fields that a row cannot lack', () => {
    const doubled = allQueries().flatMap(({ source, query }) => {
      const properties = Object.values(query.fields).map(({ property }) => property);
      return properties.length === new Set(properties).size ? [] : [source];
    });
    expect(doubled).toEqual([]);
    const optionalKeys = allQueries().flatMap(({ source, query }) =>
      (query.key === 'list' ? [] : query.key)
        .filter((key) => typeof key === 'string' && !isRequired(query, key))
        .map((key) => `${source}.${String(key)}`),
    );
    expect(optionalKeys).toEqual([]);
  });

  it('has counter sets in the part activity alone', () => {
    const sets = allQueries().filter(({ query }) => isCounterSet(query));
    expect(sets.map(({ part }) => part)).toEqual(sets.map(() => 'activity'));
    expect(sets.map(({ source }) => source)).toEqual([...counterSets.keys()]);
  });
});
