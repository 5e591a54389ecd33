import { windows } from '../document/enumerations.ts';
import { PATH } from './allocate.ts';
import type { Conditions } from './conditions.ts';
import type { VmSpec, VnicSpec } from './vm-specs.ts';
import { integer } from './integral.ts';
import { waveAt } from './integral.ts';
import type { Account, PathSeconds, VnicTrack } from './lives.ts';
import type { Phase } from './script.ts';
import type { Setup } from './setup.ts';
import { fold } from './timeline.ts';
import type { WorldTraffic, WorldVm, WorldVnic, WorldVnicSettings } from './world-model.ts';

/** Broadcast and multicast stay on the synthetic path while a VF is in use. */
export const BROADCAST_RATE = 400;
const PACKET_BYTES = 900;
const BROADCAST_BYTES = 100;
/** Share of a vNIC's bytes that come in, from the guest's point of view */
const INBOUND = 0.6;
const { Ok } = windows.VMNetworkAdapterOperationalStatus;

const PORT: Readonly<Record<Phase, WorldVnic['port']>> = {
  absent: 'none',
  arriving: 'none',
  off: 'none',
  saved: 'none',
  starting: 'missing',
  stopping: 'missing',
  blackout: 'missing',
  running: 'live',
  leaving: 'live',
};

/** Bytes and packets that a path carried, split by direction. */
export function trafficOf(dataBytes: number, broadcastBytes: number): WorldTraffic {
  const packets = dataBytes / PACKET_BYTES;
  const broadcasts = broadcastBytes / BROADCAST_BYTES;
  return {
    bytesReceived: integer(dataBytes * INBOUND + broadcastBytes),
    bytesSent: integer(dataBytes * (1 - INBOUND)),
    packetsReceived: integer(packets * INBOUND + broadcasts),
    packetsSent: integer(packets * (1 - INBOUND)),
    droppedIncoming: 0,
    droppedOutgoing: 0,
  };
}

/** Traffic of a vNIC while it was on the synthetic path. */
export const syntheticTraffic = (spec: VnicSpec, on: PathSeconds): WorldTraffic =>
  trafficOf(spec.syntheticRate * on.synthetic, BROADCAST_RATE * on.vf);

const SETTINGS: WorldVnicSettings = {
  virtualSubnetId: 0,
  isolationMode: windows.VMNetworkAdapterIsolationMode.None,
  maximumBandwidth: 0,
  vlanOperationMode: windows.VMNetworkAdapterVlanMode.Access,
  accessVlanId: 0,
  acls: [],
};

const NO_TRAFFIC = trafficOf(0, 0);

/** State of a simulated vNIC. */
export function makeVnicState(
  vm: VmSpec,
  shown: WorldVm,
  phase: Phase,
  track: VnicTrack,
  account: Account['vnics'][number],
  at: number,
  conditions: Conditions,
  setup: Setup,
): WorldVnic {
  const { spec, moments } = track.life;
  const moment = moments.at(fold(setup.timeline, at).time);
  const port = PORT[phase];
  const live = port === 'live';
  const running = live || phase === 'blackout' || phase === 'stopping';
  const vfBytes = spec.vfRate * account.life.vf;
  const vmmq = live && moment.queue?.vport === true;
  return {
    id: `Microsoft:${vm.id.toUpperCase()}\\${spec.guid}`,
    guid: spec.guid,
    name: spec.name,
    vmId: vm.id,
    vmName: shown.name,
    vswitchId: spec.vswitch.id,
    vswitchName: spec.vswitch.name,
    mac: spec.mac,
    legacy: spec.legacy,
    managementOs: false,
    connected: true,
    port,
    status: live ? [Ok] : [],
    statusDescription: live ? ['OK'] : [],
    iovWeight: conditions.iovWeight(vm, spec),
    queuePairsRequested: spec.legacy ? 1 : conditions.queuePairs(spec.vswitch),
    queuePairsAssigned: live ? (moment.vf?.queuePairs ?? 0) : 0,
    iovUsage: live && moment.vf ? 1 : 0,
    vfDataPathActive: live && moment.active,
    vmqWeight: spec.legacy ? 0 : 100,
    vmqUsage: live && moment.queue ? 1 : 0,
    vrssEnabled: live && !spec.legacy,
    vmmqEnabled: vmmq,
    vmmqQueuePairs: vmmq ? (moment.queue?.queuePairs ?? 0) : 0,
    vmmqQueuePairsRequested: spec.vmmqQueuePairs,
    ipAddresses: live && spec.mac !== '000000000000' ? [spec.ip] : [],
    ...(live && { counterInstance: `${shown.name}_${spec.name}_${vm.id}--${spec.guid}` }),
    traffic: live ? syntheticTraffic(spec, account.life) : NO_TRAFFIC,
    guestBytes: running ? integer(spec.syntheticRate * account.life.synthetic + vfBytes) : 0,
    vfBytes: running ? integer(vfBytes) : 0,
    bytesPerSecond: running ? rateOf(spec, moment.path) * waveAt(vm.wave, at) : 0,
    settings: { ...SETTINGS, accessVlanId: spec.vlan },
  };
}

const rateOf = (spec: VnicSpec, path: number) =>
  path === PATH.none ? 0 : path === PATH.vf ? spec.vfRate : spec.syntheticRate;

/** The vNIC by which the host itself is reached. It asks for no VF and has no instance in the counter set. */
export function managementVnicState({ managementVnic: { guid, vswitch, mac }, host }: Setup): WorldVnic {
  return {
    id: `Microsoft:${guid.toUpperCase()}`,
    guid,
    name: vswitch.name,
    vswitchId: vswitch.id,
    vswitchName: vswitch.name,
    mac,
    legacy: false,
    managementOs: true,
    connected: true,
    port: 'live',
    status: [Ok],
    statusDescription: ['OK'],
    iovWeight: 0,
    queuePairsRequested: 0,
    queuePairsAssigned: 0,
    iovUsage: 0,
    vfDataPathActive: false,
    vmqWeight: 100,
    vmqUsage: 0,
    vrssEnabled: true,
    vmmqEnabled: false,
    vmmqQueuePairs: 0,
    vmmqQueuePairsRequested: 16,
    ipAddresses: [`10.20.255.${Number(host.name.slice(-2))}`],
    traffic: NO_TRAFFIC,
    guestBytes: 0,
    vfBytes: 0,
    bytesPerSecond: 0,
    settings: { ...SETTINGS, vlanOperationMode: windows.VMNetworkAdapterVlanMode.Untagged },
  };
}
