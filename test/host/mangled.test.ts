import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { PARTS } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import type { TrackedHost } from '../../src/history/model.ts';
import type { Host } from '../../src/host/model.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { collection } from '../support/hand-made/view.ts';
import { hostFromDocuments, trackDocuments } from '../support/build.ts';
import { type Damage, damage, lost, wild } from '../support/damage.ts';
import { fixture, later, type LooseDocument, row, source } from '../support/documents.ts';
import { seriesOf } from '../support/pipeline.ts';

/** Every known path is in it: on the VF, assigned, synthetic and, on VM db's third vNIC, not requested. */
const documents = () => {
  const inventory = fixture('set-inventory');
  const third = row(inventory, 'vm_network_adapter', 2);
  const id = String(third['id']).replace('aaaa0003', 'aaaa0006');
  source(inventory, 'vm_network_adapter').rows.push({ ...third, id, macAddress: '00155D000006' });
  Object.assign(third, { iovWeight: 100, iovUsage: 1 });
  return [inventory, fixture('set-activity'), fixture('set-config'), fixture('set-cluster')];
};

/** The demo host's documents, `seconds` after the scenario's start. */
const demo = (scenario: Scenario, seconds: number) => {
  const world = makeWorld(1, scenario, 0);
  return PARTS.map((part) => writeDocument(part, seconds * 1000, world) as LooseDocument);
};

interface Base {
  readonly name: string;
  readonly documents: () => LooseDocument[];
  readonly host: Host;
}
const baseOf = (name: string, whole: readonly LooseDocument[]): Base => ({
  name,
  documents: () => structuredClone([...whole]),
  host: hostFromDocuments(whole),
});
const byHand = baseOf('by hand', documents());
/** Fallbacks of both kinds, VMs off, VFs with counters, vPorts of the PF, VM queues, a VM in its migration's last seconds. */
const bases = [
  byHand,
  baseOf('guest-driver-missing', demo('guest-driver-missing', 120)),
  baseOf('vf-pool-exhausted', demo('vf-pool-exhausted', 120)),
  baseOf('set-team', demo('set-team', 120)),
  baseOf('vmq-starved', demo('vmq-starved', 120)),
  baseOf('live-migration', demo('live-migration', 242)),
];

/** What comes of the documents, or the code of the error that names what is wrong; anything else thrown fails. */
function trackedOrCode(raw: readonly unknown[]): TrackedHost | string {
  try {
    return trackDocuments(raw).tracked;
  } catch (error) {
    if (error instanceof OperationalError) return error.code;
    throw error;
  }
}

type Fact = [path: string, value: number | boolean | string];

/** Numbers, booleans and words of an object, nested ones by path; a list as one word. */
function facts(value: unknown, path = ''): Fact[] {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return [[path, JSON.stringify(value)]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, its]) => facts(its, `${path}.${key}`));
}

/**
 * What may be said of a damaged thing only: that and why it is not known; members by description where a GUID is lost;
 * that a VM is real, which it is unless something says that it is not. Rules and extensions are looked at below.
 */
const MAY_DIFFER = new Set([
  '.identityOnly',
  '.nameShared',
  '.unknownCause',
  '.memberNics',
  '.physicalNics',
  '.settings.aclRules',
  '.forwardingExtensions',
  '.real',
]);

/** Facts of the damaged objects that the whole ones do not have. */
function invented<T>(whole: readonly T[], damaged: readonly T[], key: (item: T) => string): string[] {
  const known = new Map(whole.map((item) => [key(item), new Map(facts(item))]));
  return damaged.flatMap((item) =>
    facts(item)
      .filter(([path, value]) => !MAY_DIFFER.has(path) && !(path === '.path' && value === 'unknown'))
      // a vNIC without a name has an empty label, which to Prometheus is none
      .filter(([path, value]) => !(path === '.name' && value === ''))
      .filter(([path, value]) => known.has(key(item)) && known.get(key(item))?.get(path) !== value)
      .map(([path, value]) => `${key(item)}${path} = ${value}`),
  );
}

