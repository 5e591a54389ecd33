import type { Guid, Vf, Vm, Vnic, VSwitch } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';
import { eachInSteps, type Steps } from '../turn.ts';
import { filterRows, ROW_STATUSES, type VnicRow } from './vnic-rows.ts';

/** Columns by which the list of vNICs can be sorted. */
export const SORTS = ['trouble', 'vm', 'path', 'since', 'reason', 'traffic', 'cpu'] as const;
export type Sort = (typeof SORTS)[number];
/** What the list of vNICs can be grouped by. */
export const GROUPS = ['none', 'reason', 'vswitch', 'nic'] as const;
export type Group = (typeof GROUPS)[number];

/** How the vNICs are listed. */
export interface ListQuery {
  /** Words that a row must hold */
  readonly filter: string;
  readonly sort: Sort;
  /** The largest, the newest or the last in the alphabet first */
  readonly descending: boolean;
  readonly group: Group;
  /** Rows without trouble are listed too */
  readonly all: boolean;
}

/** What only a table of many shows of a vNIC. */
export interface Details {
  readonly mac?: string | undefined;
  readonly vlan?: number | undefined;
  /** The NIC of its VF, else the NICs below its vSwitch */
  readonly nic?: string | undefined;
  /** Another row has the same VM and vNIC name: only MAC, VLAN and NIC tell them apart */
  readonly nameShared: boolean;
}

export interface Load {
  /** Bytes per second over the last minute, both directions; undefined where it is not counted */
  readonly syntheticBytes?: number | undefined;
  readonly vfBytes?: number | undefined;
  /** Guest CPU of its VM over the last minute, in processors, and how many it has */
  readonly cpu?: number | undefined;
  readonly processors?: number | undefined;
}

export interface ListedGroup {
  /** What its rows have in common; undefined for the only group of a list that is not grouped */
  readonly name?: string | undefined;
  readonly rows: readonly VnicRow[];
  /** Rows of it without trouble that are left out */
  readonly folded: readonly VnicRow[];
}

export interface VnicList {
  readonly groups: readonly ListedGroup[];
  /** Rows that match the filter, folded ones too */
  readonly found: number;
}

/** All vNICs of one view of a host, to be listed in any order. */
export interface ListedVnics {
  /** By trouble */
  readonly rows: readonly VnicRow[];
  /** Looked up when first asked for: a page shows few of many rows */
  readonly load: (row: VnicRow) => Load;
  readonly details: (row: VnicRow) => Details;
  /** In each order that was asked for */
  readonly sorted: Map<string, readonly VnicRow[]>;
}

/**
 * @param rows all vNICs, by trouble
 * @param vfBytes bytes per second on the VF of a vNIC, where they are counted
 */
export function* listedVnics(
  tracked: TrackedHost,
  rows: readonly VnicRow[],
  vfBytes: (vnicId: Guid) => number | undefined = () => undefined,
): Steps<ListedVnics> {
  const load = loadOf(tracked, vfBytes);
  yield;
  return { rows, load, details: yield* detailsOf(tracked, rows), sorted: new Map() };
}

const FLEETING_SECONDS = 60;

/** Neither off its VF, nor unknown or settling, and no finding above a note. */
const isHealthy = ({ status, findings }: VnicRow): boolean =>
  status !== 'fallback' &&
  status !== 'unknown' &&
  status !== 'settling' &&
  findings.every(({ severity }) => severity === 'info');

/**
 * The vNICs as a table lists them. Rows without trouble are folded, unless all are asked for, none has any trouble, or a
 * filter says which ones are wanted. Pure.
 */
export function* listVnics(vnics: ListedVnics, query: ListQuery): Steps<VnicList> {
  const found = yield* filterRows(yield* sorted(vnics, query), query.filter);
  yield;
  const folds = !query.all && query.filter === '' && found.some((row) => !isHealthy(row)) && found.some(isHealthy);
  const groups = grouped(found, query.group, vnics.details).map(({ name, rows: all }) => ({
    name,
    rows: folds ? all.filter((row) => !isHealthy(row)) : all,
    folded: folds ? all.filter(isHealthy) : [],
  }));
  return { groups, found: found.length };
}

