import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { Diagnosis } from '../../../src/diagnosis/diagnose.ts';
import type { ExpectVf } from '../../../src/diagnosis/model.ts';
import type { Host, Nic, Vm, Vnic, VSwitch } from '../../../src/host/model.ts';
import type { TrackedHost, TrackedVnic } from '../../../src/history/model.ts';
import { windows } from '../../../src/document/enumerations.ts';
import { emptyHost, emptyTracked } from './view.ts';

/** Hand-made hosts: a case is the ordinary host below with what the case changes. */

type Mutable<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Mutable<V>>
    : T extends readonly (infer V)[]
      ? Mutable<V>[]
      : T extends object
        ? { -readonly [K in keyof T]: Mutable<T[K]> }
        : T;

export interface World {
  host: Mutable<Host>;
  vnics: Map<string, Mutable<TrackedVnic>>;
  /** received packets per second over 24 hours, by vNIC id */
  rates: Map<string, number>;
  expectVf: ExpectVf;
}

export const NOW = Date.UTC(2026, 4, 4, 12);
export const SWITCH = '11111111-0000-4000-8000-000000000001';
export const NIC = 'Intel(R) Ethernet Server Adapter X520-2';
export const NIC_2 = 'Intel(R) Ethernet Server Adapter X520-2 #2';
export const guid = (n: number) => `22222222-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** The vNIC that cases are about, and its VM */
export const WEB = guid(107);
export const WEB_VM = guid(7);

export const nic = (description: string, name: string): Mutable<Nic> => ({
  description,
  label: description,
  friendlyName: name,
  isLbfoTeam: false,
  up: true,
  present: true,
  speedBytes: 1.25e9,
  sriovCapable: true,
  sriovSupport: 'supported',
  sriovEnabled: true,
  vfLimit: 62,
  vfAllocated: 10,
  vfHardwareLimit: 62,
  vportLimit: 64,
  vportActive: 12,
  queuePairLimit: 128,
  vswitchId: SWITCH,
  numaNode: 0,
  vmq: { enabled: false, queueLimit: 31, baseProcessorGroup: 0, baseProcessor: 2, maxProcessorNumber: 14, numaNode: 0 },
});

export const vswitch = (): Mutable<VSwitch> => ({
  id: SWITCH,
  name: 'Production',
  type: 'external',
  teaming: 'none',
  iovEnabled: true,
  iovSupported: true,
  iovReasons: [],
  vfLimit: 62,
  vfInUse: 10,
  queuePairLimit: 128,
  queuePairInUse: 20,
  vmqLimit: 31,
  vmqAllocated: 1,
  memberNics: [NIC],
  physicalNics: [NIC],
  forwardingExtensions: [],
  identityOnly: false,
  nameShared: false,
});

export const vm = (id: string, name: string): Mutable<Vm> => ({
  id,
  name,
  state: 'running',
  migrating: false,
  sriovStatus: [],
  real: true,
  heartbeat: windows.VMHeartbeatStatus.NoContact,
  identityOnly: false,
  nameShared: false,
});

export const vnic = (id: string, vmId: string, vmName: string): Mutable<Vnic> => ({
  id,
  name: 'Network Adapter',
  vmId,
  vmName,
  kind: 'synthetic',
  mac: `00:15:5D:00:00:${id.slice(-2)}`,
  vswitchId: SWITCH,
  vswitchName: 'Production',
  connected: true,
  status: [windows.VMNetworkAdapterOperationalStatus.Ok],
  iovWeight: 100,
  pathApplies: true,
  path: 'synthetic',
  offload: {
    vfAssigned: false,
    vfActive: false,
    queuePairsRequested: 1,
    queuePairsAssigned: 0,
    vmqWeight: 100,
    vmqAllocated: false,
    vmmqEnabled: false,
    vmmqQueuePairs: 1,
    vmmqQueuePairsRequested: 1,
  },
  vlanMode: 'untagged',
  settings: {
    virtualSubnetId: 0,
    isolationMode: windows.VMNetworkAdapterIsolationMode.None,
    maximumBandwidthBytes: 0,
    aclRules: 0,
  },
  identityOnly: false,
});

export const tracked = (path: TrackedVnic['path']): Mutable<TrackedVnic> => ({
  path,
  since: NOW - 7_200_000,
  transitionsTo: { vf: 0, synthetic: 0 },
  recentChanges: [],
});

/** All is in order, and yet web07 has no VF. */
export function ordinary(): World {
  const ok = (part: 'inventory' | 'config') => ({ part, status: 'ok' as const, fresh: true, takenAt: NOW });
  return {
    host: {
      ...(structuredClone(emptyHost) as Mutable<Host>),
      takenAt: NOW,
      inventorySequence: 2,
      platform: {
        name: 'HV01',
        iovSupported: true,
        iovReasons: [],
        logicalProcessors: 32,
        physicalCores: 16,
        os: 'Microsoft Windows Server 2022 Datacenter',
        productType: windows.ProductType.Server,
        iovOverride: false,
        isVirtualMachine: false,
      },
      nics: [nic(NIC, 'SLOT 2 Port 1')],
      vswitches: [vswitch()],
      vms: [vm(WEB_VM, 'web07')],
      vnics: [vnic(WEB, WEB_VM, 'web07')],
      sources: new Map([
        ...[
          'vm',
          'vm_switch',
          'vm_network_adapter',
          'net_adapter',
          'net_adapter_sriov',
          'net_adapter_vport',
          'net_adapter_vmq_queue',
          'vnic_instance',
        ].map((name) => [name, ok('inventory')] as const),
        ...['vm_network_adapter_setting'].map((name) => [name, ok('config')] as const),
      ]),
    },
    vnics: new Map([[WEB, tracked('synthetic')]]),
    rates: new Map(),
    expectVf: () => true,
  };
}

/** A second NIC in a SET team with the first. */
export function team(world: World): void {
  world.host.nics.push(nic(NIC_2, 'SLOT 2 Port 2'));
  const [its] = world.host.vswitches;
  its!.teaming = 'set';
  its!.queueMode = 'sum';
  its!.memberNics = [NIC, NIC_2];
  its!.physicalNics = [NIC, NIC_2];
}

/** A further VM with one vNIC on a path. */
export function add(world: World, n: number, name: string, path: TrackedVnic['path'] = 'synthetic'): Mutable<Vnic> {
  world.host.vms.push(vm(guid(n), name));
  const its = vnic(guid(100 + n), guid(n), name);
  world.host.vnics.push(its);
  world.vnics.set(its.id, tracked(path));
  return its;
}

/** web07 takes a path. */
export function takes(world: World, path: TrackedVnic['path']): void {
  world.vnics.set(WEB, { ...world.vnics.get(WEB)!, path });
  const [its] = world.host.vnics;
  its!.path = path;
  if (path === 'vf' || path === 'assigned') {
    its!.offload = { ...its!.offload, vfAssigned: true, vfActive: path === 'vf', queuePairsAssigned: 1 };
  }
}

/** A vSwitch without IOV whose NIC has VMQ on. */
export function withVmQueues(world: World): void {
  for (const its of world.host.vswitches) its.iovEnabled = false;
  for (const its of world.host.nics) its.vmq!.enabled = true;
}

/** web07 holds the last queue and receives little, sql02 has none and receives much. */
export function starved(world: World): void {
  withVmQueues(world);
  world.host.vswitches[0]!.vmqAllocated = 31;
  world.host.vnics[0]!.offload!.vmqAllocated = true;
  const busy = add(world, 2, 'sql02');
  world.rates.set(WEB, 12).set(busy.id, 90_000);
}

export const trackedHost = ({ host, vnics, rates }: World): TrackedHost => ({
  ...emptyTracked,
  host,
  now: NOW,
  vnics,
  rates: {
    ...emptyTracked.rates,
    vnicReceivePackets: (id, seconds) => (seconds === 86_400 ? rates.get(id) : undefined),
  },
});

export const diagnoseWorld = (world: World): Diagnosis => diagnose(trackedHost(world), world.expectVf);

/** The ordinary host with a change, diagnosed. */
export function diagnoseWith(change: (world: World) => void = () => undefined): Diagnosis {
  const world = ordinary();
  change(world);
  return diagnoseWorld(world);
}
