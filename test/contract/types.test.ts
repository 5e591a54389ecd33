import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { enumerations } from '../../src/document/enumerations.ts';
import type { Cast, Field } from '../../src/document/queries/field.ts';
import { allQueries } from '../../src/document/queries/index.ts';
import { isCounterSet, type Query } from '../../src/document/queries/query.ts';

const root = join(import.meta.dirname, '../..');
const since = z.enum(['2012', '2016', '2019', '2022', '2025']);
/** What objects of a type are published to have, by property */
const { origins, types } = z
  .object({
    origins: z.record(z.string(), z.looseObject({ repository: z.string().min(3), about: z.string().min(3) })),
    types: z.record(
      z.string(),
      z.object({
        origin: z.string(),
        since,
        properties: z.record(
          z.string(),
          z.union([
            z.string().transform((type) => ({ type, since: undefined, origin: undefined })),
            z.object({ type: z.string(), since: since.optional(), origin: z.string().optional() }),
          ]),
        ),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(root, 'test/fixtures/windows/types.json'), 'utf8')));
const unverified = readFileSync(join(root, 'docs/unverified.md'), 'utf8');

/** What .NET gives an object for free */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = { TimeSpan: { Ticks: 'Int64' } };

interface Known {
  readonly type: string;
  readonly since: string;
}
/** The property at the end of a path, from a published type on; undefined where any step is not published. */
function find(path: string, type: string | undefined): Known | undefined {
  const steps = type === undefined ? path.split('.') : [type, ...path.split('.')];
  let at: Known = { type: steps[0] ?? '', since: '2012' };
  for (const name of steps.slice(1)) {
    const element = at.type.replace(/\[\]$/, '');
    const free = MEMBERS[element]?.[name];
    const known = types[element];
    const property = known?.properties[name];
    if (free !== undefined) at = { type: free, since: at.since };
    else if (known === undefined || property === undefined) return undefined;
    else {
      const own = property.since ?? known.since;
      at = {
        type: at.type.endsWith('[]') ? `${property.type}[]` : property.type,
        since: own > at.since ? own : at.since,
      };
    }
  }
  return at;
}

const INTEGERS = ['UInt8', 'UInt16', 'UInt32', 'Int32', 'Int64', ...Object.keys(enumerations)];
/** The published types that a cast of the module can read */
const CASTS: Readonly<Record<Cast, readonly string[]>> = {
  text: ['String', 'Guid', 'Version'],
  int: INTEGERS,
  intOrWord: INTEGERS,
  wide: ['UInt64', 'Int64'],
  bool: ['Boolean'],
  texts: ['String[]', 'Guid[]'],
  ints: INTEGERS.map((name) => `${name}[]`),
  ticks: ['Int64'],
  time: ['DateTime'],
  brief: ['String'],
  briefs: ['Object[]'],
};

/** What is wrong with a field, in words. */
function faultsOf({ type, since: ofQuery }: Query, field: Field): readonly string[] {
  const names = [field.property, ...(field.or === undefined ? [] : [field.or])];
  const found = names.map((name) => ({ name, known: find(name, type) }));
  const missing = found.flatMap(({ name, known }) => (known === undefined ? [`${name} is not published`] : []));
  if (missing.length > 0) {
    const row = field.unproven ?? '';
    return unverified.includes(`| ${row} |`) && row !== '' ? [] : missing;
  }
  const stated = field.since ?? ofQuery;
  const oldest = found.map(({ known }) => known?.since ?? '').sort()[0];
  return [
    ...(oldest === stated ? [] : [`is published since ${oldest}, the table says ${stated}`]),
    ...found.flatMap(({ name, known }) =>
      CASTS[field.cast].includes(known?.type ?? '') ? [] : [`${name} is a ${known?.type}, read as ${field.cast}`],
    ),
    ...found.flatMap(({ name, known }) => {
      const shown = known?.type.replace(/\[\]$/, '') ?? '';
      return Object.hasOwn(enumerations, shown) && shown !== field.enumeration
        ? [`${name} is of the enumeration ${shown}, the table says ${field.enumeration ?? 'none'}`]
        : [];
    }),
  ];
}

describe('a property that is read', () => {
  const fields = allQueries().flatMap(({ source, query }) =>
    isCounterSet(query) || source === 'vnic_instance'
      ? []
      : Object.entries(query.fields).map(([key, field]) => ({ name: `${source}.${key}`, query, field })),
  );

  it('is one that Windows is published to have, since then and of that type, or is listed in docs/unverified.md', () => {
    expect(fields.length).toBeGreaterThan(130);
    const faults = fields.flatMap(({ name, query, field }) =>
      faultsOf(query, field).map((fault) => `${name}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  const query: Query = allQueries().find(({ source }) => source === 'vm_network_adapter')!.query;
  const iovWeight = query.fields['iovWeight']!;
  it.each<[string, Field, string]>([
    ['a misspelt name', { ...iovWeight, property: 'IovWeigth' }, 'IovWeigth is not published'],
    [
      'a name of another type',
      { ...iovWeight, property: 'VlanSetting.IovWeight' },
      'VlanSetting.IovWeight is not published',
    ],
    ['a wrong kind', { ...iovWeight, cast: 'bool' }, 'IovWeight is a UInt32, read as bool'],
    ['a wrong release', { ...iovWeight, since: '2022' }, 'is published since 2016, the table says 2022'],
    [
      'a row that there is not',
      { ...iovWeight, property: 'IovWeigth', unproven: 'no-such-row' },
      'IovWeigth is not published',
    ],
    [
      'no enumeration',
      { ...iovWeight, property: 'VlanSetting.OperationMode' },
      'VlanSetting.OperationMode is of the enumeration VMNetworkAdapterVlanMode, the table says none',
    ],
  ])('with %s is refused', (_, field, fault) => {
    expect(faultsOf(query, field)).toEqual([fault]);
  });
});

describe('the published types', () => {
  it('say where each is published', () => {
    const named = Object.values(types).flatMap(({ origin, properties }) => [
      origin,
      ...Object.values(properties).flatMap((property) => property.origin ?? []),
    ]);
    expect([...new Set(named)].filter((origin) => !Object.hasOwn(origins, origin))).toEqual([]);
    expect(Object.keys(origins).filter((origin) => !named.includes(origin))).toEqual([]);
    expect(named.length).toBeGreaterThan(30);
  });
});
