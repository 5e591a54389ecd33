import type { Clock } from '../clock.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import { inTurns } from '../turn.ts';
import type { HostReader, Tour } from '../collect/host-reader.ts';
import { documentInSteps } from './documents.ts';
import type { Profile } from './hardware.ts';
import { AFTER_JUMP, type Pace, type Scenario, SETTLE_SECONDS, stageAt, TOUR } from './scenarios.ts';
import type { Setup } from './setup.ts';
import { makeWorld, type World, worldOf } from './world.ts';

export interface DemoOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly clock: Clock;
  /** Unix milliseconds of the scenario's beginning; now by default */
  readonly startedAt?: number;
  /** Its number in a fleet of demo hosts, from 1 */
  readonly member?: number;
  /** How the host is set up where it is not as its seed, scenario and number have it */
  readonly setup?: Setup;
  /** Other hardware than the scenario's own */
  readonly profile?: Profile;
  /** Shows the guests' IP addresses too, which an administrator asks for; false by default */
  readonly includeIpAddresses?: boolean;
  /** How many times faster than written its script runs; 1 by default */
  readonly speed?: number;
  /** The scenario has run until it has settled when the reader's clock reaches the present: see HostReader.rehearsal */
  readonly rehearsed?: boolean;
}

/** A simulated host, with its truth for those who check what is made of it. */
export interface DemoReader extends HostReader {
  readonly kind: 'demo';
  readonly world: World;
}

/**
 * The simulated host as a reader of documents, which end their poll now by `clock`. Rejects with the code `aborted`
 * once the poll's deadline has passed.
 */
export function createDemoReader(options: DemoOptions): DemoReader {
  const {
    seed,
    scenario,
    profile,
    member,
    setup,
    includeIpAddresses: ipAddresses = false,
    speed = 1,
    rehearsed = false,
  } = options;
  /** How far the host's clock is behind the real one */
  let behind = rehearsed ? rehearsalMs(scenario, speed) : 0;
  const clock: Clock = {
    now: () => options.clock.now() - behind,
    monotonic: () => options.clock.monotonic() - behind,
  };
  let startedAt = options.startedAt ?? clock.now();
  let pace: Pace = { speed };
  let world =
    setup === undefined ? makeWorld(seed, scenario, startedAt, profile, member, pace) : worldOf(setup, startedAt);
  const tour: Tour = {
    stages: TOUR.map((stage) => stage.scenario),
    now() {
      const { stage, left } = stageAt((clock.now() - startedAt) / 1000, pace);
      return { stage, leftMs: left * 1000 };
    },
    jump(stage) {
      pace = { speed, stage };
      startedAt = clock.now() - (AFTER_JUMP / speed) * 1000;
      world = makeWorld(seed, scenario, startedAt, profile, member, pace);
    },
  };
  const rehearse = async (poll: () => Promise<void>): Promise<void> => {
    while (behind > 0) {
      await poll();
      behind -= Math.min(behind, STEP_MS / speed);
    }
  };
  return {
    kind: 'demo',
    clock,
    speed,
    world: (t) => world(t),
    read: (part: Part, signal: AbortSignal): Promise<unknown> =>
      inTurns(documentInSteps(part, Math.floor(clock.now()), world, { ipAddresses }), () => {
        if (signal.aborted)
          throw new OperationalError('aborted', 'The poll was ended before the simulated host was read.');
      }),
    async close() {},
    settleMs: rehearsed ? 0 : (SETTLE_SECONDS[scenario] * 1000) / speed,
    ...(scenario === 'tour' && member === undefined ? { tour } : {}),
    ...(rehearsed ? { rehearsal: { behind: () => behind, run: rehearse } } : {}),
  };
}

/** As often as the inventory of a real host is read: charts then have no gaps, and a VF that is away for 3 minutes is seen. */
const STEP_MS = 60_000;
/** Whole steps until the scenario has settled. */
const rehearsalMs = (scenario: Scenario, speed: number): number =>
  (Math.ceil((SETTLE_SECONDS[scenario] * 1000) / STEP_MS) * STEP_MS) / speed;
