import { z } from 'zod';
import { OperationalError } from '../errors.ts';
import { atOnce, eachInSteps, type Steps } from '../turn.ts';
import { once } from '../once.ts';
import { windows } from './enumerations.ts';
import {
  DOCUMENT_SCHEMA,
  type ParsedDocument,
  type ParsedSource,
  type Part,
  rawDocument,
  rawSource,
} from './document.ts';
import { queriesOf } from './queries/index.ts';
import { type CounterSet, isCounterSet, type Query } from './queries/query.ts';
import { oneRowPerKey, rowKey } from './row-keys.ts';

/**
 * Makes a raw document (anything) into a parsed one. Permissive inside, strict outside: unknown fields and sources
 * are ignored, a bad row is skipped and counted, a source of bad shape is a failed source; but an envelope that is
 * no document is an error.
 *
 * Throws OperationalError: `document_too_new` for a newer schema, `document_invalid` (naming the path) for an
 * envelope that cannot be used.
 */
export const parseDocument = (raw: unknown): ParsedDocument => atOnce(parseInSteps(raw));

/** The same, with a pause before each source and after every few hundred rows. */
export function* parseInSteps(raw: unknown): Steps<ParsedDocument> {
  refuseNewer(raw);
  const envelope = rawDocument.safeParse(raw);
  if (!envelope.success) {
    throw new OperationalError('document_invalid', `This is not a document: ${issueText(envelope.error)}.`);
  }
  const { part, takenAt, module, powershell, child, sources } = envelope.data;
  const parsed: Record<string, ParsedSource<unknown>> = {};
  for (const [name, query] of Object.entries(queriesOf(part))) {
    if (!Object.hasOwn(sources, name)) continue;
    yield;
    parsed[name] = yield* parseSource(part, name, query, sources[name], takenAt);
  }
  return {
    part,
    takenAt,
    ...(module !== undefined && { module }),
    ...(powershell !== undefined && { powershell }),
    ...(child !== undefined && { child }),
    sources: parsed,
  };
}

function refuseNewer(raw: unknown): void {
  const schema: unknown = typeof raw === 'object' && raw !== null && 'schema' in raw ? raw.schema : undefined;
  if (typeof schema === 'number' && schema > DOCUMENT_SCHEMA) {
    throw new OperationalError(
      'document_too_new',
      `The document has schema ${schema}; this agent reads up to schema ${DOCUMENT_SCHEMA}. Update the agent.`,
    );
  }
}

function* parseSource(
  part: Part,
  name: string,
  query: Query,
  raw: unknown,
  documentTakenAt: number,
): Steps<ParsedSource<unknown>> {
  const failed = (text: string): ParsedSource<unknown> => ({
    status: 'failed',
    takenAt: documentTakenAt,
    rows: [],
    skipped: 0,
    errors: [text],
  });
  const source = compiled(rawSource).safeParse(raw);
  if (!source.success) return failed(`source ${name} has a bad shape: ${issueText(source.error)}`);
  const { status, takenAt, durationMs, errors, types } = source.data;
  const about = { takenAt, ...(durationMs !== undefined && { durationMs }) };
  if (status === 'failed' || status === 'unsupported') return { ...about, status, rows: [], skipped: 0, errors };
  // A source that came back well always has rows, be it none: without the list nothing is known of it.
  if (!hasRows(raw)) return failed(`source ${name} has status ${status} and no rows`);

  const set = isCounterSet(query) ? query : undefined;
  const wrong = set && wrongType(set, types ?? {});
  if (wrong !== undefined) return { ...about, status: 'unsupported', rows: [], skipped: 0, errors: [...errors, wrong] };

  const rows: unknown[] = [];
  const schema = compiled(query.schema);
  yield* eachInSteps(source.data.rows, (rawRow) => {
    const row = schema.safeParse(rawRow);
    if (row.success) rows.push(set && isCounterRow(row.data) ? onlyCounters(row.data, set, types ?? {}) : row.data);
  });
  const unique = oneRowPerKey(rows, rowKey(part, name));
  const skipped = source.data.rows.length - rows.length + unique.conflicting;
  // What was in a row that could not be read is unknown, as if the call had lost it.
  return { ...about, status: skipped > 0 ? 'partial' : status, rows: unique.rows, skipped, errors };
}

/** The same schema as one generated function, which makes no objects but the result. Compiled when first used: it takes 1 ms. */
const compiled = once(<T extends z.ZodType>(schema: T): T => z.compile(schema));

const hasRows = (raw: unknown): boolean =>
  typeof raw === 'object' && raw !== null && 'rows' in raw && Array.isArray(raw.rows);

/** Which counter has a CounterType that we cannot make a count of, in words; undefined if none. */
function wrongType(set: CounterSet, types: Readonly<Record<string, number>>): string | undefined {
  for (const [counter, wanted] of Object.entries(set.counters)) {
    const type = Object.hasOwn(types, counter) ? types[counter] : undefined;
    if (type !== undefined && !wanted.includes(type)) {
      return `counter "${counter}" of "${set.set}" has CounterType ${type}, expected ${wanted.join(' or ')}`;
    }
  }
  return undefined;
}

interface CounterRow {
  readonly instance: string;
  readonly values: Readonly<Record<string, number | undefined>>;
}

const isCounterRow = (row: unknown): row is CounterRow => typeof row === 'object' && row !== null && 'values' in row;

/** Only the counters used, and of those only the ones whose type is known: a value of unknown type may be no count. */
function onlyCounters(row: CounterRow, set: CounterSet, types: Readonly<Record<string, number>>): CounterRow {
  const values: Record<string, number> = {};
  const keep = (name: string) => {
    const value = Object.hasOwn(row.values, name) ? row.values[name] : undefined;
    if (value !== undefined) values[name] = value;
  };
  for (const counter of Object.keys(set.counters)) {
    if (!Object.hasOwn(types, counter)) continue;
    keep(counter);
    if (types[counter] === windows.CounterType.PERF_AVERAGE_BULK) keep(`${counter} Base`);
  }
  return { instance: row.instance, values };
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'unknown fault';
  const path = issue.path.map(String).join('.');
  return `${path === '' ? 'the whole' : path}: ${issue.message}`;
}
