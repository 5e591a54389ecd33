import { DEFAULT_QUEUE_CORE, queueCore } from './cores.ts';
import { integer } from './integral.ts';
import { type Account, guestCpuSeconds, type VmTrack } from './lives.ts';
import type { WorldProcessor } from './world-model.ts';

/** Processor seconds that the root spends on a byte of the synthetic path */
export const ROOT_SECONDS_PER_BYTE = 0.2 / 410e6;
/** Share of each processor that the root takes for itself */
const ROOT_SHARE = 0.01;
const HYPERVISOR_SHARE = 0.03;
const TICKS = 1e7;

/**
 * Logical processors: their guest time is the VMs', spread over all, and the root's. The root serves the synthetic
 * path where a vNIC's queue is; what has no queue of its own lands on the default queue's processor.
 */
export function makeProcessors(
  tracks: readonly VmTrack[],
  accountedFor: (track: VmTrack) => Account,
  uptime: number,
  count: number,
): { readonly logical: readonly WorldProcessor[]; readonly root: readonly WorldProcessor[] } {
  const network = new Float64Array(count);
  const land = (core: number, seconds: number) => {
    network[core] = (network[core] ?? 0) + seconds;
  };
  let guests = 0;
  for (const track of tracks) {
    const account = accountedFor(track);
    const ever = account.vnics.map((vnic) => vnic.ever);
    guests += guestCpuSeconds(track, account.runSecondsEver, ever);
    for (const [number, { spec }] of track.life.vnics.entries()) {
      const on = ever[number];
      if (!on) continue;
      const cost = spec.syntheticRate * ROOT_SECONDS_PER_BYTE;
      land(DEFAULT_QUEUE_CORE, on.defaultQueue * cost);
      land(queueCore(spec.guid, count), on.ownQueue * cost);
    }
  }
  const logical: WorldProcessor[] = [];
  const root: WorldProcessor[] = [];
  for (let core = 0; core < count; core++) {
    const own = uptime * ROOT_SHARE + (network[core] ?? 0);
    const guest = guests / count + own;
    const hypervisor = guest * HYPERVISOR_SHARE;
    logical.push({
      instance: `Hv LP ${core}`,
      guest100ns: integer(guest * TICKS),
      hypervisor100ns: integer(hypervisor * TICKS),
      idle100ns: integer((uptime - guest - hypervisor) * TICKS),
    });
    root.push({
      instance: `Root VP ${core}`,
      guest100ns: integer(own * TICKS),
      hypervisor100ns: integer(own * HYPERVISOR_SHARE * TICKS),
      idle100ns: 0,
    });
  }
  return { logical, root };
}
