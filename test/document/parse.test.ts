import { describe, expect, it } from 'vitest';
import { OperationalError } from '../../src/errors.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { windows } from '../../src/document/enumerations.ts';
import { fixture, type LooseDocument, row, source } from '../support/documents.ts';

/** What it throws, as far as it is an error with a code. */
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof OperationalError) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
};

/** One source of the parsed document. */
const parsed = (document: LooseDocument, name: string) =>
  new Map(Object.entries(parseDocument(document).sources)).get(name);

describe('parseDocument', () => {
  it('refuses a newer schema with a named error, even one of an unknown shape', () => {
    expect(codeOf(() => parseDocument({ schema: 2, everything: 'else' }))).toMatchObject({
      code: 'document_too_new',
      message: 'The document has schema 2; this agent reads up to schema 1. Update the agent.',
    });
  });

  it.each([
    [null, 'the whole'],
    [[], 'the whole'],
    [{ ...fixture('set-inventory'), takenAt: 'now' }, 'takenAt'],
    [{ ...fixture('set-inventory'), takenAt: 8.64e15 }, 'takenAt'],
    [{ ...fixture('set-inventory'), takenAt: Number.MAX_SAFE_INTEGER }, 'takenAt'],
    [{ ...fixture('set-inventory'), takenAt: -1 }, 'takenAt'],
    [{ ...fixture('set-inventory'), part: 'weather' }, 'part'],
    [{ ...fixture('set-inventory'), sources: 7 }, 'sources'],
  ])('refuses what is no document, naming the path %#', (raw, path) => {
    const error = codeOf(() => parseDocument(raw));
    expect(error?.code).toBe('document_invalid');
    expect(error?.message).toContain(`This is not a document: ${path}: `);
  });

  it('ignores sources and fields that it does not know', () => {
    const document = fixture('set-inventory');
    document.sources['weather'] = source(document, 'vm');
    row(document, 'vm', 0)['shoeSize'] = 44;
    const { sources } = parseDocument(document);
    expect(sources).not.toHaveProperty('weather');
    expect(sources.vm?.rows[0]).not.toHaveProperty('shoeSize');
    expect(sources.vm?.status).toBe('ok');
  });

  it('skips a row without its key, counts it, and calls the source partial', () => {
    const document = fixture('set-inventory');
    delete row(document, 'vm', 0)['id'];
    Reflect.set(source(document, 'vm').rows, 3, null);
    const vm = parsed(document, 'vm');
    expect([vm?.status, vm?.skipped, vm?.rows.length]).toEqual(['partial', 2, 2]);
  });

  it('treats a row that occurs twice as one', () => {
    const document = fixture('set-inventory');
    source(document, 'vm').rows.push(row(document, 'vm', 0));
    expect(parsed(document, 'vm')).toEqual(parsed(fixture('set-inventory'), 'vm'));
  });

  it('drops both of two rows with the same key that contradict each other, however the key is spelled', () => {
    const document = fixture('set-inventory');
    const vm = row(document, 'vm', 0);
    source(document, 'vm').rows.push({ ...vm, id: String(vm['id']).toUpperCase(), state: windows.VMState.Off });
    const its = parsed(document, 'vm');
    expect(its).toMatchObject({ status: 'partial', skipped: 2 });
    expect(its?.rows).toHaveLength(source(document, 'vm').rows.length - 2);
  });

  it('keeps equal rows of a list without a key', () => {
    const document = fixture('set-config');
    expect(parsed(document, 'vm_network_adapter_acl')).toMatchObject({ status: 'ok', skipped: 0 });
    expect(parsed(document, 'vm_network_adapter_acl')?.rows).toHaveLength(3);
  });

  it('limits every size', () => {
    const long = 'x'.repeat(5000);
    const document = fixture('set-inventory');
    Object.assign(row(document, 'vm', 0), { version: long });
    Object.assign(row(document, 'vm', 1), { name: long });
    source(document, 'vm_host').errors = [long, 'second'];
    Object.assign(source(document, 'vm_host'), { status: 'partial' });
    source(document, 'net_adapter').rows = Array.from({ length: 200_001 }, () => ({}));
    expect(parsed(document, 'vm')?.rows[0]).toMatchObject({ name: 'web', version: undefined });
    expect(parsed(document, 'vm')).toMatchObject({ status: 'partial', skipped: 1 });
    expect(parsed(document, 'vm_host')?.errors).toEqual([`${'x'.repeat(4096)}…`, 'second']);
    expect(parsed(document, 'net_adapter')).toMatchObject({ status: 'failed', rows: [] });
  });

  it('takes a source, or an entry of the event log, with a time that no Date or ISO 8601 holds for one that was not read', () => {
    for (const time of [-1, 253_402_300_800_000, 8.7e15, 1e300]) {
      const inventory = fixture('set-inventory');
      Object.assign(source(inventory, 'vm'), { takenAt: time });
      expect(parsed(inventory, 'vm')).toMatchObject({ status: 'failed', takenAt: inventory.takenAt });
      const log = fixture('set-eventlog');
      const [name, entries] = Object.entries(log.sources).find(([, { rows }]) => rows.length > 1)!;
      Object.assign(entries.rows[0]!, { time });
      expect(parsed(log, name)).toMatchObject({ status: 'partial', skipped: 1 });
    }
  });

  it('produces text that UTF-8 can encode', () => {
    const document = fixture('set-inventory');
    row(document, 'vm', 0)['name'] = '\ud83d web';
    expect(parsed(document, 'vm')?.rows[0]).toMatchObject({ name: '\ufffd web' });
  });

  it('drops a field of a wrong type and keeps the row', () => {
    const document = fixture('set-inventory');
    row(document, 'vm', 0)['state'] = 'Wird ausgeführt';
    row(document, 'vm', 0)['uptimeMs'] = -1;
    row(document, 'vm', 0)['processorCount'] = -2;
    const vm = parsed(document, 'vm');
    expect(vm).toMatchObject({ status: 'ok', skipped: 0 });
    expect(vm?.rows[0]).toMatchObject({
      name: 'web',
      state: undefined,
      uptimeMs: undefined,
      processorCount: undefined,
    });
  });

  it('treats a source of a wrong shape, and one that is ok but has no list of rows, as failed', () => {
    const document = fixture('set-inventory');
    Reflect.set(document.sources, 'vm', 'no');
    Reflect.deleteProperty(source(document, 'vm_switch'), 'rows');
    expect(parsed(document, 'vm')).toMatchObject({ status: 'failed', rows: [], takenAt: document.takenAt });
    expect(parsed(document, 'vm_switch')).toMatchObject({
      status: 'failed',
      errors: ['source vm_switch has status ok and no rows'],
    });
  });

  it('treats a counter set with an unexpected CounterType as unsupported, and names it', () => {
    const document = fixture('set-activity');
    source(document, 'counters_virtual_switch').types!['Bytes Sent/sec'] = windows.CounterType.PERF_COUNTER_COUNTER;
    expect(parsed(document, 'counters_virtual_switch')).toMatchObject({
      status: 'unsupported',
      rows: [],
      errors: [
        'counter "Bytes Sent/sec" of "Hyper-V Virtual Switch" has CounterType 272696320, expected 272696576 or 65792',
      ],
    });
  });

  it('keeps only counters that are used and have a known type', () => {
    const document = fixture('set-activity');
    const set = source(document, 'counters_virtual_processor');
    delete set.types!['% Remote Run Time'];
    Object.assign(Object(set.rows[0]!['values']), { 'Something/sec': '1' });
    expect(parsed(document, 'counters_virtual_processor')?.rows[0]).toEqual({
      instance: 'web:Hv VP 0',
      values: {
        '% Guest Run Time': 100000000,
        '% Hypervisor Run Time': 10000000,
        'CPU Wait Time Per Dispatch': 3000000000,
        'CPU Wait Time Per Dispatch Base': 700,
      },
    });
  });
});
