import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { HostReader } from '../collect/host-reader.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import { createDemoReader } from './reader.ts';
import type { Scenario } from './scenarios.ts';

export interface DemoFleetOptions {
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

/** A host of a demo fleet: in clusters of four, the first on the tour, of the others one with a trouble of its own. */
export function openDemoTarget(number: number, options: DemoFleetOptions): HostReader {
  const { seed, ...rest } = options;
  const lot = lotOf(number);
  const scenario = lot === 'silent' || lot === 'slow' ? 'healthy' : lot;
  const reader = createDemoReader({ ...rest, seed: seed + number - 1, scenario, member: number, profile: 'x520' });
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
