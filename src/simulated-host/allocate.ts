import { Agenda } from './agenda.ts';
import { Conditions } from './conditions.ts';
import type { VmSpec, VnicSpec } from './vm-specs.ts';
import type { NicSpec } from './hardware.ts';
import { Pools, type QueueHold, type VfHold } from './pools.ts';
import { between, unit } from './random.ts';
import { type Phase, phasesOf } from './script.ts';
import type { Setup } from './setup.ts';
import { Changes } from './timeline.ts';

/** Where a vNIC's packets go: nowhere, over the VF, through the default queue, or through a queue of its own. */
export const PATH = { none: 0, vf: 1, defaultQueue: 2, ownQueue: 3 } as const;
/** How many paths there are. */
export const PATHS = 4;
export type Path = (typeof PATH)[keyof typeof PATH];

export interface VnicMoment {
  readonly path: Path;
  readonly vf: VfHold | undefined;
  /** VFDataPathActive */
  readonly active: boolean;
  readonly queue: QueueHold | undefined;
}

export interface VmLife {
  readonly spec: VmSpec;
  readonly phases: Changes<Phase>;
  readonly vnics: readonly VnicLife[];
}

export interface VnicLife {
  readonly vm: VmSpec;
  readonly spec: VnicSpec;
  readonly moments: Changes<VnicMoment>;
}

const NOWHERE: VnicMoment = { path: PATH.none, vf: undefined, active: false, queue: undefined };
/** A guest's VF comes this long after it could have one. */
const ATTACH_SECONDS = [10, 50] as const;
/** Seconds after the VF came at which the guest's data path changes: on, off, on, and with some once more. */
const FLIPS = [3, 8, 14] as const;
const MORE_FLIPS = [...FLIPS, 22, 27] as const;

/** Whether a VM in this phase uses its network. */
export const runs = (phase: Phase): boolean =>
  phase === 'running' || phase === 'leaving' || phase === 'stopping' || phase === 'blackout';

/** What delays depend on */
type Play = Pick<Setup, 'seed' | 'speed'>;
/** One vNIC while the script is played through. */
interface Player {
  readonly life: VnicLife;
  readonly phases: Changes<Phase>;
  attachAt?: number | undefined;
  attachedAt?: number | undefined;
  vf?: VfHold | undefined;
  queue?: QueueHold | undefined;
}

/**
 * Plays the script through once, from event to event, and notes for each vNIC what changed when: who got which VF,
 * vPort and queue, first come, first served. Before the first event all have been as they are for long.
 */
export function playThrough(setup: Setup): readonly VmLife[] {
  const agenda = new Agenda();
  const end = setup.timeline.prefix + setup.timeline.loop;
  const lives = setup.vms.map((spec) => makeLife(spec, setup));
  const players = lives.flatMap((life) => life.vnics.map((vnic): Player => ({ life: vnic, phases: life.phases })));
  const pools = new Map(setup.nics.map((nic) => [nic, new Pools(nic)]));

  for (const life of lives) for (const { from } of life.phases.entries) agenda.add(from);
  for (const effect of setup.script.effects) {
    agenda.add(effect.from);
    agenda.add(effect.to);
  }
  let time: number | undefined = Number.NEGATIVE_INFINITY;
  while (time !== undefined && time < end) {
    step(time, new Conditions(setup, time), players, pools, agenda, setup);
    time = agenda.next();
  }
  return lives;
}

function makeLife(spec: VmSpec, setup: Setup): VmLife {
  const phases = new Changes<Phase>(spec.rest);
  const events = setup.script.power.filter((event) => event.vm === spec.name);
  for (const [at, phase] of events.flatMap((event) => phasesOf(event, setup.speed))) phases.set(at, phase);
  return {
    spec,
    phases,
    vnics: spec.vnics.map((vnic) => ({ vm: spec, spec: vnic, moments: new Changes(NOWHERE) })),
  };
}

type PoolsByNic = ReadonlyMap<NicSpec, Pools>;

function step(
  time: number,
  conditions: Conditions,
  players: readonly Player[],
  pools: PoolsByNic,
  agenda: Agenda,
  play: Play,
): void {
  const waiting: Player[] = [];
  for (const player of players) {
    const { vm, spec } = player.life;
    const wants =
      player.phases.at(time) === 'running' &&
      !spec.legacy &&
      conditions.iovWeight(vm, spec) > 0 &&
      conditions.iovWorks(spec.vswitch) &&
      !conditions.vfLost(vm);
    const pairs = conditions.queuePairs(spec.vswitch);
    if (player.vf && (!wants || Math.min(pairs, player.vf.nic.maxQueuePairsPerVPort) !== player.vf.queuePairs)) {
      pools.get(player.vf.nic)?.releaseVf(player.vf);
      player.vf = undefined;
      player.attachAt = undefined;
    }
    if (!wants) player.attachAt = undefined;
    else if (!player.vf) {
      player.attachAt ??= time + attachDelay(time, play, player);
      agenda.add(player.attachAt);
      if (player.attachAt <= time) waiting.push(player);
    }
    releaseQueueIfLost(player, time, conditions, pools);
  }
  waiting.sort((one, other) => (one.attachAt ?? 0) - (other.attachAt ?? 0));
  for (const player of waiting) attach(player, time, conditions, pools, agenda, play);
  for (const player of players) takeQueue(player, time, conditions, pools);
  for (const player of players) note(player, time, conditions, play);
}

