import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { HostReader } from '../collect/host-reader.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import { withMigrationsOf, withoutMigrations } from './migrations.ts';
import { createDemoReader } from './reader.ts';
import type { Scenario } from './scenarios.ts';
import { makeSetup, type Setup } from './setup.ts';

export interface DemoFleetOptions {
  /** How many hosts the fleet has */
  readonly hosts: number;
  /** Of the first host; the others have the ones after it */
  readonly seed: number;
  readonly clock: Clock;
  /** Unix milliseconds of the fleet's beginning */
  readonly startedAt: number;
  readonly includeIpAddresses?: boolean;
}

/** What is wrong with a host of a demo fleet */
type Lot = Scenario | 'silent' | 'slow';

const PER_CLUSTER = 4;
/** The first two clusters show everything that the later ones show one at a time. */
const FIRST: readonly (readonly Lot[])[] = [
  ['tour', 'vf-pool-exhausted', 'healthy', 'switch-not-iov'],
  ['tour', 'cluster', 'silent', 'slow'],
];
const ODD: readonly Lot[] = ['vf-pool-exhausted', 'switch-not-iov', 'cluster', 'silent', 'slow'];
/** A little less than activity may take */
const SLOW_MS = 8000;

/** What host `number`, counted from 1, goes through. */
function lotOf(number: number): Lot {
  const cluster = Math.floor((number - 1) / PER_CLUSTER);
  const place = (number - 1) % PER_CLUSTER;
  const first = FIRST[cluster]?.[place];
  if (first !== undefined) return first;
  if (place === 0) return 'tour';
  return place === 1 + (cluster % (PER_CLUSTER - 1)) ? (ODD[cluster % ODD.length] ?? 'healthy') : 'healthy';
}

const scenarioOf = (number: number): Scenario => {
  const lot = lotOf(number);
  return lot === 'silent' || lot === 'slow' ? 'healthy' : lot;
};

/**
 * The host of a cluster with which the first one, on the tour, exchanges VMs: it answers, has free VFs and is not
 * drained. Undefined where the fleet ends before there is one.
 */
function partnerOf(first: number, hosts: number): number | undefined {
  for (let number = first + 1; number < first + PER_CLUSTER && number <= hosts; number++)
    if (scenarioOf(number) === 'healthy' && lotOf(number) !== 'silent') return number;
  return undefined;
}

/** The setup of host `number`, counted from 1, with the migrations within its cluster. */
export function setupOfMember(number: number, { seed, hosts }: Pick<DemoFleetOptions, 'seed' | 'hosts'>): Setup {
  const alone = (each: number): Setup => makeSetup(seed + each - 1, scenarioOf(each), 'x520', each);
  const first = number - ((number - 1) % PER_CLUSTER);
  const partner = partnerOf(first, hosts);
  if (number === partner) return withMigrationsOf(alone(first), alone(number));
  return partner === undefined ? withoutMigrations(alone(number)) : alone(number);
}

/** A host of a demo fleet: in clusters of four, the first on the tour, of the others one with a trouble of its own. */
export function openDemoTarget(number: number, options: DemoFleetOptions): HostReader {
  const { seed, hosts, ...rest } = options;
  const lot = lotOf(number);
  const reader = createDemoReader({
    ...rest,
    seed,
    scenario: scenarioOf(number),
    member: number,
    setup: setupOfMember(number, { seed, hosts }),
  });
  if (lot === 'slow')
    return {
      ...reader,
      async read(part: Part, signal: AbortSignal) {
        await sleep(SLOW_MS, undefined, { signal });
        return reader.read(part, signal);
      },
    };
  if (lot !== 'silent') return reader;
  return {
    ...reader,
    async read() {
      throw new OperationalError(
        'connect_timeout',
        'This simulated host does not answer: it is there to show how that looks.',
      );
    },
  };
}
