import type { Guid, Host, LogEntry, Nic, Platform, Vm, Vnic, VnicPath, VPort, VSwitch } from '../host/model.ts';
import { type Pool, poolOf } from '../host/pool.ts';
import { isComplete } from '../host/sources.ts';
import type { TrackedHost, TrackedVnic } from '../history/model.ts';
import { findAddresses, type Addresses } from './addresses.ts';
import { findCapacity } from './capacity.ts';
import { groupBy } from './group.ts';
import { type Names, namesOf } from './names.ts';
import type { Capacity, ExpectVf, VmqAdvice, VSwitchCapacity } from './model.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { findVmqAdvice } from './vmq-advice.ts';
import { atOnce, eachInSteps, type Steps } from '../turn.ts';

/** The facts that the reason table judges: each object with everything a condition may need, joined once. */
export interface HostFacts {
  readonly names: Names;
  readonly tracked: TrackedHost;
  readonly host: Host;
  readonly platform: Platform;
  readonly capacity: Capacity;
  readonly policy: Policy;
  readonly advice: readonly VmqAdvice[];
  readonly addresses: Addresses;
  readonly nics: readonly NicFacts[];
  readonly vswitches: readonly VSwitchFacts[];
  readonly vnics: readonly VnicFacts[];
  /** A VF of this host is assigned to a VM. This proves that the host supports SR-IOV, whatever Windows reports */
  readonly vfInUse: boolean;
}

export interface NicFacts {
  readonly names: Names;
  readonly nic: Nic;
  readonly platform: Platform;
  /** The vSwitch that the NIC is a member of */
  readonly vswitch?: VSwitch;
}

export interface VSwitchFacts {
  readonly names: Names;
  readonly host: Host;
  readonly vswitch: VSwitch;
  readonly platform: Platform;
  /** Members that are present; undefined while the list of members is unknown */
  readonly members?: readonly NicFacts[];
  /** Physical NICs of the vSwitch that are present; undefined while they are unknown */
  readonly physicalNics?: readonly Nic[];
  /** Names of members that are not present; undefined if that cannot be determined */
  readonly missing?: readonly string[];
  readonly capacity: VSwitchCapacity | undefined;
  /** Capacity of the vSwitch; without IOV it has no VFs */
  readonly vfPool: Pool;
  /** The evaluated vNICs of the vSwitch, with what the VM queue rules need */
  readonly vnics: readonly QueueUser[];
}

/** A evaluated vNIC with the values that the VM queue rules need. */
export interface QueueUser {
  readonly vnic: Vnic;
  readonly path: VnicPath;
}

export interface VnicFacts {
  readonly names: Names;
  readonly vnic: Vnic;
  readonly tracked: TrackedVnic | undefined;
  readonly path: VnicPath;
  readonly now: number;
  readonly vm?: Vm;
  readonly vswitch?: VSwitchFacts;
  /** The configuration expects a VF if the weight asks for one */
  readonly expected: boolean;
  /** IovWeight is above 0 and a VF is expected */
  readonly requested?: boolean;
  /** Another vNIC of the VM has the same name, or another VM has the same name */
  readonly ambiguous: boolean;
  /** vPorts that are known to belong to the vNIC */
  readonly vports: readonly VPort[];
  readonly sameMac: readonly Vnic[];
  readonly sameIp: readonly { readonly ip: string; readonly other: Vnic }[];
  readonly advice?: VmqAdvice;
  /** Event log entries that name the vNIC, newest first */
  readonly logEntries: readonly LogEntry[];
}

/** Joins everything that diagnosis needs. Pure, linear in the number of vNICs. */
export const gatherFacts = (tracked: TrackedHost, expectVf: ExpectVf, policy?: Policy): HostFacts =>
  atOnce(factsInSteps(tracked, expectVf, policy));

