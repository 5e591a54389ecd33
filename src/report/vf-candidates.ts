import type { Guid } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';

/** A vNIC on its VF that hardly uses it. */
export interface VfCandidate {
  readonly vnicId: Guid;
  readonly vmId?: Guid | undefined;
  readonly vm: string;
  readonly vnic: string;
  /** Bytes per second on the VF, both directions; undefined where they are not counted */
  readonly vfBytes?: number | undefined;
  /** Mean guest CPU of its VM as a share of its processors, 0 to 1 */
  readonly cpuShare: number;
}

export interface VfCandidates {
  /** The length of the window of the CPU values, seconds */
  readonly seconds: number;
  /** Least busy first */
  readonly idle: readonly VfCandidate[];
}

/** Windows in seconds. The longest with values is used: one idle minute means little. */
const WINDOWS = [3600, 600, 60] as const;
/** Above this share of its processors a VM is busy, whatever its traffic is. */
const IDLE_CPU_SHARE = 0.1;
/** Bytes per second: 10 Mbit/s, which the synthetic path carries at negligible cost */
const IDLE_BYTES = 1_250_000;

/**
 * vNICs of a vSwitch that hold a VF and hardly use it: candidates to give up their VF if the pool is exhausted. Traffic on the
 * VF decides if the NIC's vendor counts it, otherwise the CPU of the VM alone. A VM with unknown CPU is not a candidate.
 * Pure.
 */
export function vfCandidates(
  tracked: TrackedHost,
  vswitchId: Guid,
  vfBytes: (vnicId: Guid) => number | undefined = () => undefined,
): VfCandidates {
  const { host, vnics, rates } = tracked;
  const vms = new Map(host.vms.map((vm) => [vm.id, vm]));
  const holders = host.vnics.filter((vnic) => vnic.vswitchId === vswitchId && vnics.get(vnic.id)?.path === 'vf');
  const seconds =
    WINDOWS.find((each) => holders.some(({ vmId = '' }) => rates.vmGuestCpu(vmId, each) !== undefined)) ?? 60;
  const idle = holders
    .flatMap((vnic): VfCandidate[] => {
      const vm = vms.get(vnic.vmId ?? '');
      const cpu = vm === undefined ? undefined : rates.vmGuestCpu(vm.id, seconds);
      const bytes = vfBytes(vnic.id);
      if (vm?.processors === undefined || cpu === undefined) return [];
      const cpuShare = cpu / vm.processors;
      if (cpuShare > IDLE_CPU_SHARE || (bytes ?? 0) > IDLE_BYTES) return [];
      return [{ vnicId: vnic.id, vmId: vm.id, vm: vm.name, vnic: vnic.name, vfBytes: bytes, cpuShare }];
    })
    .sort((a, b) => (a.vfBytes ?? 0) - (b.vfBytes ?? 0) || a.cpuShare - b.cpuShare || (a.vnicId < b.vnicId ? -1 : 1));
  return { seconds, idle };
}
