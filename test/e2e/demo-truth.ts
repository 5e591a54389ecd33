import type { World } from '../../src/simulated-host/world.ts';
import type { WorldState, WorldVnic } from '../../src/simulated-host/world-model.ts';

const TICKS = 1e7;

/** A counter of the exposition and what it must count, by the label that identifies its object. */
export interface Truth {
  readonly metric: string;
  readonly label: string;
  /** What Windows counts in: a whole number of these */
  readonly unit: number;
  /** Cumulative values by the label's value; what the exposition has not is not asked for */
  readonly of: (state: WorldState) => ReadonlyMap<string, number>;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const byVnic = (value: (vnic: WorldVnic) => number) => (state: WorldState) =>
  new Map(
    state.vnics.filter((vnic) => vnic.counterInstance !== undefined).map((vnic) => [vnic.guid, value(vnic)] as const),
  );

/** One of each kind of counter: network of vNIC, VF, NIC and vSwitch, processors of VM, host and root. */
export const TRUTHS: readonly Truth[] = [
  {
    metric: 'hyperv_vnic_receive_bytes_total',
    label: 'vnic_id',
    unit: 1,
    of: byVnic((vnic) => vnic.traffic.bytesReceived),
  },
  {
    metric: 'hyperv_vnic_transmit_packets_total',
    label: 'vnic_id',
    unit: 1,
    of: byVnic((vnic) => vnic.traffic.packetsSent),
  },
  {
    metric: 'hyperv_vf_receive_bytes_total',
    label: 'vnic_id',
    unit: 1,
    of: ({ vfs }) => new Map(vfs.map((vf) => [vf.vnicGuid, vf.traffic?.bytesReceived ?? Number.NaN])),
  },
  {
    metric: 'hyperv_nic_receive_bytes_total',
    label: 'nic',
    unit: 1,
    // As windows_exporter writes descriptions
    of: ({ nics }) => new Map(nics.map((nic) => [shown(nic.description), nic.counters.receivedBytes])),
  },
  {
    metric: 'hyperv_vswitch_transmit_bytes_total',
    label: 'vswitch',
    unit: 1,
    of: ({ vswitches }) => new Map(vswitches.map(({ name, traffic }) => [name, traffic.bytesSent])),
  },
  {
    metric: 'hyperv_vm_cpu_seconds_total{state="guest"}',
    label: 'vm_id',
    unit: 1 / TICKS,
    of: ({ vms }) =>
      new Map(
        vms
          .filter((vm) => vms.filter(({ name }) => name === vm.name).length === 1)
          .map((vm) => [vm.id, sum(vm.processors.map((one) => one.guest100ns)) / TICKS]),
      ),
  },
  {
    metric: 'hyperv_vm_cpu_dispatches_total',
    label: 'vm_id',
    unit: 1,
    of: ({ vms }) => new Map(vms.map((vm) => [vm.id, sum(vm.processors.map((one) => one.dispatches))])),
  },
  {
    metric: 'hyperv_host_cpu_seconds_total{state="guest"}',
    label: 'state',
    unit: 1 / TICKS,
    of: ({ logicalProcessors: all }) => new Map([['guest', sum(all.map((one) => one.guest100ns)) / TICKS]]),
  },
  {
    metric: 'hyperv_root_cpu_seconds_total{state="guest"}',
    label: 'state',
    unit: 1 / TICKS,
    of: ({ rootProcessors: all }) => new Map([['guest', sum(all.map((one) => one.guest100ns)) / TICKS]]),
  },
];

const shown = (description: string) => description.replaceAll('(', '[').replaceAll(')', ']').replaceAll('#', '_');

/** Growth a second of each object's counter between two times (Unix seconds). */
export function rates(truth: Truth, world: World, from: number, to: number): Map<string, number> {
  const [before, after] = [truth.of(world(from * 1000)), truth.of(world(to * 1000))];
  return new Map(
    [...after].flatMap(([key, value]) => {
      const former = before.get(key);
      return former === undefined ? [] : [[key, (value - former) / (to - from)] as const];
    }),
  );
}