function expectNothingInvented({ host: whole }: Base, host: Host): void {
  const known = new Set(whole.vnics.map(({ id }) => id));
  expect(host.vnics.filter(({ id, path }) => !known.has(id) && path !== 'unknown')).toEqual([]);
  expect([
    ...invented(whole.nics, host.nics, (nic) => nic.description),
    ...invented(whole.vswitches, host.vswitches, (vswitch) => vswitch.id),
    ...invented(whole.vms, host.vms, (vm) => vm.id),
    ...invented(whole.vnics, host.vnics, (vnic) => vnic.id),
    ...invented(whole.vfs, host.vfs, (vf) => `${vf.nic} VF ${vf.functionId}`),
    ...invented(whole.vports, host.vports, (vport) => `${vport.nic} vPort ${vport.vportId}`),
    ...invented(whole.vmQueues, host.vmQueues, (queue) => `${queue.nic} queue ${queue.queueId}`),
    ...invented(whole.processes, host.processes, ({ process }) => process),
    ...invented([whole.cpu], [host.cpu], () => 'cpu'),
    // The name without its domain is a name too.
    ...invented([whole.platform], [{ ...host.platform, name: undefined }], () => 'platform'),
    // -1 is a state of its own
    ...invented([whole.cluster], [host.cluster], () => 'cluster').filter((fact) => fact !== 'cluster.state = unknown'),
  ]).toEqual([]);
  // Rules have no key: a number of them is at least so many, and none only if all were read.
  const rulesOf = ({ vnics }: Host, id: string) => vnics.find((vnic) => vnic.id === id)?.settings?.aclRules;
  for (const { id } of host.vnics) if (rulesOf(host, id) === 0) expect([id, rulesOf(whole, id)]).toEqual([id, 0]);
  // An extension whose name was lost goes by its id.
  const extensionsOf = ({ vswitches }: Host, id: string) =>
    vswitches.find((vswitch) => vswitch.id === id)?.forwardingExtensions?.length;
  for (const { id } of host.vswitches) {
    const [all = 0, left] = [extensionsOf(whole, id), extensionsOf(host, id)];
    if (left !== undefined) expect([id, left]).toEqual([id, left === 0 ? all : Math.min(left, all)]);
  }
}

/** All that is made of it, to the last metric: a number for each series, each series once, nothing below 0. */
function seriesOrFail(tracked: TrackedHost): ReadonlyMap<string, number> {
  const diagnosis = diagnose(tracked, () => true);
  const series = seriesOf(collectFamilies({ tracked, diagnosis, collection: collection() }));
  for (const [name, value] of series)
    if (!Number.isFinite(value) || value < 0) expect(`${name} ${value}`).toBe('a number');
  return series;
}

const base = fc.constantFrom(...bases).map((one) => Object.assign(one, { [fc.toStringMethod]: () => one.name }));
const spoil = (all: readonly LooseDocument[], damages: readonly Damage[]) => {
  for (const one of damages) damage(all, one);
};

