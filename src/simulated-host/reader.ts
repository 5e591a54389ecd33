import type { Clock } from '../clock.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import { inTurns } from '../turn.ts';
import type { HostReader } from '../collect/host-reader.ts';
import { documentInSteps } from './documents.ts';
import type { Profile } from './hardware.ts';
import type { Scenario } from './scenarios.ts';
import { makeWorld, type World } from './world.ts';

export interface DemoOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly clock: Clock;
  /** Unix milliseconds of the scenario's beginning; now by default */
  readonly startedAt?: number;
  /** Its number in a fleet of demo hosts, from 1 */
  readonly member?: number;
  /** Other hardware than the scenario's own */
  readonly profile?: Profile;
  /** Shows the guests' IP addresses too, which an administrator asks for; false by default */
  readonly includeIpAddresses?: boolean;
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
  const { seed, scenario, clock, startedAt, profile, member, includeIpAddresses: ipAddresses = false } = options;
  const world = makeWorld(seed, scenario, startedAt ?? clock.now(), profile, member);
  return {
    kind: 'demo',
    clock,
    world,
    read: (part: Part, signal: AbortSignal): Promise<unknown> =>
      inTurns(documentInSteps(part, Math.floor(clock.now()), world, { ipAddresses }), () => {
        if (signal.aborted)
          throw new OperationalError('aborted', 'The poll was ended before the simulated host was read.');
      }),
    async close() {},
  };
}