/** The same, with pauses. */
export function* factsInSteps(
  tracked: TrackedHost,
  expectVf: ExpectVf,
  policy: Policy = DEFAULT_POLICY,
): Steps<HostFacts> {
  const { host } = tracked;
  const { platform } = host;
  const names = namesOf(host);
  const requested = new Map<Guid, boolean | undefined>();
  const expected = new Map<Guid, boolean>();
  for (const vnic of host.vnics) {
    const expects = expectVf({ vmName: vnic.vmName, vswitchName: vnic.vswitchName });
    expected.set(vnic.id, expects);
    requested.set(vnic.id, expects ? (vnic.iovWeight === undefined ? undefined : vnic.iovWeight > 0) : false);
  }
  yield;
  const capacity = findCapacity(tracked, requested);
  yield;
  const advice = findVmqAdvice(tracked, names);
  const addresses = findAddresses(host);
  yield;

  const byDescription = new Map(host.nics.map((nic) => [nic.description, nic]));
  const vswitchById = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch]));
  const nics = host.nics.map((nic): NicFacts => ({ names, nic, platform, vswitch: vswitchOf(nic, host, vswitchById) }));
  const nicFacts = new Map(nics.map((facts) => [facts.nic.description, facts]));
  const adaptersWhole = isComplete(host.sources.get('net_adapter'));
  const users = groupBy(
    host.vnics
      .filter((vnic) => vnic.pathApplies === true && vnic.kind === 'synthetic')
      .map((vnic): QueueUser => ({ vnic, path: pathOf(tracked, vnic) })),
    ({ vnic }) => vnic.vswitchId,
  );
  const vswitches = host.vswitches.map((vswitch): VSwitchFacts => ({
    names,
    host,
    vswitch,
    platform,
    members: vswitch.memberNics?.flatMap((name) => nicFacts.get(name) ?? []),
    physicalNics: vswitch.physicalNics?.flatMap((name) => byDescription.get(name) ?? []),
    missing: adaptersWhole
      ? vswitch.memberNics?.filter((name) => !(byDescription.get(name)?.present ?? byDescription.has(name)))
      : undefined,
    capacity: capacity.vswitches.get(vswitch.id),
    vfPool: vswitch.iovEnabled === true ? poolOf(vswitch.vfLimit, vswitch.vfInUse, policy.pool) : {},
    vnics: users.get(vswitch.id) ?? [],
  }));

  const vswitchFacts = new Map(vswitches.map((facts) => [facts.vswitch.id, facts]));
  const vms = new Map(host.vms.map((vm) => [vm.id, vm]));
  const logEntries = groupBy(host.logEntries ?? [], (entry) => entry.vnicId);
  const vports = groupBy(host.vports, (vport) => vport.vnicId);
  const adviceByHolder = new Map(advice.map((one) => [one.holder.vnicId, one]));
  const sameName = new Map<string, number>();
  const nameKey = (vnic: Vnic) => `${vnic.vmId ?? ''}/${vnic.name}`;
  for (const vnic of host.vnics) sameName.set(nameKey(vnic), (sameName.get(nameKey(vnic)) ?? 0) + 1);
  yield;

  const vnics = yield* eachInSteps(host.vnics, (vnic): VnicFacts => {
    const vm = vnic.vmId === undefined ? undefined : vms.get(vnic.vmId);
    return {
      names,
      vnic,
      tracked: tracked.vnics.get(vnic.id),
      path: pathOf(tracked, vnic),
      now: tracked.now,
      vm,
      vswitch: vnic.vswitchId === undefined ? undefined : vswitchFacts.get(vnic.vswitchId),
      expected: expected.get(vnic.id) ?? true,
      requested: requested.get(vnic.id),
      ambiguous: (sameName.get(nameKey(vnic)) ?? 0) > 1 || vm?.nameShared === true,
      vports: vports.get(vnic.id) ?? [],
      sameMac: addresses.sameMac.get(vnic.id) ?? [],
      sameIp: addresses.sameIp.get(vnic.id) ?? [],
      advice: adviceByHolder.get(vnic.id),
      logEntries: logEntries.get(vnic.id) ?? [],
    };
  });
  const vfInUse =
    vnics.some(({ path }) => path === 'vf' || path === 'assigned') ||
    host.vfs.length > 0 ||
    host.nics.some(({ vfAllocated }) => vfAllocated !== undefined && vfAllocated > 0) ||
    host.vswitches.some(({ vfInUse: inUse }) => inUse !== undefined && inUse > 0);
  return { names, tracked, host, platform, capacity, policy, advice, addresses, nics, vswitches, vnics, vfInUse };
}

function vswitchOf(nic: Nic, host: Host, byId: ReadonlyMap<Guid, VSwitch>): VSwitch | undefined {
  const known = nic.vswitchId === undefined ? undefined : byId.get(nic.vswitchId);
  return known ?? host.vswitches.find((vswitch) => vswitch.memberNics?.includes(nic.description));
}

/** The published path; unknown if history does not have the vNIC yet. */
export const pathOf = (tracked: TrackedHost, vnic: Vnic): VnicPath => tracked.vnics.get(vnic.id)?.path ?? 'unknown';

/**
 * Members that could provide the VF of this vNIC: the one that the vNIC is pinned to (Set-VMNetworkAdapterTeamMapping),
 * else all. Undefined while the members are unknown.
 */
export function candidates({ vnic, vswitch }: VnicFacts): readonly NicFacts[] | undefined {
  const pin = vnic.settings?.teamMember;
  if (pin === undefined) return vswitch?.members;
  const pinned = (vswitch?.members ?? []).filter(({ nic }) => nic.friendlyName === pin);
  return pinned.length > 0 ? pinned : vswitch?.members;
}
