import type { Row, Part, SourceName } from '../document/document.ts';

type Keys = { readonly [P in Part]: { readonly [S in SourceName<P>]: (row: Row<P, S>) => string } };

const nic = (row: { readonly interfaceDescription: string }) => row.interfaceDescription;
const instance = (row: { readonly instance: string }) => row.instance;
const id = (row: { readonly id: string }) => row.id;
const owner = (row: object) => JSON.stringify(row);
const only = () => '';

/** What identifies a row within its source, so that one missing from a partial document can be told from one replaced. */
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
    process: (row) => `${row.name}\n${row.id ?? ''}`,
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
    vm_switch_team: (row) => row.name,
    net_lbfo_team: (row) => row.name,
    vm_network_adapter_team_mapping: owner,
    vm_network_adapter_acl: owner,
    vm_network_adapter_extended_acl: owner,
    vm_network_adapter_setting: id,
    net_adapter_hardware: nic,
  },
  cluster: { cluster_node: (row) => row.name },
};

/** The key function of a source by names that are only known at run time. */
export function rowKey(part: Part, source: string): (row: unknown) => string {
  const keys: Readonly<Record<string, unknown>> = rowKeys[part];
  const key = keys[source];
  return (row) => (typeof key === 'function' ? String(key(row)) : JSON.stringify(row));
}
