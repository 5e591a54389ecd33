import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { PARTS, rawSource } from '../../src/document/document.ts';
import { queriesOf } from '../../src/document/queries/index.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { damage, lost, wild } from '../support/damage.ts';
import type { LooseDocument } from '../support/documents.ts';

const documents = () => {
  const world = makeWorld(1, 'vmq-starved', 0);
  return PARTS.map((part) => writeDocument(part, 120_000, world) as LooseDocument);
};

/** Every schema of rows, and its compiled form. */
const schemas = new Map(
  PARTS.flatMap((part) =>
    Object.entries(queriesOf(part)).map(([name, { schema }]) => {
      const compiled = z.compile(schema, { strict: true });
      return [name, { schema, compiled }] as const;
    }),
  ),
);
const source = { schema: rawSource, compiled: z.compile(rawSource, { strict: true }) };

it('a compiled schema gives what the schema gives, for any row', () => {
  let [rows, refused] = [0, 0];
  const same = ({ schema, compiled }: { readonly schema: z.ZodType; readonly compiled: z.ZodType }, value: unknown) => {
    const [wanted, given] = [schema.safeParse(value), compiled.safeParse(value)];
    expect([given.success, given.data]).toEqual([wanted.success, wanted.data]);
    if (wanted.success) expect(Object.keys(Object(given.data))).toEqual(Object.keys(Object(wanted.data)));
    else refused++;
    rows++;
  };
  fc.assert(
    fc.property(fc.array(fc.oneof(lost, wild), { minLength: 20, maxLength: 80 }), (damages) => {
      const all = documents();
      for (const one of damages) damage(all, one);
      for (const [name, its] of all.flatMap(({ sources }) => Object.entries(sources ?? {}))) {
        same(source, its);
        const schema = schemas.get(name);
        const found: unknown = its?.rows;
        if (schema !== undefined && Array.isArray(found)) for (const row of found) same(schema, row);
      }
    }),
    { numRuns: 30 },
  );
  expect(rows).toBeGreaterThan(5000);
  expect(refused).toBeGreaterThan(100);
});
