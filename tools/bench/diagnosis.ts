import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Host, Nic, Vm, Vnic, VnicPath } from '../../src/host/model.ts';
import type { TrackedHost, TrackedVnic } from '../../src/history/model.ts';
import { windows } from '../../src/document/enumerations.ts';
import type { Figure } from './figure.ts';
import { median } from './measure.ts';

const NICS = 16;
const RUNS = 30;
const BUDGET_MS = 50;
const guid = (kind: number, n: number) =>
  `${kind.toString().padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const nicName = (n: number) => `Mellanox ConnectX-5 Adapter #${n}`;

/** A host with `vms` VMs of two vNICs each on 16 vSwitches; half of the vNICs are in fallback, which costs most. */
function hostOf(vms: number): TrackedHost {
  const nics = Array.from({ length: NICS }, (_, n): Nic => ({
    description: nicName(n),
    label: nicName(n),
    friendlyName: `Port ${n}`,
    isLbfoTeam: false,
    up: true,
    present: true,
    sriovCapable: true,
    sriovSupport: 'supported',
    sriovEnabled: true,
    vfLimit: 64,
    vfAllocated: 64,
    vportLimit: 128,
    vportActive: 65,
    queuePairLimit: 512,
    vswitchId: guid(1, n),
  }));
  const path = (n: number): VnicPath => (n % 2 === 0 ? 'vf' : 'synthetic');
  const vnics = Array.from({ length: vms * 2 }, (_, n): Vnic => ({
    id: guid(3, n),
    name: 'Network Adapter',
    vmId: guid(2, n >> 1),
    vmName: `app-server-${n >> 1}`,
    kind: 'synthetic',
    mac: `00:15:5D:${[16, 8, 0].map((by) => ((n >> by) & 255).toString(16).padStart(2, '0').toUpperCase()).join(':')}`,
    vswitchId: guid(1, n % NICS),
    vswitchName: `vSwitch ${n % NICS}`,
    connected: true,
    status: [windows.VMNetworkAdapterOperationalStatus.Ok],
    iovWeight: 100,
    pathApplies: true,
    path: path(n),
    offload: {
      vfAssigned: n % 2 === 0,
      vfActive: n % 2 === 0,
      queuePairsRequested: 1,
      queuePairsAssigned: 1,
      vmqWeight: 100,
      vmqAllocated: false,
    },
    settings: {
      virtualSubnetId: 0,
      isolationMode: windows.VMNetworkAdapterIsolationMode.None,
      aclRules: 0,
      maximumBandwidthBytes: 0,
    },
    identityOnly: false,
  }));
  const onVf = vnics.filter((_, n) => path(n) === 'vf');
  const host: Host = {
    takenAt: 1.7e12,
    inventorySequence: 1,
    platform: { iovSupported: true, iovReasons: [], productType: windows.ProductType.Server, isVirtualMachine: false },
    nics,
    vswitches: nics.map((nic, n) => ({
      id: guid(1, n),
      name: `vSwitch ${n}`,
      type: 'external',
      teaming: 'none',
      iovEnabled: true,
      iovSupported: true,
      vfLimit: 64,
      vfInUse: 64,
      queuePairLimit: 512,
      queuePairInUse: 128,
      memberNics: [nic.description],
      forwardingExtensions: [],
      identityOnly: false,
      nameShared: false,
    })),
    vms: Array.from({ length: vms }, (_, n): Vm => ({
      id: guid(2, n),
      name: `app-server-${n}`,
      state: 'running',
      migrating: false,
      sriovStatus: [],
      real: true,
      identityOnly: false,
      nameShared: false,
    })),
    vnics,
    vfs: onVf.map((vnic, n) => ({
      nic: nicName(n % NICS),
      functionId: n,
      vmId: vnic.vmId,
      vnicId: vnic.id,
      vportIds: [n],
    })),
    vports: onVf.map((vnic, n) => ({
      nic: nicName(n % NICS),
      vportId: n,
      functionId: n,
      vnicId: vnic.id,
      activated: true,
      queuePairs: 1,
    })),
    vmQueues: [],
    cpu: {},
    processes: [],
    sources: new Map(
      ['vm', 'vm_network_adapter', 'net_adapter', 'net_adapter_vport', 'net_adapter_vmq_queue'].map((name) => [
        name,
        { part: 'inventory', status: 'ok', fresh: true, takenAt: 1.7e12 },
      ]),
    ),
    unmatched: new Map(),
  };
  const tracked = new Map(
    vnics.map((vnic): [string, TrackedVnic] => [
      vnic.id,
      { path: vnic.path, since: 1.7e12, transitionsTo: { vf: 0, synthetic: 0 }, recentChanges: [] },
    ]),
  );
  const none = () => undefined;
  return {
    host,
    now: 1.7e12,
    vnics: tracked,
    transitions: [],
    rates: { vnicReceivePackets: none, vnicReceiveBytes: none, vnicTransmitBytes: none, vmGuestCpu: none },
  };
}

/** Milliseconds of CPU, of all threads. */
function timeOf(vms: number): number {
  const tracked = hostOf(vms);
  const times = Array.from({ length: RUNS }, () => {
    const start = process.cpuUsage();
    diagnose(tracked, () => true);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  // The first runs are those of a cold program: a poll a minute never is.
  return median(times.slice(RUNS / 3));
}

/** Diagnosis of 1,024 VMs with two vNICs each: at most 50 ms of a poll, linear in VMs. */
export function bench(): Promise<Figure> {
  const small = timeOf(1024);
  const large = timeOf(2048);
  return Promise.resolve({
    name: 'diagnosis of 1,024 VMs',
    ratios: {
      'share of its budget of 50 ms': { value: small / BUDGET_MS, atMost: 1 },
      '2,048 VMs against 1,024': { value: large / small, atMost: 2.3 },
    },
    numbers: { 'ms of CPU, 1,024 VMs': small, 'ms of CPU, 2,048 VMs': large },
  });
}
