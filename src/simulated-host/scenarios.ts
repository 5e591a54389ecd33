import { type Profile } from './hardware.ts';
import { type Script } from './script.ts';
import type { Timeline } from './timeline.ts';

/** The scenarios of the demo host, by name. */
export const SCENARIOS = [
  'healthy',
  'vf-pool-exhausted',
  'queue-pairs-exhausted',
  'host-blocked',
  'nic-disabled',
  'nic-restart',
  'switch-not-iov',
  'guest-driver-missing',
  'flapping',
  'live-migration',
  'boot-storm',
  'vmq-starved',
  'set-team',
  'cluster',
  'large',
  'sriov-off',
  'tour',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/**
 * Seconds after the start at which a scenario shows its settled state: what it breaks is broken, what restarts has
 * settled. `flapping` never settles; the time given is 2.5 minutes after its VM lost the VF for the sixth time.
 */
export const SETTLE_SECONDS: Readonly<Record<Scenario, number>> = {
  healthy: 120,
  'vf-pool-exhausted': 120,
  'queue-pairs-exhausted': 120,
  'host-blocked': 120,
  'nic-disabled': 120,
  'nic-restart': 720,
  'switch-not-iov': 120,
  'guest-driver-missing': 120,
  flapping: 2130,
  'live-migration': 960,
  'boot-storm': 900,
  'vmq-starved': 120,
  'set-team': 120,
  cluster: 120,
  large: 120,
  'sriov-off': 120,
  // Seven minutes into the first stage with a fault: the VMs that it starts have had their five minutes to settle.
  tour: 720,
};

/** The hardware that a scenario runs on unless another is asked for. */
export const defaultProfile = (scenario: Scenario): Profile =>
  scenario === 'set-team' || scenario === 'cluster' || scenario === 'large' ? 'mlx5' : 'x520';

/** Names that scripts use of VMs; which of them a host has is a matter of its fleet. */
export interface Cast {
  /** VMs that are on their VF while all is well, the measured one not among them */
  readonly servers: readonly string[];
  /** VMs that ask for a VF and are off while all is well */
  readonly desktops: readonly string[];
  /** A VM that lives on another host of the cluster, and comes and goes */
  readonly visitor: string;
  readonly measured: string;
}

const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const FLIP_SECONDS = 180;
const DRIVERLESS = 3;
const REBOOTING = 40;

/** One scenario's script: all that it breaks, from `start` to `end`; by itself, what is broken was always so. */
export function scriptOf(scenario: Scenario, cast: Cast, start: number, end: number, always: boolean): Script {
  const window = always ? ALWAYS : { from: start, to: end };
  const only = (...effects: Script['effects'][number][]): Script => ({ effects, power: [] });
  switch (scenario) {
    case 'host-blocked':
      return only({ kind: 'host_blocked', ...window });
    case 'nic-disabled':
      return only({ kind: 'nic_disabled', ...window });
    case 'switch-not-iov':
      return only({ kind: 'switch_not_iov', ...window });
    case 'nic-restart':
      return only({ kind: 'nic_down', from: start + 60, to: start + 85 });
    case 'guest-driver-missing':
      return only({ kind: 'no_driver', vms: cast.servers.slice(2, 2 + DRIVERLESS), ...window });
    case 'flapping':
      return only(...flips(cast.servers[0] ?? cast.measured, start, end));
    case 'queue-pairs-exhausted': {
      const crowd = desktopsOn(cast, start, end, always);
      return { effects: [{ kind: 'queue_pairs', pairs: 2, ...window }], power: crowd };
    }
    case 'vf-pool-exhausted':
      return { effects: [], power: desktopsOn(cast, start, end, always) };
    case 'vmq-starved':
      return only({ kind: 'few_queues', limit: 4, ...window });
    case 'cluster':
      return only({ kind: 'node_paused', ...window });
    case 'sriov-off':
      return only({ kind: 'weight_zero', vm: cast.measured, ...window });
    case 'live-migration': {
      const [traveller] = cast.servers.slice(5);
      return {
        effects: [],
        power: [
          ...(traveller === undefined
            ? []
            : [
                { at: start + 60, vm: traveller, kind: 'migrate_out' } as const,
                { at: start + 480, vm: traveller, kind: 'migrate_in' } as const,
              ]),
          { at: start + 150, vm: cast.visitor, kind: 'migrate_in' },
          { at: end - 240, vm: cast.visitor, kind: 'migrate_out' },
        ],
      };
    }
    case 'boot-storm':
      return {
        effects: [],
        power: cast.servers
          .slice(0, REBOOTING)
          .flatMap((vm, index) => [
            { at: start + 60 + index, vm, kind: 'stop' } as const,
            { at: start + 100 + index * 2, vm, kind: 'start' } as const,
          ]),
      };
    case 'healthy':
    case 'set-team':
    case 'large':
    case 'tour':
      return only();
  }
}

/** On its VF for three minutes, off for three, and so on; on it at the start and at the end. */
function flips(vm: string, start: number, end: number) {
  const lost: Script['effects'][number][] = [];
  for (let at = start + FLIP_SECONDS; at + FLIP_SECONDS < end; at += 2 * FLIP_SECONDS) {
    lost.push({ kind: 'vf_lost', vm, from: at, to: at + FLIP_SECONDS });
  }
  return lost;
}

/** More VMs than there are VFs. By itself they were always on, which the fleet sees to. */
function desktopsOn(cast: Cast, start: number, end: number, always: boolean): Script['power'] {
  if (always) return [];
  return cast.desktops.flatMap((vm, index) => [
    { at: start + 20 + index * 2, vm, kind: 'start' } as const,
    { at: end - 60 + index, vm, kind: 'stop' } as const,
  ]);
}

/** One stage of the tour, in seconds from the start of a round; all stages between are healthy. */
export interface Stage {
  readonly scenario: Scenario;
  readonly from: number;
  readonly to: number;
  /** When the stage shows its subject, in seconds from its start */
  readonly settled: number;
}

/** What takes the VFs from all VMs comes at most three times within an hour: more would be a flapping host. */
const STAGES: readonly (readonly [Scenario, minutes: number, settled?: number])[] = [
  ['healthy', 5],
  // VMs that have just started are given five minutes before their path is judged.
  ['vf-pool-exhausted', 10, 420],
  ['healthy', 5],
  ['guest-driver-missing', 10],
  ['sriov-off', 8],
  ['healthy', 5],
  ['host-blocked', 8],
  ['healthy', 6],
  ['flapping', 36],
  ['healthy', 5],
  ['queue-pairs-exhausted', 10, 420],
  ['healthy', 5],
  ['live-migration', 20],
  ['boot-storm', 12],
  ['vmq-starved', 8],
  ['healthy', 4],
  ['set-team', 5],
  ['cluster', 8],
  ['nic-disabled', 8],
  ['healthy', 6],
  ['nic-restart', 10],
  ['healthy', 5],
  ['switch-not-iov', 8],
  ['healthy', 7],
];
const SETTLED = 200;
/** Where the host is in the script after a jump. One value for all stages, so that counters never jump ahead. */
export const AFTER_JUMP = Math.max(...STAGES.map(([, , settled = SETTLED]) => settled));

/** One round of the tour that begins with a stage, `lead` seconds after the start of the script. */
function tourFrom(first: number, lead = 0): readonly Stage[] {
  let from = lead;
  return [...STAGES.slice(first), ...STAGES.slice(0, first)].map(([scenario, minutes, settled = SETTLED]) => {
    const stage = { scenario, from, to: from + minutes * 60, settled };
    from = stage.to;
    return stage;
  });
}

/**
 * The timetable of one round of the tour, which repeats without end. Its host has the hardware of both profiles, so that
 * only the script adds or removes anything. `large` is not a stage of it.
 */
export const TOUR: readonly Stage[] = tourFrom(0);

const TOUR_SECONDS = TOUR.at(-1)?.to ?? 0;

/** Seconds before the first stage of a tour that was put into this stage, so that it has settled at AFTER_JUMP. */
const leadOf = (stage: number | undefined): number =>
  stage === undefined ? 0 : AFTER_JUMP - (TOUR[stage]?.settled ?? SETTLED);

/** How a scenario is played. */
export interface Pace {
  /** How many times faster than written its script runs and its VMs start and attach VFs; 1 without it. Traffic does not change. */
  readonly speed?: number;
  /** The stage that a tour was put into, by its index in TOUR; from the first one without it */
  readonly stage?: number | undefined;
}

/** The stage that a tour is in, `seconds` after the start of its script. */
export function stageAt(
  seconds: number,
  { speed = 1, stage: first }: Pace,
): { readonly stage: number; readonly left: number } {
  const time = seconds * speed;
  const before = leadOf(first);
  const round = time < before ? 0 : (time - before) % TOUR_SECONDS;
  const position = ((TOUR[first ?? 0]?.from ?? 0) + round) % TOUR_SECONDS;
  const stage = TOUR.findIndex(({ to }) => position < to);
  return { stage, left: ((TOUR[stage]?.to ?? 0) - position) / speed };
}

const HOUR = 3600;

/** Duration of a scenario's script before it starts again. */
export function timelineOf(scenario: Scenario, { speed = 1, stage }: Pace = {}): Timeline {
  // A restart happens once; after it the hours are alike.
  const once = scenario === 'boot-storm' || scenario === 'nic-restart';
  const { prefix, loop } =
    scenario === 'tour' ? { prefix: leadOf(stage), loop: TOUR_SECONDS } : { prefix: once ? HOUR : 0, loop: HOUR };
  return { prefix: prefix / speed, loop: loop / speed };
}

/** The whole script of a scenario, in seconds from its start at this pace. */
export function wholeScript(scenario: Scenario, cast: Cast, paused: boolean, { speed = 1, stage }: Pace = {}): Script {
  const scripts =
    scenario === 'tour'
      ? tourFrom(stage ?? 0, leadOf(stage)).map(({ scenario: its, from, to }) => scriptOf(its, cast, from, to, false))
      : [scriptOf(scenario, cast, 0, HOUR, true)];
  return {
    effects: scripts
      .flatMap(({ effects }) => effects)
      .filter(({ kind }) => kind !== 'node_paused' || paused)
      .map((effect) => ({ ...effect, from: effect.from / speed, to: effect.to / speed })),
    power: scripts
      .flatMap(({ power }) => power)
      .map((event) => ({ ...event, at: event.at / speed }))
      .toSorted((a, b) => a.at - b.at),
  };
}