function* detailsOf({ host }: TrackedHost, rows: readonly VnicRow[]): Steps<ListedVnics['details']> {
  const vnics = new Map(host.vnics.map((vnic) => [vnic.id, vnic]));
  yield;
  const vfs = new Map(host.vfs.map((vf) => [vf.vnicId, vf]));
  const vswitches = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch]));
  yield;
  const nameOf = ({ vm, vnic }: VnicRow) => `${vm}\n${vnic}`;
  const names = new Map<string, number>();
  yield* eachInSteps(rows, (row) => {
    const name = nameOf(row);
    names.set(name, (names.get(name) ?? 0) + 1);
  });
  yield;
  const known = new Map<Guid, Details>();
  return (row) => {
    const former = known.get(row.id);
    if (former !== undefined) return former;
    const vnic = vnics.get(row.id);
    const details = {
      mac: vnic?.mac,
      vlan: vnic?.vlan,
      nic: nicOf(vnic, vfs.get(row.id), vswitches.get(vnic?.vswitchId ?? '')),
      nameShared: (names.get(nameOf(row)) ?? 0) > 1,
    };
    known.set(row.id, details);
    return details;
  };
}

const nicOf = (vnic: Vnic | undefined, vf: Vf | undefined, vswitch: VSwitch | undefined): string | undefined =>
  vnic === undefined ? undefined : (vf?.nic ?? (vswitch?.physicalNics ?? vswitch?.memberNics)?.join(', '));

function loadOf({ host, rates }: TrackedHost, vfBytes: (vnicId: Guid) => number | undefined): (row: VnicRow) => Load {
  const vms = new Map<Guid, Vm>(host.vms.map((vm) => [vm.id, vm]));
  const known = new Map<Guid, Load>();
  return ({ id, vmId = '' }) => {
    const former = known.get(id);
    if (former !== undefined) return former;
    const received = rates.vnicReceiveBytes(id, FLEETING_SECONDS);
    const sent = rates.vnicTransmitBytes(id, FLEETING_SECONDS);
    const load = {
      syntheticBytes: received === undefined || sent === undefined ? undefined : received + sent,
      vfBytes: vfBytes(id),
      cpu: rates.vmGuestCpu(vmId, FLEETING_SECONDS),
      processors: vms.get(vmId)?.processors,
    };
    known.set(id, load);
    return load;
  };
}

/** Both paths together, where either is counted. */
export const trafficOf = ({ syntheticBytes, vfBytes }: Load): number | undefined =>
  syntheticBytes === undefined && vfBytes === undefined ? undefined : (syntheticBytes ?? 0) + (vfBytes ?? 0);

const RANK = new Map(ROW_STATUSES.map((status, index) => [status, index]));

type Key = string | number | undefined;
const keys = (load: (row: VnicRow) => Load): Readonly<Record<Exclude<Sort, 'trouble'>, (row: VnicRow) => Key>> => ({
  vm: ({ vm }) => vm.toLowerCase(),
  path: ({ status }) => RANK.get(status),
  since: ({ since }) => since,
  reason: ({ reason, findings }) => reason?.id ?? findings[0]?.id,
  traffic: (row) => trafficOf(load(row)),
  cpu: (row) => load(row).cpu,
});

/** All rows in the order of a query, sorted once for each order. */
function* sorted(vnics: ListedVnics, query: ListQuery): Steps<readonly VnicRow[]> {
  const order = `${query.sort} ${query.descending}`;
  const former = vnics.sorted.get(order);
  if (former !== undefined) return former;
  const rows = yield* sort(vnics, query);
  yield;
  vnics.sorted.set(order, rows);
  return rows;
}

/** Equal rows stay in the order of trouble, and what is not known comes last either way. */
function* sort({ rows, load }: ListedVnics, { sort: by, descending }: ListQuery): Steps<readonly VnicRow[]> {
  if (by === 'trouble') return descending ? rows.toReversed() : rows;
  const key = keys(load)[by];
  const sign = descending ? -1 : 1;
  const keyed = yield* eachInSteps(rows, (row) => ({ row, its: key(row) }));
  yield;
  return keyed
    .sort(({ its: a }, { its: b }) => {
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return a < b ? -sign : a > b ? sign : 0;
    })
    .map(({ row }) => row);
}

const NONE: Readonly<Record<Exclude<Group, 'none'>, string>> = {
  reason: 'No reason',
  vswitch: 'No vSwitch',
  nic: 'NIC not known',
};

/** Groups in the order of their first row, so that the worst or the first of the sorting leads. */
function grouped(
  rows: readonly VnicRow[],
  by: Group,
  details: ListedVnics['details'],
): readonly { readonly name?: string | undefined; readonly rows: readonly VnicRow[] }[] {
  if (by === 'none') return [{ rows }];
  const groups = new Map<string, VnicRow[]>();
  for (const row of rows) {
    const name = (by === 'reason' ? row.reason?.id : by === 'vswitch' ? row.vswitch : details(row).nic) || NONE[by];
    const group = groups.get(name) ?? [];
    group.push(row);
    groups.set(name, group);
  }
  return [...groups].map(([name, all]) => ({ name, rows: all }));
}
