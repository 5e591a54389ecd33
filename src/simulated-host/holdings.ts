import { windows } from '../document/enumerations.ts';
import type { VnicMoment } from './allocate.ts';
import { DEFAULT_QUEUE_CORE, maskOf, queueCore } from './cores.ts';
import type { VmSpec, VnicSpec } from './vm-specs.ts';
import type { NicSpec } from './hardware.ts';
import type { WorldTraffic, WorldVf, WorldVmQueue, WorldVPort } from './world-model.ts';
import { trafficOf } from './world-vnics.ts';

/** A vNIC and what it holds of its NIC at one moment. */
export interface Holder {
  readonly vm: VmSpec;
  readonly vnic: VnicSpec;
  readonly moment: VnicMoment;
  /** Bytes that went over its VF since its VM's beginning */
  readonly vfBytes: () => number;
}

export interface Holdings {
  readonly vfs: WorldVf[];
  readonly vports: WorldVPort[];
  readonly vmQueues: WorldVmQueue[];
}

/** Default vPort and queue, and what stands for the PF (NDIS_PF_FUNCTION_ID; its value is not confirmed) */
const DEFAULT_ID = 0;
const PF = 65_535;

const dashed = (mac: string) => mac.replace(/..(?=.)/g, '$&-');

/** All VFs, vPorts and queues of a NIC, from those who hold them. */
export function holdingsOf(
  nic: NicSpec,
  holders: readonly Holder[],
  mode: { iov: boolean; queues: boolean },
  cores: number,
): Holdings {
  const all: Holdings = { vfs: [], vports: [], vmQueues: [] };
  const { description } = nic;
  const placed = (core: number) => ({ processorGroup: 0, processorMask: maskOf(core) });
  if (mode.iov) {
    all.vports.push({
      nic: description,
      vportId: DEFAULT_ID,
      functionId: PF,
      queuePairs: nic.queuePairsAtRest,
      state: windows.VPortState.Activated,
      ...placed(DEFAULT_QUEUE_CORE),
      filterMacs: [],
    });
  }
  if (mode.queues) {
    all.vmQueues.push({
      nic: description,
      queueId: DEFAULT_ID,
      state: windows.ReceiveQueueState.Running,
      ...placed(DEFAULT_QUEUE_CORE),
      filterMacs: [],
    });
  }
  for (const { vm, vnic, moment, vfBytes } of holders) {
    const { vf, queue } = moment;
    if (vf?.nic !== nic && queue?.nic !== nic) continue;
    const mac = dashed(vnic.mac);
    const place = placed(queueCore(vnic.guid, cores));
    if (vf?.nic === nic) {
      all.vfs.push(vfOf(vm, vnic, vf, vfBytes));
      const { functionId, vportId, queuePairs } = vf;
      all.vports.push({
        nic: description,
        vportId,
        functionId,
        queuePairs,
        state: windows.VPortState.Activated,
        ...place,
        filterMacs: [mac],
      });
    }
    if (queue?.nic === nic && queue.vport) {
      const { id: vportId, queuePairs } = queue;
      all.vports.push({
        nic: description,
        vportId,
        functionId: PF,
        queuePairs,
        state: windows.VPortState.Activated,
        ...place,
        filterMacs: [mac],
      });
    } else if (queue?.nic === nic) {
      const owner = { vmId: vm.id, vmName: vm.name };
      all.vmQueues.push({
        nic: description,
        queueId: queue.id,
        state: windows.ReceiveQueueState.Running,
        ...place,
        ...owner,
        filterMacs: [mac],
      });
    }
  }
  all.vfs.sort((one, other) => one.functionId - other.functionId);
  all.vports.sort((one, other) => one.vportId - other.vportId);
  all.vmQueues.sort((one, other) => one.queueId - other.queueId);
  return all;
}

function vfOf(vm: VmSpec, vnic: VnicSpec, vf: NonNullable<VnicMoment['vf']>, bytes: () => number): WorldVf {
  const { nic, functionId, vportId, queuePairs } = vf;
  return {
    nic: nic.description,
    functionId,
    vmId: vm.id,
    vnicGuid: vnic.guid,
    shownVmId: vm.id.toUpperCase(),
    shownVmNicId: `${vm.id.toUpperCase()}--${vnic.guid}`,
    vmName: vm.name,
    mac: vnic.mac,
    vportId,
    queuePairs,
    ...(nic.vfCounters && {
      counterInstance: `${nic.description} VF ${functionId}`,
      traffic: trafficOf(bytes(), 0) satisfies WorldTraffic,
    }),
  };
}
