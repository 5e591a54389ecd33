import type { Host, Nic, Vnic, VSwitch } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';
import type { VmqAdvice, VmqParty } from './model.ts';
import { vnicCommand } from './commands.ts';
import type { Names } from './names.ts';

const DAY = 86_400;
/** A vNIC wastes its queue if it receives less than this share of the packets of the vNIC without a queue. */
const IDLE_SHARE = 0.1;
/** Packets per second. Below this rate a vNIC needs no queue: one core handles far more. */
const BUSY = 1000;

/**
 * VM queues are meant for VMs with heavy inbound traffic, but handed out first come, first served: where they have run
 * out, says which vNIC should give its queue to which. Evaluated by what they received over 24 hours; only on vSwitches
 * without IOV whose NICs all have VMQ on, so no vNIC that could be on a VF (whose traffic the vSwitch's counters do
 * not see) is evaluated. Pure.
 */
export function findVmqAdvice(tracked: TrackedHost, names: Names): readonly VmqAdvice[] {
  const { host } = tracked;
  return host.vswitches.flatMap((vswitch) => {
    if (!usesVmQueues(host, vswitch) || !queuesExhausted(vswitch)) return [];
    const vnics = host.vnics.filter(
      (vnic) =>
        vnic.vswitchId === vswitch.id && vnic.pathApplies === true && vnic.kind === 'synthetic' && !onVf(tracked, vnic),
    );
    const rated = vnics.flatMap((vnic) => {
      const rate = tracked.rates.vnicReceivePackets(vnic.id, DAY);
      return rate === undefined ? [] : [{ vnic, rate }];
    });
    const byRate = rated.sort((a, b) => a.rate - b.rate || (a.vnic.id < b.vnic.id ? -1 : 1));
    const idle = byRate.filter(({ vnic }) => vnic.offload?.vmqAllocated === true);
    const busy = byRate.filter(({ vnic, rate }) => rate >= BUSY && isWithoutQueue(vnic)).reverse();
    const pairs: VmqAdvice[] = [];
    for (const [at, starved] of busy.entries()) {
      const holder = idle[at];
      if (holder === undefined || holder.rate >= starved.rate * IDLE_SHARE) break;
      pairs.push(advise(names, vswitch, holder, starved));
    }
    return pairs;
  });
}

/**
 * Whether VM queues carry the traffic of a vSwitch: it has no IOV, and all its physical NICs have VMQ enabled. With
 * SR-IOV, the vPorts of the PF are the queues.
 */
function usesVmQueues(host: Host, vswitch: VSwitch): boolean {
  const nics = vswitch.physicalNics?.flatMap((name) => host.nics.find((nic) => nic.description === name) ?? []);
  return vmQueuesInUse(vswitch, nics);
}

/** The same, for callers that already have the physical NICs that are present. */
export const vmQueuesInUse = ({ iovEnabled, physicalNics }: VSwitch, nics: readonly Nic[] = []): boolean =>
  iovEnabled === false &&
  nics.length > 0 &&
  nics.length === physicalNics?.length &&
  nics.every((nic) => nic.vmq?.enabled === true);

/** Whether all VM queues of a vSwitch are in use; undefined if that is unknown. */
export const queuesExhausted = ({ vmqLimit, vmqAllocated }: VSwitch): boolean | undefined =>
  vmqLimit === undefined || vmqAllocated === undefined ? undefined : vmqLimit > 0 && vmqAllocated >= vmqLimit;

/** Whether a vNIC asks for a queue and is known to have none. */
export const isWithoutQueue = ({ offload }: Vnic): boolean =>
  offload?.vmqWeight !== undefined && offload.vmqWeight > 0 && offload.vmqAllocated === false;

const onVf = (tracked: TrackedHost, vnic: Vnic) => {
  const path = tracked.vnics.get(vnic.id)?.path ?? 'unknown';
  return path !== 'synthetic' && path !== 'not_requested';
};

interface Rated {
  readonly vnic: Vnic;
  readonly rate: number;
}

function advise(names: Names, vswitch: VSwitch, holder: Rated, starved: Rated): VmqAdvice {
  const from = party(holder);
  const to = party(starved);
  return {
    vswitchId: vswitch.id,
    holder: from,
    starved: to,
    text:
      `${from.vm} (${from.vnic}) has a VM queue of ${vswitch.name} and received ${Math.round(holder.rate)} packets/s over 24 hours; ` +
      `${to.vm} (${to.vnic}) received ${Math.round(starved.rate)} packets/s and has no queue. ` +
      'Queues are assigned first come, first served, and are meant for VMs with heavy inbound traffic.',
    plan: [
      {
        text: `Free the VM queue of ${from.vm} (${from.vnic}).`,
        command: vnicCommand({ vnic: holder.vnic, names }, 'Set-VMNetworkAdapter', { VmqWeight: 0 }),
      },
      {
        text: `Request a VM queue for ${to.vm} (${to.vnic}).`,
        command: vnicCommand({ vnic: starved.vnic, names }, 'Set-VMNetworkAdapter', { VmqWeight: 100 }),
      },
    ],
  };
}

const party = ({ vnic, rate }: Rated): VmqParty => ({
  vnicId: vnic.id,
  vm: vnic.vmName ?? '',
  vnic: vnic.name,
  receivePacketsPerSecond: rate,
});
