import { isDeepStrictEqual } from 'node:util';
import type { Row, Part, SourceName } from './document.ts';

type Keys = { readonly [P in Part]: { readonly [S in SourceName<P>]: ((row: Row<P, S>) => string) | undefined } };

const nic = (row: { readonly interfaceDescription: string }) => row.interfaceDescription;
const instance = (row: { readonly instance: string }) => row.instance;
const id = (row: { readonly id: string }) => row.id.toLowerCase();
const only = () => '';
/** A list: the same row may well be in it twice. */
const none = undefined;

/** What identifies a row within its source. */
const rowKeys: Keys = {
  inventory: {
    vm_host: only,
    vm_switch: id,
    vm: id,
    vm_network_adapter: id,
    net_adapter: nic,
    net_adapter_sriov: nic,
    net_adapter_sriov_vf: (row) => `${row.interfaceDescription}\n${row.functionID}`,
    net_adapter_vport: (row) => `${row.interfaceDescription}\n${row.vPortID}`,
    net_adapter_vmq: nic,
    net_adapter_vmq_queue: (row) => `${row.interfaceDescription}\n${row.queueID}`,
    vnic_instance: instance,
  },
  activity: {
    net_adapter_statistics: nic,
    process: (row) => `${row.name}\n${row.id}`,
    counters_virtual_network_adapter: instance,
    counters_virtual_switch: instance,
    counters_virtual_processor: instance,
    counters_root_virtual_processor: instance,
    counters_logical_processor: instance,
    counters_mellanox_vf: instance,
  },
  config: {
    computer: only,
    registry: only,
    vm_switch_extension: (row) => `${row.switchId ?? row.switchName ?? ''}\n${row.id ?? row.name ?? ''}`,
    vm_switch_team: (row) => row.id ?? row.name,
    net_lbfo_team: (row) => row.name,
    vm_network_adapter_team_mapping: none,
    vm_network_adapter_acl: none,
    vm_network_adapter_extended_acl: none,
    vm_network_adapter_setting: id,
    net_adapter_hardware: nic,
  },
  cluster: { cluster_node: only },
};

/** The key function of a source by names that are only known at run time; undefined where rows have no key. */
export function rowKey(part: Part, source: string): ((row: unknown) => string) | undefined {
  const keys: Readonly<Record<string, unknown>> = rowKeys[part];
  const key = keys[source];
  return typeof key === 'function' ? (row) => String(key(row)) : undefined;
}

/**
 * Rows of which each key is there once. The same row twice is one row; rows of one key that say different things are
 * all left out, since nobody knows which is true: their number is `conflicting`.
 */
export function oneRowPerKey<T>(
  rows: readonly T[],
  key: ((row: T) => string) | undefined,
): { readonly rows: readonly T[]; readonly conflicting: number } {
  if (key === undefined || new Set(rows.map(key)).size === rows.length) return { rows, conflicting: 0 };
  const byKey = new Map<string, T[]>();
  for (const row of rows) {
    const group = byKey.get(key(row));
    if (group) group.push(row);
    else byKey.set(key(row), [row]);
  }
  const groups = [...byKey.values()];
  const agreeing = groups.filter(([first, ...others]) => others.every((other) => isDeepStrictEqual(first, other)));
  return {
    rows: agreeing.flatMap(([first]) => (first === undefined ? [] : [first])),
    conflicting: rows.length - agreeing.reduce((sum, group) => sum + group.length, 0),
  };
}
