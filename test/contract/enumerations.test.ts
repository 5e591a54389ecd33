import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EnumerationName, enumerations } from '../../src/document/enumerations.ts';
import { allQueries } from '../../src/document/queries/index.ts';

const root = join(import.meta.dirname, '../..');
const published = z
  .object({
    origins: z.record(z.string(), z.object({ repository: z.string().min(3), about: z.string().min(3) }).loose()),
    enumerations: z.record(
      z.string(),
      z.object({
        type: z.string(),
        origin: z.string(),
        /** What the published names begin with and the table leaves out, as a regular expression */
        prefix: z.string().optional(),
        note: z.string().optional(),
        members: z.record(z.string(), z.number().int()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(root, 'test/fixtures/windows/enumerations.json'), 'utf8')));

describe('the table of enumerations', () => {
  it.each(Object.entries(enumerations))('has %s as it is published', (name, { type, members }) => {
    const definition = published.enumerations[name];
    expect(published.origins, `no origin for ${name}`).toHaveProperty([definition?.origin ?? '']);
    const prefix = new RegExp(`^(?:${definition?.prefix ?? ''})`);
    const expected = Object.entries(definition?.members ?? {}).map(([member, number]) => [
      member.replace(prefix, '').replaceAll(' ', ''),
      number,
    ]);
    expect(type).toBe(definition?.type);
    expect(members).toEqual(Object.fromEntries(expected));
  });

  it('has no unused enumeration', () => {
    const asked = new Set(
      allQueries().flatMap(({ query }) => Object.values(query.fields).map((field) => field.enumeration)),
    );
    expect(
      Object.keys(enumerations).filter((name) => !asked.has(name as EnumerationName) && name !== 'CounterType'),
    ).toEqual([]);
  });

  it('has every published enumeration', () => {
    expect(Object.keys(enumerations).sort()).toEqual(Object.keys(published.enumerations).sort());
    expect(Object.keys(enumerations).length).toBeGreaterThan(20);
  });
});

/**
 * Names by which code, demo host, stub cmdlets and tests call a value of an enumeration. A number beside one of them is a
 * number that stands outside of the table.
 */
const FIELDS = [
  ...new Set(
    allQueries().flatMap(({ query }) =>
      Object.entries(query.fields).flatMap(([key, { enumeration, property }]) =>
        // HTTP and programs have a status too.
        enumeration === undefined || key === 'status' ? [] : [key, property.split('.').at(-1) ?? ''],
      ),
    ),
  ),
  // In the model of the Host and of the simulated host
  'sriovStatus',
  'bandwidthMode',
  'loadBalancing',
  'drainStatus',
  'type',
];
const BESIDE_A_FIELD = new RegExp(
  `\\b(?:${FIELDS.join('|')})\\b['"\\]!]*\\s*(?:[=!]==?|[:=]|-eq|-ne)\\s*(?:\\{\\s*raw:\\s*)?\\(?\\[?\\s*-?\\d`,
  'i',
);
/** Numbers that mean nothing else: large ones, written with or without underscores, but no powers of two */
const DISTINCT = new Set(
  Object.values(enumerations).flatMap(({ members }) =>
    Object.values<number>(members).filter((number) => number > 999 && !Number.isInteger(Math.log2(number))),
  ),
);
const isDistinct = (line: string) =>
  [...line.replaceAll(/(\d)_(?=\d)/g, '$1').matchAll(/(?<![\w.])\d{4,}(?![\w.])/g)].some(([digits]) =>
    DISTINCT.has(Number(digits)),
  );
/** Where such a line is right, by file */
const EXCEPTIONS: Readonly<Record<string, RegExp>> = {
  'src/document/enumerations.ts': /./,
  'test/contract/enumerations.test.ts': /./,
  // What a person reads
  'test/document/parse.test.ts': /has CounterType \d+, expected/,
};

describe('a number of an enumeration', () => {
  it('has the names of fields that the table of queries gives an enumeration', () => {
    expect(FIELDS.length).toBeGreaterThan(30);
  });

  const files = ['src', 'test', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs|ps1|psm1|psd1)$/.test(name))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );

  it('is written only in the table', () => {
    const lines = files.flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .map((text, index) => ({ file, text, at: `${file}:${index + 1}` })),
    );
    expect(lines.length).toBeGreaterThan(20_000);
    const found = lines.filter(({ text }) => BESIDE_A_FIELD.test(text) || isDistinct(text));
    const wrong = found.filter(({ file, text }) => EXCEPTIONS[file]?.test(text) !== true);
    expect(wrong.map(({ at, text }) => `${at}: ${text.trim()}`)).toEqual([]);
    const used = new Set(found.map(({ file }) => file));
    expect(Object.keys(EXCEPTIONS).filter((file) => !used.has(file))).toEqual([]);
  });

  it.each([
    "row['state'] = 3;",
    'if (row.virtualMachineType === 2) return;',
    'VPortState: { raw: 1 },',
    'operationalStatus: [2, 11]',
    '$vm.State -eq 2',
    'new Set([32_774])',
  ])('is found in: %s', (line) => {
    expect(BESIDE_A_FIELD.test(line) || isDistinct(line)).toBe(true);
  });

  it('is not found in code that uses the table', () => {
    expect(BESIDE_A_FIELD.test('state: windows.VMState.Running') || isDistinct('windows.VMState.Running')).toBe(false);
  });
});
