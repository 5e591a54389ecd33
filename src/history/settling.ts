import type { Host, Vm, Vnic } from '../host/model.ts';
import type { HostObjects } from './host-objects.ts';
import type { SettlingCause } from './model.ts';
import { vmStart, type VmHistory } from './vms.ts';

/**
 * How long a vNIC may take to move to its VF after its VM has started or arrived. VFs attach 10 to 60 s after the guest
 * has booted, with two or three changes of path, and a slow guest takes minutes to boot.
 */
export const VM_SETTLING_MS = 5 * 60_000;

/**
 * How long a vNIC may take after its NIC came up, changed its driver or began to offer VFs: all VFs are revoked then and
 * assigned again one after another.
 */
export const NIC_SETTLING_MS = 5 * 60_000;

/**
 * Why the path of a vNIC is not evaluated yet at `now`; undefined once it has settled.
 * @param speed how many times faster than a real host this one lives: a simulated one may
 */
export function settlingCause(
  vnic: Vnic,
  vm: Vm | undefined,
  vmHistory: VmHistory | undefined,
  restartedBySwitch: ReadonlyMap<string, number>,
  host: Host,
  now: number,
  speed: number,
): SettlingCause | undefined {
  if (vnic.pathApplies === false || !vm) return undefined;
  if (vm.migrating === true) return 'migration';
  const starts = [vmStart(host, vm), vmHistory?.arrived];
  if (starts.some((start) => start !== undefined && now < start + VM_SETTLING_MS / speed)) return 'vm_start';
  const restarted = vnic.vswitchId === undefined ? undefined : restartedBySwitch.get(vnic.vswitchId);
  return restarted !== undefined && now < restarted + NIC_SETTLING_MS / speed ? 'nic_restart' : undefined;
}

/** For each vSwitch, when one of its NICs last came up, changed its driver or began to offer VFs. */
export function nicsRestarted(host: Host, objects: HostObjects): ReadonlyMap<string, number> {
  const restarted = new Map<string, number>();
  for (const vswitch of host.vswitches) {
    const times = (vswitch.memberNics ?? []).flatMap((member) => objects.nics.get(member)?.restarted ?? []);
    if (times.length > 0) restarted.set(vswitch.id, Math.max(...times));
  }
  return restarted;
}
