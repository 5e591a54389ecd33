import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/document/parse.ts';
import { fixture, row, source } from '../support/documents.ts';

const codeOf = (run: () => unknown) => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as { code: string; message: string };
  }
};

describe('parseDocument', () => {
  it('refuses a newer schema by name, also one of an unknown shape', () => {
    expect(codeOf(() => parseDocument({ schema: 2, everything: 'else' }))).toMatchObject({
      code: 'document_too_new',
      message: 'The document has schema 2; this agent reads up to schema 1. Update the agent.',
    });
  });

  it.each([
    [null, 'the whole'],
    [[], 'the whole'],
    [{ ...fixture('set-inventory'), takenAt: 'now' }, 'takenAt'],
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
    source(document, 'vm').rows.push(null as never);
    const { vm } = parseDocument(document).sources as unknown as {
      vm: { status: string; skipped: number; rows: unknown[] };
    };
    expect([vm.status, vm.skipped, vm.rows.length]).toEqual(['partial', 2, 2]);
  });

  it('leaves out a field of a wrong type and keeps the row', () => {
    const document = fixture('set-inventory');
    row(document, 'vm', 0)['state'] = 'Wird ausgeführt';
    row(document, 'vm', 0)['uptimeMs'] = -1;
    const { vm } = parseDocument(document).sources as unknown as {
      vm: { rows: Record<string, unknown>[]; skipped: number };
    };
    expect([vm.rows[0]?.['state'], vm.rows[0]?.['uptimeMs'], vm.skipped]).toEqual([undefined, undefined, 0]);
  });

  it('makes a source of bad shape, or one that is well and without rows, a failed one', () => {
    const document = fixture('set-inventory');
    document.sources['vm'] = 'no' as never;
    delete (document.sources['vm_switch'] as Partial<{ rows: unknown }>).rows;
    const { sources } = parseDocument(document) as unknown as { sources: Record<string, unknown> };
    expect(sources['vm']).toMatchObject({ status: 'failed', rows: [], takenAt: document.takenAt });
    expect(sources['vm_switch']).toMatchObject({
      status: 'failed',
      errors: ['source vm_switch has status ok and no rows'],
    });
  });

  it('makes a counter set with an unexpected CounterType unsupported, and says which', () => {
    const document = fixture('set-activity');
    source(document, 'counters_virtual_switch').types!['Bytes Sent/sec'] = 272696320;
    const { sources } = parseDocument(document) as unknown as { sources: Record<string, unknown> };
    expect(sources['counters_virtual_switch']).toMatchObject({
      status: 'unsupported',
      rows: [],
      errors: [
        'counter "Bytes Sent/sec" of "Hyper-V Virtual Switch" has CounterType 272696320, expected 272696576 or 65792',
      ],
    });
  });

  it('keeps only counters that are used and whose type is known', () => {
    const document = fixture('set-activity');
    const set = source(document, 'counters_virtual_processor');
    delete set.types!['% Remote Run Time'];
    (set.rows[0]!['values'] as Record<string, string>)['Something/sec'] = '1';
    const { sources } = parseDocument(document) as unknown as { sources: Record<string, { rows: unknown[] }> };
    expect(sources['counters_virtual_processor']?.rows[0]).toEqual({
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