describe('a document damaged anywhere', () => {
  it('gives a Host or a named error, never turns what is missing into a value, never into another path', () => {
    fc.assert(
      fc.property(base, fc.array(lost, { minLength: 1, maxLength: 8 }), (whole, damages) => {
        const all = whole.documents();
        spoil(all, damages);
        const tracked = trackedOrCode(all);
        if (typeof tracked === 'string') expect(tracked).toBe('document_invalid');
        else expectNothingInvented(whole, tracked.host);
      }),
      { numRuns: 250 },
    );
  });

  it('shows no vNIC in fallback that the undamaged documents do not show', () => {
    const told = (documentsOf: () => LooseDocument[], damages: readonly Damage[]) => {
      const twice = [documentsOf(), documentsOf().map((one) => later(one, 60_000))];
      for (const all of twice) spoil(all, damages);
      const tracked = trackedOrCode(twice.flat());
      if (typeof tracked === 'string') return new Set<string>();
      return new Set([...seriesOrFail(tracked).keys()].filter((name) => name.startsWith('hyperv_vnic_fallback ')));
    };
    const ids = (names: ReadonlySet<string>) => [...names].map((name) => /"vnic_id","([^"]*)"/.exec(name)?.[1]);
    const truths = new Map(bases.map((whole) => [whole, new Set(ids(told(whole.documents, [])))]));
    expect([...truths.values()].reduce((sum, truth) => sum + truth.size, 0)).toBeGreaterThan(7);
    const few = fc.array(
      lost.filter(({ how }) => how !== 'sources'),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(base, few, (whole, damages) => {
        const known = truths.get(whole);
        expect(ids(told(whole.documents, damages)).filter((id) => !known?.has(id ?? ''))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('gives metrics or a named error for any value in any field', () => {
    fc.assert(
      fc.property(base, fc.array(wild, { minLength: 1, maxLength: 12 }), (whole, damages) => {
        const all = whole.documents();
        spoil(all, damages);
        const tracked = trackedOrCode(all);
        if (typeof tracked === 'string') expect(tracked).toBe('document_invalid');
        else expect(seriesOrFail(tracked).size).toBeGreaterThan(0);
      }),
      { numRuns: 80 },
    );
  });

  it('is read, or refused with a named error, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(...PARTS), (value, part) => {
        expect(trackedOrCode([value])).toBeTypeOf(
          typeof value === 'object' && value !== null && 'sources' in value ? 'object' : 'string',
        );
        const tracked = trackedOrCode([{ schema: 1, part, takenAt: 1, sources: value }]);
        if (typeof tracked === 'string') expect(tracked).toBe('document_invalid');
        else expect([tracked.host.vnics, tracked.host.vms, tracked.host.nics]).toEqual([[], [], []]);
      }),
      { numRuns: 200 },
    );
  });

  it('publishes no fallback over any series of damaged documents that the undamaged ones do not show', () => {
    fc.assert(
      fc.property(fc.array(fc.array(lost, { maxLength: 4 }), { minLength: 2, maxLength: 4 }), (polls) => {
        const raw = polls.flatMap((damages, poll) => {
          const all = byHand.documents().map((document) => later(document, poll * 60_000));
          spoil(
            all,
            damages.filter(({ how }) => how !== 'sources'),
          );
          return all;
        });
        for (const [id, { path, transitionsTo }] of trackDocuments(raw).tracked.vnics) {
          const truth = byHand.host.vnics.find((vnic) => vnic.id === id)?.path;
          if (truth !== undefined) expect([truth, 'unknown']).toContain(path);
          expect(transitionsTo).toEqual({ vf: 0, synthetic: 0 });
        }
      }),
      { numRuns: 80 },
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
          const truth = byHand.host.vnics.find((vnic) => vnic.id === id)?.path;
          expect([truth, 'unknown'], `${name} ${index} without ${key}`).toContain(path);
        }
      }
    }
  }
  expect(fields).toBeGreaterThan(200);
});

describe('the order of rows', () => {
  it('does not matter, even if two rows contradict each other', () => {
    fc.assert(
      fc.property(base, fc.array(lost, { maxLength: 3 }), fc.infiniteStream(fc.nat()), (whole, damages, numbers) => {
        const all = whole.documents();
        spoil(
          all,
          damages.filter(({ how }) => how !== 'sources'),
        );
        const straight = hostFromDocuments(all);
        for (const document of all) {
          for (const its of Object.values(document.sources)) {
            if (Array.isArray(its?.rows)) its.rows = shuffled(its.rows, () => Number(numbers.next().value));
          }
        }
        expect(hostFromDocuments(all)).toEqual(straight);
      }),
      { numRuns: 60 },
    );
  });
});

const shuffled = <T>(items: readonly T[], next: () => number): T[] =>
  items
    .map((item) => ({ item, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

it('two objects with the same name never produce the same series twice', () => {
  const [inventory, activity] = documents();
  row(inventory!, 'vm', 2)['name'] = row(inventory!, 'vm', 0)['name'];
  const vswitch = row(inventory!, 'vm_switch', 0);
  source(inventory!, 'vm_switch').rows.push({ ...vswitch, id: '66666666-0000-4000-8000-000000000009' });
  const names = [...seriesOrFail(trackDocuments([inventory, activity]).tracked).keys()];
  expect(names.filter((name) => name.includes('_name_shared'))).toEqual([
    expect.stringMatching(/^hyperv_host_finding .*"vm_name_shared"/),
    expect.stringMatching(/^hyperv_vswitch_finding .*"vswitch_name_shared"/),
  ]);
});
