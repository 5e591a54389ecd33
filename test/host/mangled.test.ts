import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationalError } from '../../src/errors.ts';
import type { Host, Vnic } from '../../src/host/model.ts';
import { hostFromDocuments, trackDocuments } from '../support/build.ts';
import { fixture, later, type LooseDocument, type LooseRow, row, source } from '../support/documents.ts';

/** Every known path is in it: on the VF, assigned, synthetic and, on VM db's third vNIC, not requested. */
const documents = () => {
  const inventory = fixture('set-inventory');
  const third = row(inventory, 'vm_network_adapter', 2);
  const id = String(third['id']).replace('aaaa0003', 'aaaa0006');
  source(inventory, 'vm_network_adapter').rows.push({ ...third, id, macAddress: '00155D000006' });
  Object.assign(third, { iovWeight: 100, iovUsage: 1 });
  return [inventory, fixture('set-activity')];
};
const base = hostFromDocuments(documents());

/** What a field, row or source may turn into: nothing that means something. */
const nothing = fc.constantFrom<unknown>(undefined, null, {}, [], Number.NaN, 0.5);

interface Damage {
  readonly document: number;
  readonly source: number;
  readonly row: number;
  readonly field: number;
  readonly level: 'field' | 'row' | 'rows' | 'source' | 'sources';
  readonly value: unknown;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  document: fc.nat(1),
  source: fc.nat(20),
  row: fc.nat(10),
  field: fc.nat(30),
  level: fc.constantFrom('field', 'field', 'field', 'row', 'rows', 'source', 'sources'),
  value: nothing,
});

/** Replaces one place of a document; out-of-range places wrap round. */
function apply(
  all: LooseDocument[],
  { document: index, source: sourceAt, row: rowAt, field, level, value }: Damage,
): void {
  const document = all[index]!;
  const set = (object: object, key: string | number) => Reflect.set(object, key, value);
  if (level === 'sources') {
    set(document, 'sources');
    return;
  }
  const names = Object.keys(document.sources ?? {});
  const name = names[sourceAt % Math.max(1, names.length)];
  if (name === undefined) return;
  if (level === 'source') {
    set(document.sources, name);
    return;
  }
  const its = document.sources[name];
  if (typeof its !== 'object' || its === null) return;
  if (level === 'rows') {
    // An empty list is an answer, not damage.
    if (!Array.isArray(value)) set(its, 'rows');
    return;
  }
  if (!Array.isArray(its.rows) || its.rows.length === 0) return;
  const at = rowAt % its.rows.length;
  const target: LooseRow | null | undefined = its.rows[at];
  if (level === 'row') set(its.rows, at);
  else if (typeof target === 'object' && target !== null) {
    const keys = Object.keys(target);
    const key = keys[field % Math.max(1, keys.length)];
    if (key !== undefined) set(target, key);
  }
}

/** The Host, or the code of the error that names what is wrong; anything else thrown fails the test. */
function hostOrCode(raw: readonly unknown[]): Host | string {
  try {
    return trackDocuments(raw).tracked.host;
  } catch (error) {
    if (error instanceof OperationalError) return error.code;
    throw error;
  }
}

/** Numbers and booleans of an object, nested ones by path. */
function facts(value: unknown, path = ''): [string, number | boolean][] {
  if (typeof value === 'number' || typeof value === 'boolean') return [[path, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, its]) => facts(its, `${path}.${key}`));
}

/** Facts of the damaged objects that the whole ones do not have. */
function invented<T>(whole: readonly T[], damaged: readonly T[], key: (item: T) => string): string[] {
  const known = new Map(whole.map((item) => [key(item), new Map(facts(item))]));
  return damaged.flatMap((item) =>
    facts(item)
      // what is only an identity now says so
      .filter(([path]) => path !== '.identityOnly' && path !== '.nameShared')
      .filter(([path, value]) => known.has(key(item)) && known.get(key(item))?.get(path) !== value)
      .map(([path, value]) => `${key(item)}${path} = ${value}`),
  );
}