function attachDelay(time: number, { seed, speed }: Play, player: Player): number {
  if (time === Number.NEGATIVE_INFINITY) return 0;
  return Math.round(between(...ATTACH_SECONDS, seed, player.life.spec.guid, time)) / speed;
}

function attach(
  player: Player,
  time: number,
  conditions: Conditions,
  pools: PoolsByNic,
  agenda: Agenda,
  play: Play,
): void {
  const { vswitch } = player.life.spec;
  const members = vswitch.nics.flatMap((nic) => pools.get(nic) ?? []).toSorted((one, other) => one.vfs - other.vfs);
  for (const member of members) {
    // A vNIC on the PF's own vPort gives it back for the VF.
    releaseQueue(player, pools);
    player.vf = member.takeVf(conditions.queuePairs(vswitch));
    if (!player.vf) continue;
    player.attachedAt = time;
    for (const flip of flipsOf(player, play)) agenda.add(time + flip);
    return;
  }
}

const flipsOf = (player: Player, { seed, speed }: Play) =>
  (unit(seed, player.life.spec.guid, 'flips') < 0.3 ? MORE_FLIPS : FLIPS).map((flip) => flip / speed);

function wantsQueue(player: Player, time: number, conditions: Conditions): boolean {
  const { spec } = player.life;
  return runs(player.phases.at(time)) && !spec.legacy && !player.vf && !conditions.nicDown(spec.vswitch);
}

function releaseQueueIfLost(player: Player, time: number, conditions: Conditions, pools: PoolsByNic): void {
  if (!player.queue) return;
  const { spec } = player.life;
  const { nic, id, vport } = player.queue;
  const kindFits = vport === (conditions.iovWorks(spec.vswitch) && nic.vmmq);
  const inLimit = vport || id < conditions.vmqLimit(spec.vswitch, nic.vmqQueueLimit);
  if (!wantsQueue(player, time, conditions) || !kindFits || !inLimit) releaseQueue(player, pools);
}

function releaseQueue(player: Player, pools: PoolsByNic): void {
  if (player.queue) pools.get(player.queue.nic)?.releaseQueue(player.queue);
  player.queue = undefined;
}

/** In SR-IOV mode the PF's vPorts are the queues (where the NIC does VMMQ), else VM queues. */
function takeQueue(player: Player, time: number, conditions: Conditions, pools: PoolsByNic): void {
  if (player.queue || !wantsQueue(player, time, conditions)) return;
  const { vswitch, vmmqQueuePairs } = player.life.spec;
  for (const nic of vswitch.nics) {
    const pool = pools.get(nic);
    if (!conditions.iovWorks(vswitch)) player.queue = pool?.takeQueue(conditions.vmqLimit(vswitch, nic.vmqQueueLimit));
    else if (nic.vmmq) player.queue = pool?.takeVport(vmmqQueuePairs);
    if (player.queue) return;
  }
}

function note(player: Player, time: number, conditions: Conditions, play: Play): void {
  const { vm, spec, moments } = player.life;
  const active = player.vf !== undefined && isActive(player, time, play) && !conditions.driverMissing(vm);
  const moment = {
    path: pathOf(player, time, active, conditions.nicDown(spec.vswitch)),
    vf: player.vf,
    active,
    queue: player.queue,
  };
  const last = moments.last.value;
  const same =
    last.path === moment.path && last.vf === moment.vf && last.active === active && last.queue === moment.queue;
  if (!same) moments.set(time, moment);
}

function isActive(player: Player, time: number, play: Play): boolean {
  if (player.attachedAt === undefined || player.attachedAt === Number.NEGATIVE_INFINITY) return true;
  const since = time - player.attachedAt;
  return flipsOf(player, play).filter((flip) => flip <= since + 1e-6).length % 2 === 1;
}

function pathOf(player: Player, time: number, active: boolean, nicDown: boolean): Path {
  if (!runs(player.phases.at(time)) || nicDown) return PATH.none;
  if (active) return PATH.vf;
  return player.queue ? PATH.ownQueue : PATH.defaultQueue;
}
