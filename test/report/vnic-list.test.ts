import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPS, listedVnics, type ListQuery, listVnics, SORTS, trafficOf } from '../../src/report/vnic-list.ts';
import { vnicRows } from '../../src/report/vnic-rows.ts';
import { atOnce } from '../../src/turn.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { simulateFamilies } from '../support/simulated-families.ts';

const NOON = Date.parse('2026-05-04T12:00:00Z');
const view = [...simulateFamilies(makeWorld(1, 'vf-pool-exhausted', NOON), NOON, 12, () => false)].at(-1)!.view;
const rows = vnicRows(view);
const onVf = (id: string) => (id.charCodeAt(0) % 3 === 0 ? id.charCodeAt(1) * 1000 : undefined);
const { load, details } = atOnce(listedVnics(view.tracked, rows, onVf));
const list = (over: Partial<ListQuery> = {}, of = rows) =>
  atOnce(
    listVnics(atOnce(listedVnics(view.tracked, of, onVf)), {
      filter: '',
      sort: 'trouble',
      descending: false,
      group: 'none',
      all: false,
      ...over,
    }),
  );

describe('the list of vNICs', () => {
  it('has each row once, however it is sorted, grouped and folded', () => {
    const query = fc.record({
      sort: fc.constantFrom(...SORTS),
      descending: fc.boolean(),
      group: fc.constantFrom(...GROUPS),
      all: fc.boolean(),
    });
    const ids = rows.map(({ id }) => id).toSorted();
    expect(ids.length).toBeGreaterThan(60);
    fc.assert(
      fc.property(query, (over) => {
        const { groups, found } = list(over);
        const all = groups.flatMap((group) => [...group.rows, ...group.folded]).map(({ id }) => id);
        expect(all.toSorted()).toEqual(ids);
        expect(found).toBe(ids.length);
        expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
        if (over.all) expect(groups.flatMap(({ folded }) => folded)).toEqual([]);
      }),
    );
  });

  it('is in the order that was asked for, what is not known last', () => {
    for (const descending of [false, true]) {
      const { groups } = list({ sort: 'traffic', descending, all: true });
      const values = groups[0]!.rows.map((row) => trafficOf(load(row)));
      const known = values.filter((value) => value !== undefined);
      expect(known.length).toBeGreaterThan(20);
      expect(values.slice(0, known.length)).toEqual(known);
      expect(known).toEqual(known.toSorted((a, b) => (descending ? b - a : a - b)));
    }
    const names = list({ sort: 'vm', all: true }).groups[0]!.rows.map(({ vm }) => vm.toLowerCase());
    expect(names).toEqual(names.toSorted());
  });

  it('folds what is without trouble, unless nothing else is there or a filter asks for it', () => {
    const { groups } = list();
    expect(groups[0]!.rows.map(({ status }) => status)).toContain('fallback');
    expect(groups[0]!.folded.length).toBeGreaterThan(40);
    for (const { status, findings } of groups[0]!.folded) {
      expect(['fallback', 'unknown', 'settling']).not.toContain(status);
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    }
    expect(list({ filter: 'on its vf' }).groups[0]!.folded).toEqual([]);
    const healthy = rows.filter(({ id }) => groups[0]!.folded.some((row) => row.id === id));
    const calm = list({}, healthy);
    expect([calm.groups[0]!.rows.length, calm.groups[0]!.folded.length]).toEqual([healthy.length, 0]);
  });

  it('groups by reason, vSwitch and NIC', () => {
    expect(list({ group: 'reason' }).groups.map(({ name }) => name)).toContain('vf_pool_exhausted');
    const { host } = view.tracked;
    const vswitches = new Set(host.vswitches.map(({ name }) => name));
    const named = list({ group: 'vswitch' }).groups.map(({ name }) => name);
    expect(named.filter((name) => name !== 'No vSwitch').every((name) => vswitches.has(name ?? ''))).toBe(true);
    const nics = new Set(list({ group: 'nic' }).groups.map(({ name }) => name));
    expect(host.nics.some(({ description }) => nics.has(description))).toBe(true);
  });

  it('tells vNICs of one name apart, and those alone', () => {
    const { groups } = list({ all: true });
    const shared = groups[0]!.rows.filter((row) => details(row).nameShared);
    expect(shared.map(({ vm }) => vm)).toContain('build-agent');
    expect(shared.length).toBeLessThan(20);
    for (const row of shared) expect(details(row).mac).toMatch(/^[0-9A-F:]{17}$/);
  });
});