const withoutSums = ({ vms }: Host) => vms.map((vm) => ({ ...vm, cpu: undefined }));

describe('a document damaged anywhere', () => {
  it('gives a Host or a named error, never turns what is missing into a value, never into another path', () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), (damages) => {
        const all = documents();
        for (const one of damages) apply(all, one);
        const host = hostOrCode(all);
        if (typeof host === 'string') {
          expect(host).toBe('document_invalid');
          return;
        }
        const pathOf = (vnics: readonly Vnic[], id: string) => vnics.find((vnic) => vnic.id === id)?.path;
        for (const { id, path } of host.vnics) expect([pathOf(base.vnics, id), 'unknown']).toContain(path);
        expect(invented(base.nics, host.nics, (nic) => nic.description)).toEqual([]);
        expect(invented(base.vswitches, host.vswitches, (vswitch) => vswitch.id)).toEqual([]);
        expect(invented(withoutSums(base), withoutSums(host), (vm) => vm.id)).toEqual([]);
        expect(invented(base.vnics, host.vnics, (vnic) => vnic.id)).toEqual([]);
        for (const [before, after] of [
          [base.cpu.guestSeconds, host.cpu.guestSeconds],
          [base.cpu.idleSeconds, host.cpu.idleSeconds],
        ]) {
          if (host.cpu.logicalInstances === base.cpu.logicalInstances) expect([before, undefined]).toContain(after);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is refused with a name or read, when it is any JSON at all', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('inventory', 'activity', 'config', 'cluster'),
        (value, part) => {
          expect(hostOrCode([value])).toBeTypeOf(
            typeof value === 'object' && value !== null && 'sources' in value ? 'object' : 'string',
          );
          const wrapped = { schema: 1, part, takenAt: 1, sources: value };
          const host = hostOrCode([wrapped]);
          if (typeof host === 'string') expect(host).toBe('document_invalid');
          else expect([host.vnics, host.vms, host.nics]).toEqual([[], [], []]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('publishes no fallback that the whole documents do not show, over any series of damaged ones', () => {
    fc.assert(
      fc.property(fc.array(fc.array(damage, { maxLength: 4 }), { minLength: 2, maxLength: 4 }), (polls) => {
        const raw = polls.flatMap((damages, poll) => {
          const all = documents().map((document) => later(document, poll * 60_000));
          for (const one of damages) if (one.level !== 'sources') apply(all, one);
          return all;
        });
        for (const [id, { path, transitionsTo }] of trackDocuments(raw).tracked.vnics) {
          const truth = base.vnics.find((vnic) => vnic.id === id)?.path;
          if (truth !== undefined) expect([truth, 'unknown']).toContain(path);
          expect(transitionsTo).toEqual({ vf: 0, synthetic: 0 });
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('gives no vNIC another path when any one field is missing', () => {
  let fields = 0;
  for (const name of Object.keys(documents()[0]!.sources)) {
    for (const [index, its] of source(documents()[0]!, name).rows.entries()) {
      for (const key of Object.keys(its)) {
        const [inventory] = documents();
        delete row(inventory!, name, index)[key];
        fields++;
        for (const { id, path } of hostFromDocuments([inventory]).vnics) {
          const truth = base.vnics.find((vnic) => vnic.id === id)?.path;
          expect([truth, 'unknown'], `${name} ${index} without ${key}`).toContain(path);
        }
      }
    }
  }
  expect(fields).toBeGreaterThan(200);
});

describe('the order of rows', () => {
  it('does not matter', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const all = documents();
        for (const document of all) {
          for (const its of Object.values(document.sources)) {
            if (!its.rows) continue;
            its.rows = its.rows
              .map((one) => ({ one, key: Number(numbers.next().value) }))
              .sort((a, b) => a.key - b.key)
              .map(({ one }) => one);
          }
        }
        expect(hostFromDocuments(all)).toEqual(base);
      }),
      { numRuns: 50 },
    );
  });
});
