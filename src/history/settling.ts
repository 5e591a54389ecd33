import type { Host, Vm, Vnic } from '../host/model.ts';
import type { HostObjects } from './host-objects.ts';
import type { SettlingCause } from './model.ts';
import { vmStart, type VmHistory } from './vms.ts';

/**
 * How long a vNIC may take to find its VF after its VM started or arrived: VFs attach 10 to 60 s after the guest's
 * boot, with two or three switches of path, and a slow guest boots for minutes.
 */
export const VM_SETTLING_MS = 5 * 60_000;

/**
 * How long after its NIC came up, changed driver or began to give VFs: they are revoked then and handed out again, one
 * after another.
 */
export const NIC_SETTLING_MS = 5 * 60_000;

/** Why a vNIC's path is not to be judged yet at `now`; undefined when it has settled. */
export function settlingCause(
  vnic: Vnic,
  vm: Vm | undefined,
  its: VmHistory | undefined,
  restartedBySwitch: ReadonlyMap<string, number>,
  host: Host,
  now: number,
): SettlingCause | undefined {
  if (vnic.judged === false || !vm) return undefined;
  if (vm.migrating === true) return 'migration';
  const starts = [vmStart(host, vm), its?.arrived];
  if (starts.some((start) => start !== undefined && now < start + VM_SETTLING_MS)) return 'vm_start';
  const restarted = vnic.vswitchId === undefined ? undefined : restartedBySwitch.get(vnic.vswitchId);
  return restarted !== undefined && now < restarted + NIC_SETTLING_MS ? 'nic_restart' : undefined;
}

/** When a member NIC of each vSwitch last came up, changed driver or began to give VFs. */
export function nicsRestarted(host: Host, objects: HostObjects): ReadonlyMap<string, number> {
  const restarted = new Map<string, number>();
  for (const vswitch of host.vswitches) {
    const times = (vswitch.memberNics ?? []).flatMap((member) => objects.nics.get(member)?.restarted ?? []);
    if (times.length > 0) restarted.set(vswitch.id, Math.max(...times));
  }
  return restarted;
}
