import { PATH, PATHS, playThrough, runs, type VmLife, type VnicLife } from './allocate.ts';
import { type Wave, StateIntegral } from './integral.ts';
import type { Setup } from './setup.ts';
import { fold, type Timeline } from './timeline.ts';

/** A VM with all that its counters need, for any time. */
export interface VmTrack {
  readonly life: VmLife;
  /** Time spent not running (0) and running (1), weighed with the VM's wave */
  readonly running: StateIntegral;
  /** Boots, for its uptime */
  readonly boots: readonly number[];
  /** Boots and arrivals: its counters start again at 0 */
  readonly beginnings: readonly number[];
  readonly vnics: readonly VnicTrack[];
}

export interface VnicTrack {
  readonly life: VnicLife;
  /** Time spent on each PATH, weighed with the VM's wave */
  readonly paths: StateIntegral;
}

const WHOLE: Wave = { depth: 0, period: 1, phase: 0 };

/** Plays a scenario through and makes its VMs ready for any time. */
export function makeTracks(setup: Setup): readonly VmTrack[] {
  return playThrough(setup).map((life) => makeTrack(life, setup));
}

function makeTrack(life: VmLife, setup: Setup): VmTrack {
  const { spec } = life;
  const { timeline, script } = setup;
  const origin = -spec.upFor;
  const times = (...kinds: readonly string[]) => [
    origin,
    ...script.power.filter((event) => event.vm === spec.name && kinds.includes(event.kind)).map((event) => event.at),
  ];
  const states = life.phases.map((phase) => (runs(phase) ? 1 : 0), origin);
  return {
    life,
    running: new StateIntegral(states, 2, spec.wave.depth === 0 ? WHOLE : spec.wave, timeline),
    boots: times('start'),
    beginnings: times('start', 'migrate_in'),
    vnics: life.vnics.map((vnic) => ({
      life: vnic,
      paths: new StateIntegral(
        vnic.moments.map((moment) => moment.path, origin),
        PATHS,
        spec.wave,
        timeline,
      ),
    })),
  };
}

/** The latest of recurring times (ascending, those of the script's first run) that is not after `at`. */
export function latestOf(times: readonly number[], at: number, timeline: Timeline): number {
  const { time, loops } = fold(timeline, at);
  const within = times.findLast((candidate) => candidate <= time) ?? Number.NEGATIVE_INFINITY;
  if (loops === 0) return within;
  if (within >= timeline.prefix) return within + loops * timeline.loop;
  const inLoop = times.findLast((candidate) => candidate >= timeline.prefix);
  return inLoop === undefined ? within : inLoop + (loops - 1) * timeline.loop;
}

/** Weighed seconds on each path, of one vNIC. */
export interface PathSeconds {
  readonly vf: number;
  readonly defaultQueue: number;
  readonly ownQueue: number;
  readonly synthetic: number;
}

const secondsOf = (sums: Float64Array, before?: Float64Array): PathSeconds => {
  const since = (path: number) => (sums[path] ?? 0) - (before?.[path] ?? 0);
  const [defaultQueue, ownQueue] = [since(PATH.defaultQueue), since(PATH.ownQueue)];
  return { vf: since(PATH.vf), defaultQueue, ownQueue, synthetic: defaultQueue + ownQueue };
};

/** What a VM has done until one moment: since its beginning, and since the host's boot over all its lives. */
export interface Account {
  readonly runSeconds: number;
  readonly runSecondsEver: number;
  readonly vnics: readonly { readonly life: PathSeconds; readonly ever: PathSeconds }[];
}

/** What a VM has used up to a time (seconds). */
export function accountOf(track: VmTrack, at: number, timeline: Timeline): Account {
  const beginning = latestOf(track.beginnings, at, timeline);
  const ever = track.running.at(at)[1] ?? 0;
  return {
    runSeconds: ever - (track.running.at(beginning)[1] ?? 0),
    runSecondsEver: ever,
    vnics: track.vnics.map(({ paths }) => {
      const sums = paths.at(at);
      return { life: secondsOf(sums, paths.at(beginning)), ever: secondsOf(sums) };
    }),
  };
}

/** Processor seconds that a VM's guest has used. */
export function guestCpuSeconds(track: VmTrack, runSeconds: number, vnics: readonly PathSeconds[]): number {
  let seconds = track.life.spec.baseCpu * runSeconds;
  for (const [index, { spec }] of track.life.vnics.entries()) {
    const on = vnics[index];
    if (on) seconds += spec.vfCpu * on.vf + spec.syntheticCpu * on.synthetic;
  }
  return seconds;
}
