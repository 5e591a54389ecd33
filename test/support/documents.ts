import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LooseRow {
  [field: string]: unknown;
}
export interface LooseSource {
  status: string;
  takenAt: number;
  rows: LooseRow[];
  errors?: string[];
  types?: Record<string, number>;
}
/** A raw document that a test may bend as it likes. */
export interface LooseDocument {
  schema: number;
  part: string;
  takenAt: number;
  powershell?: { culture?: string | undefined };
  sources: Record<string, LooseSource>;
}

/** A hand-written document of test/fixtures/documents, a fresh copy each time. */
export function fixture(name: string): LooseDocument {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/documents', `${name}.json`), 'utf8'));
}

/** A source of a document; fails the test where it is not there. */
export function source(document: LooseDocument, name: string): LooseSource {
  const found = document.sources[name];
  if (!found) throw new Error(`the document has no source ${name}`);
  return found;
}

/** The row of a source at an index. */
export function row(document: LooseDocument, name: string, index: number): LooseRow {
  const found = source(document, name).rows[index];
  if (!found) throw new Error(`source ${name} has no row ${index}`);
  return found;
}

/** The same document as read later: every time in it moved. */
export function later(document: LooseDocument, milliseconds: number): LooseDocument {
  const copy = structuredClone(document);
  copy.takenAt += milliseconds;
  for (const its of Object.values(copy.sources)) its.takenAt += milliseconds;
  return copy;
}
