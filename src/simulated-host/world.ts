import { windows } from '../document/enumerations.ts';
import { runs } from './allocate.ts';
import { Conditions } from './conditions.ts';
import type { NicSpec, Profile } from './hardware.ts';
import { type Holder, type Holdings, holdingsOf } from './holdings.ts';
import { integer } from './integral.ts';
import { known, lazily, once } from './lazy.ts';
import { type Account, accountOf, makeTracks, type VmTrack } from './lives.ts';
import { defaultProfile, type Pace, type Scenario } from './scenarios.ts';
import { makeSetup, type Setup } from './setup.ts';
import { fold } from './timeline.ts';
import { makeProcessors } from './world-cpu.ts';
import { makeEvents } from './world-events.ts';
import type { WorldHost, WorldProcess, WorldState, WorldTraffic, WorldVm } from './world-model.ts';
import { BLOCKED_BY_BIOS, makeNicState, makeVSwitchState, modeOf } from './world-nics.ts';
import { makeVirtualProcessors, makeVmState } from './world-vms.ts';
import { BROADCAST_RATE, makeVnicState, managementVnicState, trafficOf } from './world-vnics.ts';

/** The host booted this long before the demo's start. */
const HOST_UP_SECONDS = 40 * 86_400;
/** Server Datacenter */
const SKU = 8;

/** The simulated host: its truth at any time, Unix milliseconds. */
export type World = (t: number) => WorldState;

/**
 * Makes a simulated host. The same seed, scenario, start and profile give the same truth for each time, whatever was
 * asked before; counters are integrals in closed form, so no time is stepped through.
 */
export const makeWorld = (
  seed: number,
  scenario: Scenario,
  startedAt = 0,
  profile: Profile = defaultProfile(scenario),
  member?: number,
  pace: Pace = {},
): World => worldOf(makeSetup(seed, scenario, profile, member, pace), startedAt);

/** The world of a host that is set up otherwise than its scenario has it. */
export function worldOf(setup: Setup, startedAt: number): World {
  const tracks = makeTracks(setup);
  return (t) => stateAt(setup, tracks, t, (t - startedAt) / 1000);
}

/** Each part of the state is made when it is first asked for: a source is read at a moment of its own and needs few. */
function stateAt(setup: Setup, tracks: readonly VmTrack[], t: number, at: number): WorldState {
  const { time } = fold(setup.timeline, at);
  const conditions = new Conditions(setup, time);
  const uptime = HOST_UP_SECONDS + at;
  const cores = setup.host.logicalProcessors;
  const accounts = once(() => new Map(tracks.map((track) => [track, accountOf(track, at, setup.timeline)] as const)));
  const accountedFor = (track: VmTrack): Account => known(accounts().get(track));

  const synthetic = once(() => syntheticBytes(setup, tracks, accountedFor));
  const trafficOn = (vswitchId: string | undefined, members = 1): WorldTraffic => {
    const sum = synthetic().get(vswitchId ?? '') ?? { data: 0, broadcast: 0 };
    return trafficOf(sum.data / members, sum.broadcast / members);
  };
  const held = once(() => {
    const holders = holdersAt(tracks, time, accountedFor);
    return new Map(
      setup.nics.map((nic) => [nic, holdingsOf(nic, holders, modeOf(setup, nic, conditions), cores)] as const),
    );
  });
  const heldBy = (nics: readonly NicSpec[]): Holdings[] => nics.map((nic) => known(held().get(nic)));
  const vswitches = once(() =>
    setup.vswitches.map((spec) => makeVSwitchState(spec, heldBy(spec.nics), trafficOn(spec.id), conditions)),
  );
  const virtualProcessors = once(() => makeVirtualProcessors(tracks, accountedFor, time));
  const shown = once(() => {
    const full = new Set(vswitches().flatMap((vswitch) => (isFull(vswitch) ? [vswitch.id] : [])));
    return tracks.flatMap((track): readonly { readonly track: VmTrack; readonly vm: WorldVm }[] => {
      const poolFull = full.has(track.life.vnics[0]?.spec.vswitch.id ?? '');
      const vm = makeVmState(track, at, conditions, setup, poolFull, virtualProcessors);
      return vm === undefined ? [] : [{ track, vm }];
    });
  });
  const processors = once(() => makeProcessors(tracks, accountedFor, uptime, cores));

  return lazily<WorldState>({
    t: () => t,
    host: () => hostState(setup, conditions),
    nics: () =>
      setup.nics.map((nic) => {
        const vswitch = setup.vswitches.find((candidate) => candidate.nics.includes(nic));
        const traffic = trafficOn(vswitch?.id, vswitch?.nics.length);
        return makeNicState(nic, known(held().get(nic)), traffic, uptime, conditions, setup);
      }),
    vswitches,
    teams: () =>
      setup.vswitches
        .filter((vswitch) => vswitch.set)
        .map((vswitch) => ({
          vswitchId: vswitch.id,
          name: vswitch.name,
          nics: vswitch.nics.map((nic) => nic.description),
          loadBalancing: windows.VMSwitchLoadBalancingAlgorithm.HyperVPort,
        })),
    vms: () => shown().map(({ vm }) => vm),
    vnics: () => [
      managementVnicState(setup),
      ...shown().flatMap(({ track, vm }) => {
        const { spec, phases } = track.life;
        const { vnics } = accountedFor(track);
        const phase = phases.at(time);
        return track.vnics.map((vnic, index) =>
          makeVnicState(spec, vm, phase, vnic, known(vnics[index]), at, conditions, setup),
        );
      }),
    ],
    vfs: () => heldBy(setup.nics).flatMap(({ vfs }) => vfs),
    vports: () => heldBy(setup.nics).flatMap(({ vports }) => vports),
    vmQueues: () => heldBy(setup.nics).flatMap(({ vmQueues }) => vmQueues),
    logicalProcessors: () => processors().logical,
    rootProcessors: () => processors().root,
    processes: () => processesAt(at, tracks.filter((track) => runs(track.life.phases.at(time))).length),
    cluster: () =>
      setup.clustered
        ? {
            name: setup.host.name,
            state: windows.ClusterNodeState[conditions.has('node_paused') ? 'Paused' : 'Up'],
            drainStatus: windows.ClusterNodeDrainStatus.NotInitiated,
          }
        : undefined,
    events: () => makeEvents(setup, tracks, t, at),
    unsupported: () => ({
      ...(!setup.nics.some((nic) => nic.vfCounters) && {
        counters_mellanox_vf: 'the counter set does not exist',
      }),
      ...(!setup.clustered && { cluster_node: 'the cluster service (ClusSvc) does not run' }),
    }),
    readBefore: () => READ_BEFORE,
  });
}

