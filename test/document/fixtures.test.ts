import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DOCUMENT_SCHEMA, PARTS } from '../../src/document/document.ts';
import { parseDocument } from '../../src/document/parse.ts';
import type { LooseDocument } from '../support/documents.ts';

const folder = join(import.meta.dirname, '../fixtures/documents');

it('there is a document of each part for every version of the schema, and all are read completely', () => {
  const kept = new Set<string>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const raw = JSON.parse(readFileSync(join(folder, name), 'utf8')) as LooseDocument;
    const { part, sources } = parseDocument(raw);
    kept.add(`${raw.schema} ${part}`);
    for (const [source, { status, skipped, rows }] of Object.entries(sources)) {
      expect([name, source, status, skipped]).toEqual([name, source, raw.sources[source]?.status, 0]);
      if (status === 'ok') expect(rows).toHaveLength(raw.sources[source]?.rows.length ?? 0);
    }
    expect(Object.keys(sources)).toEqual(expect.arrayContaining(Object.keys(raw.sources)));
  }
  const versions = Array.from({ length: DOCUMENT_SCHEMA }, (_, index) => index + 1);
  expect([...kept].sort()).toEqual(versions.flatMap((version) => PARTS.map((part) => `${version} ${part}`)).sort());
});
