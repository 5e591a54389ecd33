import { windows } from '../document/enumerations.ts';
import type { Conditions } from './conditions.ts';
import { integer } from './integral.ts';
import { waveAt } from './integral.ts';
import { type Account, guestCpuSeconds, latestOf, type VmTrack } from './lives.ts';
import { PATH, runs } from './allocate.ts';
import type { Phase } from './script.ts';
import type { Setup } from './setup.ts';
import { fold } from './timeline.ts';
import { unit } from './random.ts';
import type { WorldVirtualProcessor, WorldVm } from './world-model.ts';

const { VMHeartbeatStatus: Heartbeat, VMOperationalStatus: Status, VMState, VirtualMachineType } = windows;

const STATE: Readonly<Record<Phase, number>> = {
  absent: VMState.Off,
  arriving: VMState.Off,
  off: VMState.Off,
  saved: VMState.Saved,
  starting: VMState.Starting,
  running: VMState.Running,
  leaving: VMState.Running,
  blackout: VMState.Running,
  stopping: VMState.Stopping,
};

const GUEST_BOOT_SECONDS = 20;
const TICKS = 1e7;
const DISPATCHES_A_SECOND = 400;
const WAIT_NS = 4000;
/** Shares of the guest's run time */
const HYPERVISOR_SHARE = 0.03;
const REMOTE_SHARE = 0.1;

/** Now and then one VM is busy with itself while Windows is asked about it. */
const BUSY = { every: 2820, from: 1500, seconds: 65 };

/** A VM as it is; undefined while it is not on this host. `processors` is asked when its processors are. */
export function makeVmState(
  track: VmTrack,
  at: number,
  conditions: Conditions,
  setup: Setup,
  poolFull: boolean,
  processors: () => VirtualProcessors,
): WorldVm | undefined {
  const { timeline } = setup;
  const { spec, phases } = track.life;
  const { time } = fold(timeline, at);
  const phase = phases.at(time);
  if (phase === 'absent') return undefined;
  const powered = isPowered(phase);
  const up = powered ? at - latestOf(track.boots, at, timeline) : 0;
  const heartbeat = up < GUEST_BOOT_SECONDS / setup.speed ? Heartbeat.NoContact : Heartbeat.OkApplicationsUnknown;
  const text = unreadable(track, at, phase, setup);
  return {
    id: spec.id,
    name: spec.name,
    state: STATE[phase],
    operationalStatus: statusOf(track, time, phase, conditions, poolFull),
    ...(powered && { heartbeat }),
    uptimeMs: integer(up * 1000),
    processorCount: spec.processors,
    generation: spec.generation,
    version: '8.0',
    type: VirtualMachineType[spec.planned || phase === 'arriving' ? 'PlannedVirtualMachine' : 'RealizedVirtualMachine'],
    replicationMode: spec.replicationMode,
    clustered: setup.clustered,
    get processors() {
      return processors().get(track) ?? [];
    },
    ...(text !== undefined && { unreadable: text }),
    get guestCpuShare() {
      return runs(phase) ? cpuNow(track, at, time) / spec.processors : 0;
    },
  };
}

const isPowered = (phase: Phase): boolean => runs(phase) || phase === 'starting';

function unreadable(track: VmTrack, at: number, phase: Phase, { seed, vms }: Setup): string | undefined {
  const { name, group } = track.life.spec;
  const turn = Math.floor(at / BUSY.every);
  const within = at - turn * BUSY.every - BUSY.from;
  const chosen = () => {
    const servers = vms.filter((vm) => vm.group === 'server' || vm.group === 'light');
    return servers[Math.floor(unit(seed, 'busy', turn) * servers.length)]?.name === name;
  };
  const merging = within >= 0 && within < BUSY.seconds && group !== 'other' && phase === 'running' && chosen();
  if (phase !== 'blackout' && !merging) return undefined;
  return `The virtual machine '${name}' cannot be read while another operation on it is in progress.`;
}

function statusOf(
  track: VmTrack,
  time: number,
  phase: Phase,
  conditions: Conditions,
  poolFull: boolean,
): readonly number[] {
  if (phase === 'leaving' || phase === 'blackout' || phase === 'arriving')
    return [Status.InService, Status.MigratingVirtualMachine];
  if (phase === 'starting' || phase === 'stopping') return [Status.InService];
  const asking = track.life.vnics.find(({ vm, spec }) => !spec.legacy && conditions.iovWeight(vm, spec) > 0);
  if (phase !== 'running' || !asking) return [Status.Ok];
  const { vf } = asking.moments.at(time);
  const { vswitch } = asking.spec;
  if (conditions.hostBlocked()) return [Status.Ok, Status.NoIommu];
  if (!conditions.sriovEnabled(vswitch)) return [Status.Ok, Status.NoIovSupportInNic];
  if (!conditions.iovEnabled(vswitch)) return [Status.Ok, Status.SwitchNotInIovMode];
  if (!vf && poolFull) return [Status.Ok, Status.IovNoAvailResources];
  if (vf && conditions.driverMissing(track.life.spec)) return [Status.Ok, Status.IovGuestDriversNeeded];
  return [Status.Ok];
}

/** Virtual processors of the VMs that have some at the moment. */
export type VirtualProcessors = ReadonlyMap<VmTrack, readonly WorldVirtualProcessor[]>;

/** All virtual processors at a time of the script; their instances are numbered where two VMs have one name. */
export function makeVirtualProcessors(
  tracks: readonly VmTrack[],
  accountedFor: (track: VmTrack) => Account,
  time: number,
): VirtualProcessors {
  const instances = new Map<string, number>();
  const powered = tracks.filter(({ life }) => isPowered(life.phases.at(time)));
  return new Map(powered.map((track) => [track, processorsOf(track, accountedFor(track), instances)]));
}

function processorsOf(track: VmTrack, account: Account, instances: Map<string, number>): WorldVirtualProcessor[] {
  const { name, processors } = track.life.spec;
  const life = account.vnics.map((vnic) => vnic.life);
  const guest = (guestCpuSeconds(track, account.runSeconds, life) / processors) * TICKS;
  const dispatches = integer(account.runSeconds * DISPATCHES_A_SECOND);
  return Array.from({ length: processors }, (_, index) => ({
    instance: unique(`${name}:Hv VP ${index}`, instances),
    guest100ns: integer(guest),
    hypervisor100ns: integer(guest * HYPERVISOR_SHARE),
    remote100ns: integer(guest * REMOTE_SHARE),
    waitNs: dispatches * WAIT_NS,
    dispatches,
  }));
}

/** .NET tells instances of one name apart by `#1`, `#2` at the end. */
function unique(instance: string, instances: Map<string, number>): string {
  const before = instances.get(instance) ?? 0;
  instances.set(instance, before + 1);
  return before === 0 ? instance : `${instance}#${before}`;
}

/** Processors that the guest keeps busy at this moment. */
function cpuNow(track: VmTrack, at: number, time: number): number {
  const { spec, vnics } = track.life;
  let busy = spec.baseCpu;
  for (const { spec: vnic, moments } of vnics) {
    const { path } = moments.at(time);
    if (path !== PATH.none) busy += path === PATH.vf ? vnic.vfCpu : vnic.syntheticCpu;
  }
  return busy * waveAt(spec.wave, at);
}
