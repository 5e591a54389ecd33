import type { Guid, Host, HostCpu, Nic, VSwitch } from '../host/model.ts';
import { poolOf } from '../host/pool.ts';
import { isComplete } from '../host/sources.ts';
import { all } from '../tristate.ts';
import type { Transition } from './model.ts';

/** The state of a NIC in the last documents. */
export interface NicHistory {
  readonly up?: boolean;
  readonly driverVersion?: string;
  /** SR-IOV is on for the host, the NIC and its vSwitch */
  readonly givesVfs?: boolean;
  /** When it last came up, changed its driver or began to offer VFs, Unix milliseconds */
  readonly restarted?: number;
}

export interface HostObjects {
  readonly iovSupported?: boolean;
  readonly nics: ReadonlyMap<string, NicHistory>;
  readonly vswitches: ReadonlyMap<Guid, { readonly iovEnabled?: boolean; readonly pool?: PoolState }>;
}

type PoolState = 'available' | 'exhausted';

/** Histories before the first reading. */
export const emptyHostObjects = (): HostObjects => ({ nics: new Map(), vswitches: new Map() });

/** Adds one new inventory document to the histories of host, NICs and vSwitches. `watching` as in stepPaths. */
export function stepHostObjects(
  former: HostObjects,
  host: Host,
  at: number,
  watching: boolean,
): { readonly objects: HostObjects; readonly transitions: readonly Transition[] } {
  const transitions: Transition[] = [];
  const tell = (
    kind: Transition['kind'],
    subject: string,
    names: Transition['names'],
    before: string | undefined,
    after: string | undefined,
  ) => {
    if (watching && before !== undefined && after !== undefined && before !== after) {
      transitions.push({ at, kind, subject, names, before, after });
    }
  };

  const { iovSupported } = host.platform;
  tell('host_iov', '', {}, supported(former.iovSupported), supported(iovSupported));

  // A NIC that is missing from the list and comes back has come up: its other last values are kept.
  const nics = new Map(former.nics);
  if (isComplete(host.sources.get('net_adapter'))) {
    for (const [description, nic] of former.nics) nics.set(description, { ...nic, up: false });
  }
  const iovEnabled = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch.iovEnabled]));
  for (const nic of host.nics) {
    const before = former.nics.get(nic.description);
    tell('nic_state', nic.description, { nic: nic.label }, upDown(before?.up), upDown(nic.up));
    const gives = all(iovSupported, nic.sriovEnabled, iovEnabled.get(nic.vswitchId ?? ''));
    nics.set(nic.description, nextNic(before, nic, gives, at, watching));
  }

  const vswitches = new Map(former.vswitches);
  for (const vswitch of host.vswitches) {
    const before = former.vswitches.get(vswitch.id);
    const names = { vswitch: vswitch.name };
    const now = { iovEnabled: vswitch.iovEnabled ?? before?.iovEnabled, pool: poolState(vswitch) ?? before?.pool };
    tell('vswitch_iov', vswitch.id, names, onOff(before?.iovEnabled), onOff(now.iovEnabled));
    tell('vf_pool', vswitch.id, names, before?.pool, now.pool);
    vswitches.set(vswitch.id, now);
  }
  if (isComplete(host.sources.get('vm_switch'))) {
    const there = new Set(host.vswitches.map((vswitch) => vswitch.id));
    for (const id of vswitches.keys()) if (!there.has(id)) vswitches.delete(id);
  }
  return { objects: { iovSupported: iovSupported ?? former.iovSupported, nics, vswitches }, transitions };
}

const supported = (value: boolean | undefined) =>
  value === undefined ? undefined : value ? 'supported' : 'not_supported';
const upDown = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'up' : 'down');
const onOff = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'on' : 'off');

function nextNic(
  before: NicHistory | undefined,
  nic: Nic,
  givesVfs: boolean | undefined,
  at: number,
  watching: boolean,
): NicHistory {
  const cameUp = before?.up === false && nic.up === true;
  const newDriver =
    before?.driverVersion !== undefined &&
    nic.driverVersion !== undefined &&
    before.driverVersion !== nic.driverVersion;
  // Every way to turn SR-IOV on restarts the NIC, usually too fast for two polls to see it down.
  const switchedOn = before?.givesVfs === false && givesVfs === true;
  return {
    up: nic.up ?? before?.up,
    driverVersion: nic.driverVersion ?? before?.driverVersion,
    givesVfs: givesVfs ?? before?.givesVfs,
    restarted: watching && (cameUp || newDriver || switchedOn) ? at : before?.restarted,
  };
}

function poolState({ vfLimit, vfInUse }: VSwitch): PoolState | undefined {
  const { exhausted } = poolOf(vfLimit, vfInUse);
  return exhausted === undefined ? undefined : exhausted ? 'exhausted' : 'available';
}

/** The largest number of processors seen in the host's CPU sums. A restart of the host restarts the agent too. */
export interface CpuInstances {
  readonly logical?: number;
  readonly root?: number;
}

/** Drops those CPU sums of the host that now have fewer processors, as withoutShrunkSums does for VMs. */
export function hostCpuWithoutShrunkSums(
  former: CpuInstances,
  cpu: HostCpu,
): { readonly instances: CpuInstances; readonly cpu: HostCpu } {
  const logicalShrunk = (cpu.logicalInstances ?? 0) < (former.logical ?? 0);
  const rootShrunk = (cpu.rootInstances ?? 0) < (former.root ?? 0);
  return {
    instances: {
      logical: logicalShrunk ? former.logical : cpu.logicalInstances,
      root: rootShrunk ? former.root : cpu.rootInstances,
    },
    cpu: {
      ...cpu,
      ...(logicalShrunk && { guestSeconds: undefined, hypervisorSeconds: undefined, idleSeconds: undefined }),
      ...(rootShrunk && { rootGuestSeconds: undefined, rootHypervisorSeconds: undefined }),
    },
  };
}
