import { runs } from './allocate.ts';
import { Conditions } from './conditions.ts';
import type { Profile } from './hardware.ts';
import { type Holder, type Holdings, holdingsOf } from './holdings.ts';
import { integer } from './integer.ts';
import { accountOf, makeTracks, type VmTrack } from './lives.ts';
import { defaultProfile, type Scenario } from './scenarios.ts';
import { makeSetup, type Setup } from './setup.ts';
import { fold } from './timeline.ts';
import { makeProcessors } from './world-cpu.ts';
import type { WorldHost, WorldProcess, WorldState, WorldTraffic, WorldVm, WorldVnic } from './world-model.ts';
import { BLOCKED_BY_BIOS, makeNicState, makeVSwitchState, modeOf } from './world-nics.ts';
import { makeVmState } from './world-vms.ts';
import { BROADCAST_RATE, makeVnicState, managementVnicState, trafficOf } from './world-vnics.ts';

/** The host booted this long before the demo's start. */
const HOST_UP_SECONDS = 40 * 86_400;
/** Server Datacenter */
const SKU = 8;
const SERVER = 3;

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
): World => worldOf(makeSetup(seed, scenario, profile), startedAt);

/** The world of a host that is set up otherwise than its scenario has it. */
export function worldOf(setup: Setup, startedAt: number): World {
  const tracks = makeTracks(setup);
  return (t) => stateAt(setup, tracks, t, (t - startedAt) / 1000);
}

function stateAt(setup: Setup, tracks: readonly VmTrack[], t: number, at: number): WorldState {
  const { time } = fold(setup.timeline, at);
  const conditions = new Conditions(setup, time);
  const accounts = tracks.map((track) => accountOf(track, at, setup.timeline));
  const uptime = HOST_UP_SECONDS + at;

  const holders: Holder[] = [];
  const synthetic = new Map(setup.vswitches.map((vswitch) => [vswitch.id, { data: 0, broadcast: 0 }]));
  for (const [index, { life }] of tracks.entries()) {
    for (const [number, { spec, moments }] of life.vnics.entries()) {
      const account = accounts[index]?.vnics[number];
      if (!account) continue;
      const moment = moments.at(time);
      if (moment.vf || moment.queue) {
        holders.push({ vm: life.spec, vnic: spec, moment, vfBytes: spec.vfRate * account.life.vf });
      }
      const sum = synthetic.get(spec.vswitch.id);
      if (sum) {
        sum.data += spec.syntheticRate * account.ever.synthetic;
        sum.broadcast += BROADCAST_RATE * account.ever.vf;
      }
    }
  }
  const cores = setup.host.logicalProcessors;
  const held = new Map(
    setup.nics.map((nic) => [nic, holdingsOf(nic, holders, modeOf(setup, nic, conditions), cores)] as const),
  );
  const heldBy = (nics: readonly (typeof setup.nics)[number][]): Holdings[] =>
    nics.flatMap((nic) => held.get(nic) ?? []);
  const trafficOn = (vswitchId: string | undefined, members = 1): WorldTraffic => {
    const sum = synthetic.get(vswitchId ?? '') ?? { data: 0, broadcast: 0 };
    return trafficOf(sum.data / members, sum.broadcast / members);
  };
  const vswitches = setup.vswitches.map((spec) =>
    makeVSwitchState(spec, heldBy(spec.nics), trafficOn(spec.id), conditions),
  );

  const vms: WorldVm[] = [];
  const vnics: WorldVnic[] = [managementVnicState(setup)];
  const instances = new Map<string, number>();
  for (const [index, track] of tracks.entries()) {
    const account = accounts[index];
    if (!account) continue;
    const full = isFull(vswitches.find((vswitch) => vswitch.id === track.life.vnics[0]?.spec.vswitch.id));
    const vm = makeVmState(track, account, at, conditions, setup, full, instances);
    if (!vm) continue;
    vms.push(vm);
    const phase = track.life.phases.at(time);
    for (const [number, vnic] of track.vnics.entries()) {
      const own = account.vnics[number];
      if (own) vnics.push(makeVnicState(track.life.spec, vm, phase, vnic, own, at, conditions, setup));
    }
  }

  const { logical, root } = makeProcessors(tracks, accounts, uptime, cores);
  return {
    t,
    host: hostState(setup, conditions),
    nics: setup.nics.map((nic) => {
      const vswitch = setup.vswitches.find((candidate) => candidate.nics.includes(nic));
      const [holdings = { vfs: [], vports: [], vmQueues: [] }] = heldBy([nic]);
      return makeNicState(nic, holdings, trafficOn(vswitch?.id, vswitch?.nics.length), uptime, conditions, setup);
    }),
    vswitches,
    teams: setup.vswitches
      .filter((vswitch) => vswitch.set)
      .map((vswitch) => ({
        vswitchId: vswitch.id,
        name: vswitch.name,
        nics: vswitch.nics.map((nic) => nic.description),
        teamingMode: 1,
        loadBalancing: 4,
      })),
    vms,
    vnics,
    vfs: heldBy(setup.nics).flatMap((holdings) => holdings.vfs),
    vports: heldBy(setup.nics).flatMap((holdings) => holdings.vports),
    vmQueues: heldBy(setup.nics).flatMap((holdings) => holdings.vmQueues),
    logicalProcessors: logical,
    rootProcessors: root,
    processes: processesAt(at, tracks.filter((track) => runs(track.life.phases.at(time))).length),
    ...(setup.clustered && {
      cluster: { name: setup.host.name, state: conditions.has('node_paused') ? 2 : 0, drainStatus: 0 },
    }),
    unsupported: {
      ...(!setup.nics.some((nic) => nic.vfCounters) && {
        counters_mellanox_vf: 'the counter set does not exist',
      }),
      ...(!setup.clustered && { cluster_node: 'the cluster service (ClusSvc) does not run' }),
    },
    readBefore: READ_BEFORE,
  };
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
function isFull(vswitch: WorldState['vswitches'][number] | undefined): boolean {
  if (vswitch === undefined) return false;
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
    productType: SERVER,
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