/** Who holds a VF or a queue at a moment. */
function holdersAt(tracks: readonly VmTrack[], time: number, accountedFor: (track: VmTrack) => Account): Holder[] {
  return tracks.flatMap((track) =>
    track.life.vnics.flatMap(({ spec, moments }, number) => {
      const moment = moments.at(time);
      if (!moment.vf && !moment.queue) return [];
      const vfBytes = (): number => spec.vfRate * known(accountedFor(track).vnics[number]).life.vf;
      return [{ vm: track.life.spec, vnic: spec, moment, vfBytes }];
    }),
  );
}

/** Bytes that each vSwitch has carried on the synthetic path, by its id: data, and broadcast of those on their VF. */
function syntheticBytes(setup: Setup, tracks: readonly VmTrack[], accountedFor: (track: VmTrack) => Account) {
  const sums = new Map(setup.vswitches.map(({ id }) => [id, { data: 0, broadcast: 0 }]));
  for (const track of tracks)
    for (const [number, { spec }] of track.life.vnics.entries()) {
      const sum = known(sums.get(spec.vswitch.id));
      const { ever } = known(accountedFor(track).vnics[number]);
      sum.data += spec.syntheticRate * ever.synthetic;
      sum.broadcast += BROADCAST_RATE * ever.vf;
    }
  return sums;
}

/** A poll takes seconds: the sources are read one after the other. */
const READ_BEFORE: WorldState['readBefore'] = {
  vm_host: 3200,
  vm_switch: 3200,
  vm: 3200,
  vm_network_adapter: 1400,
  net_adapter_sriov_vf: 1400,
  net_adapter_vport: 1400,
  vnic_instance: 1400,
  net_adapter_statistics: 300,
  process: 300,
};

/** No VF can be handed out any more. */
function isFull(vswitch: WorldState['vswitches'][number]): boolean {
  return vswitch.vfInUse >= vswitch.vfLimit || vswitch.queuePairLimit - vswitch.queuePairInUse < 2;
}

function hostState({ host }: Setup, conditions: Conditions): WorldHost {
  return {
    name: host.name,
    fullyQualifiedDomainName: `${host.name.toLowerCase()}.${host.domain}`,
    logicalProcessors: host.logicalProcessors,
    cores: host.cores,
    iovSupport: !conditions.hostBlocked(),
    iovSupportReasons: conditions.hostBlocked() ? BLOCKED_BY_BIOS : [],
    os: host.os,
    build: host.build,
    sku: SKU,
    productType: windows.ProductType.Server,
    manufacturer: host.manufacturer,
    model: host.model,
    bios: host.bios,
    isVirtualMachine: false,
  };
}

function processesAt(at: number, running: number): WorldProcess[] {
  const swing = Math.sin(at / 600);
  return [
    {
      name: 'vmms',
      id: 2948,
      workingSet: integer(160e6 + 1.5e6 * running + 5e6 * swing),
      handles: 2400 + 12 * running,
    },
    { name: 'WmiPrvSE', id: 4312, workingSet: integer(48e6 + 3e6 * swing), handles: 520 },
    { name: 'WmiPrvSE', id: 7060, workingSet: integer(31e6 - 2e6 * swing), handles: 310 },
  ];
}
