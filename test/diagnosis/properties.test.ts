import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/diagnosis/diagnose.ts';
import { gatherFacts } from '../../src/diagnosis/facts.ts';
import { evaluateReasons, resultOf } from '../../src/diagnosis/evaluate.ts';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import { CASES, worldOf } from './cases.ts';
import { diagnoseWorld, type World, trackedHost } from '../support/hand-made/host.ts';

/** Fields that the model always has: what identifies a thing. All else may be missing. */
const ALWAYS = new Set([
  'id',
  'description',
  'label',
  'name',
  'identityOnly',
  'nameShared',
  'real',
  'isLbfoTeam',
  'path',
  'nic',
  'vportId',
  // A vNIC whose VM or vSwitch has no name has neither, and is not judged
  'vmName',
  'vswitchName',
]);

interface Field {
  readonly where: string;
  readonly remove: (world: World) => void;
}

/** Each field of a host that may be missing, its sources and its vNICs' histories among them. */
function fieldsOf(world: World): readonly Field[] {
  const fields: Field[] = [];
  const look = (value: unknown, path: readonly (string | number)[]) => {
    if (typeof value !== 'object' || value === null || value instanceof Map) return;
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      look(inner, at);
      if (Array.isArray(value) || ALWAYS.has(key)) continue;
      fields.push({ where: at.join('.'), remove: ({ host }) => deleteAt(host, at) });
    }
  };
  const { platform, nics, vswitches, vms, vnics, vports } = world.host;
  look({ platform: { ...platform }, nics, vswitches, vms, vnics, vports }, []);
  for (const name of world.host.sources.keys()) {
    fields.push({ where: `sources.${name}`, remove: ({ host }) => void host.sources.delete(name) });
  }
  for (const id of world.vnics.keys()) {
    fields.push({ where: `history.${id}`, remove: ({ vnics: its }) => void its.delete(id) });
  }
  return fields.filter(({ where }) => !['platform', 'nics', 'vswitches', 'vms', 'vnics', 'vports'].includes(where));
}

function deleteAt(root: object, path: readonly (string | number)[]): void {
  let at: unknown = root;
  for (const key of path.slice(0, -1)) at = at === undefined ? undefined : Reflect.get(at as object, key);
  const last = path.at(-1);
  if (typeof at === 'object' && at !== null && last !== undefined) Reflect.deleteProperty(at, last);
}

/** The host in a recording from before these fields were read: they refine a reason, and without them it is as it was. */
function older(world: World): World {
  delete world.host.platform.culture;
  for (const nic of world.host.nics) delete nic.disabled;
  return world;
}

/** Reasons that may stand for a vNIC where values are missing: one that is true of the whole host, or that none is told. */
function allowed(world: World): ReadonlyMap<string, ReadonlySet<string>> {
  const evaluated = evaluateReasons(gatherFacts(trackedHost(world), world.expectVf));
  const before = diagnoseWorld(world);
  const formerly = evaluateReasons(gatherFacts(trackedHost(older(world)), world.expectVf));
  return new Map(
    evaluated.facts.vnics.map((vnic) => [
      vnic.vnic.id,
      new Set([
        ...REASONS.filter(
          (row) =>
            row.kind === 'reason' &&
            (resultOf(row, vnic, evaluated) === true ||
              formerly.facts.vnics.some(
                (its) => its.vnic.id === vnic.vnic.id && resultOf(row, its, formerly) === true,
              )),
        ).map(({ id }) => id),
        before.vnics.get(vnic.vnic.id)?.reason?.id ?? '',
        'vf_absent_undetermined',
        // That the host says no is true whatever its reason: with the text unread this says so.
        ...(world.host.platform.iovSupported === false ? ['host_iov_unsupported_other'] : []),
      ]),
    ]),
  );
}

/** What is said of the whole host of a case, and what may be said of it: made once a case. */
const truths = new Map<
  (world: World) => unknown,
  { readonly before: Diagnosis; readonly may: ReturnType<typeof allowed> }
>();
function truthOf(change: (world: World) => unknown) {
  const former = truths.get(change);
  if (former !== undefined) return former;
  const whole = worldOf(change);
  const truth = { before: diagnoseWorld(whole), may: allowed(whole) };
  truths.set(change, truth);
  return truth;
}

function expectNothingInvented(change: (world: World) => unknown, removed: readonly Field[]): void {
  const { before, may } = truthOf(change);
  const less = worldOf(change);
  for (const field of removed) field.remove(less);
  for (const [id, after] of diagnoseWorld(less).vnics) {
    const without = `without ${removed.map(({ where }) => where).join(', ')}`;
    if (after.fallback) expect([without, before.vnics.get(id)?.fallback]).toEqual([without, true]);
    if (after.reason)
      expect([without, after.reason.id, may.get(id)?.has(after.reason.id)]).toEqual([without, after.reason.id, true]);
  }
}

describe('diagnosis', () => {
  it('never derives a fallback or a wrong reason from a missing field', () => {
    let fields = 0;
    for (const { fires } of CASES) {
      for (const field of fieldsOf(worldOf(fires))) {
        fields += 1;
        expectNothingInvented(fires, [field]);
      }
    }
    expect(fields).toBeGreaterThan(4_000);
  });

  it('never derives them from several missing fields either', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(fc.nat(), { minLength: 2, maxLength: 12 }),
        ({ fires }, picks) => {
          const fields = fieldsOf(worldOf(fires));
          expectNothingInvented(
            fires,
            picks.flatMap((pick) => fields[pick % fields.length] ?? []),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says the same of the same host, whatever the order of its rows', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CASES), fc.nat(), ({ fires }, seed) => {
        const shuffled = worldOf(fires);
        const { host } = shuffled;
        for (const rows of [host.nics, host.vswitches, host.vms, host.vnics, host.vports, host.vfs, host.vmQueues])
          shuffle(rows, seed);
        expect(sorted(diagnoseWorld(shuffled))).toEqual(sorted(diagnoseWorld(worldOf(fires))));
      }),
      { numRuns: 200 },
    );
  });

  it('has no findings for an empty host or one with identities only', () => {
    const empty = worldOf(({ host }) => {
      Object.assign(host, { platform: {}, nics: [], vswitches: [], vms: [], vnics: [], sources: new Map() });
    });
    expect(diagnoseWorld(empty)).toMatchObject({
      host: [],
      hostBlockers: [],
      duplicateMacs: undefined,
      duplicateIps: undefined,
    });
    const bare = worldOf((world) => {
      for (const { remove } of fieldsOf(world)) remove(world);
    });
    for (const its of diagnoseWorld(bare).vnics.values()) expect(its).toEqual({ fallback: false, findings: [] });
  });
});

function shuffle(rows: unknown[], seed: number): void {
  for (let at = rows.length - 1; at > 0; at -= 1) {
    const other = (seed + at * 7919) % (at + 1);
    [rows[at], rows[other]] = [rows[other], rows[at]];
  }
}

/** What is said, maps by key: neither the order of rows nor the facts that were given. */
const sorted = ({ evaluated: _evaluated, ...diagnosis }: Diagnosis) => ({
  ...diagnosis,
  nics: new Map([...diagnosis.nics].sort(byKey)),
  vswitches: new Map([...diagnosis.vswitches].sort(byKey)),
  vnics: new Map([...diagnosis.vnics].sort(byKey)),
});
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
