import type { Guid, Host, HostCpu, Nic, VSwitch } from '../host/model.ts';
import { all } from '../verdict.ts';
import type { Transition } from './model.ts';

/** What is remembered of the host, its NICs and its vSwitches between documents. */
export interface NicHistory {
  readonly up?: boolean;
  readonly driverVersion?: string;
  /** SR-IOV is on from the host to its vSwitch */
  readonly givesVfs?: boolean;
  /** When it was last seen to have come up, to have changed its driver or to have begun to give VFs */
  readonly restarted?: number;
}

export interface HostObjects {
  readonly iovSupported?: boolean;
  readonly nics: ReadonlyMap<string, NicHistory>;
  readonly vswitches: ReadonlyMap<Guid, { readonly iovEnabled?: boolean; readonly pool?: Pool }>;
}

type Pool = 'available' | 'exhausted';

export const emptyHostObjects = (): HostObjects => ({ nics: new Map(), vswitches: new Map() });

/** Folds one new inventory document into the histories of host, NICs and vSwitches. `watching` as in stepPaths. */
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

  // A NIC that is not listed for a while is one that comes up when it is back: its last state is kept.
  const nics = new Map(former.nics);
  if (isWhole(host, 'net_adapter')) {
    for (const [description, its] of former.nics) nics.set(description, { ...its, up: false });
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
    const now = { iovEnabled: vswitch.iovEnabled ?? before?.iovEnabled, pool: poolOf(vswitch) ?? before?.pool };
    tell('vswitch_iov', vswitch.id, names, onOff(before?.iovEnabled), onOff(now.iovEnabled));
    tell('vf_pool', vswitch.id, names, before?.pool, now.pool);
    vswitches.set(vswitch.id, now);
  }
  if (isWhole(host, 'vm_switch')) {
    const there = new Set(host.vswitches.map((vswitch) => vswitch.id));
    for (const id of vswitches.keys()) if (!there.has(id)) vswitches.delete(id);
  }
  return { objects: { iovSupported: iovSupported ?? former.iovSupported, nics, vswitches }, transitions };
}

const supported = (value: boolean | undefined) =>
  value === undefined ? undefined : value ? 'supported' : 'not_supported';
const upDown = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'up' : 'down');
const onOff = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'on' : 'off');

function isWhole(host: Host, source: string): boolean {
  const state = host.sources.get(source);
  return state?.fresh === true && state.status === 'ok';
}

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
  // Each way to switch SR-IOV on restarts the NIC, mostly faster than two polls can see.
  const switchedOn = before?.givesVfs === false && givesVfs === true;
  return {
    up: nic.up ?? before?.up,
    driverVersion: nic.driverVersion ?? before?.driverVersion,
    givesVfs: givesVfs ?? before?.givesVfs,
    restarted: watching && (cameUp || newDriver || switchedOn) ? at : before?.restarted,
  };
}

function poolOf({ vfLimit, vfInUse }: VSwitch): Pool | undefined {
  if (vfLimit === undefined || vfInUse === undefined || vfLimit === 0) return undefined;
  return vfInUse >= vfLimit ? 'exhausted' : 'available';
}

/** The most processors seen in the host's CPU sums: the host cannot restart under a living agent. */
export interface CpuInstances {
  readonly logical?: number;
  readonly root?: number;
}

/** Drops the host's CPU sums that have lost processors, as withoutShrunkSums does for VMs. */
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
