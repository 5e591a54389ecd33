import { collectFamilies } from '../../src/metrics/families.ts';
import { largeHost } from './large-host.ts';
import { type Cost, measure } from './measure.ts';
import { profileOf, type Share } from './profile-of.ts';

// Measures polls in a process of its own, with the flags of Node that the service runs with. Told what by its argument.

export interface PollCosts {
  readonly inventory: Cost;
  readonly activity: Cost;
  readonly inventoryOfTwice: Cost;
  readonly series: number;
  readonly seriesOfTwice: number;
}

export interface PollProfile {
  readonly steps: readonly Share[];
  readonly functions: readonly Share[];
}

const PROFILED_POLLS = 30;

function seriesOf({ pipeline }: Awaited<ReturnType<typeof largeHost>>): number {
  const view = pipeline.view();
  return view === undefined ? 0 : collectFamilies(view).reduce((sum, { samples }) => sum + samples.length, 0);
}

async function costs(): Promise<PollCosts> {
  const host = await largeHost(1024);
  const inventory = await measure(() => host.poll('inventory'));
  const activity = await measure(() => host.poll('activity'));
  const larger = await largeHost(2048);
  return {
    inventory,
    activity,
    inventoryOfTwice: await measure(() => larger.poll('inventory'), { runs: 9 }),
    series: seriesOf(host),
    seriesOfTwice: seriesOf(larger),
  };
}

async function profile(): Promise<PollProfile> {
  const host = await largeHost(1024);
  for (let warmUp = 0; warmUp < 10; warmUp++) await host.poll('inventory');
  return profileOf(async () => {
    for (let poll = 0; poll < PROFILED_POLLS; poll++) await host.poll('inventory');
  });
}

process.send?.(await (process.argv[2] === 'profile' ? profile() : costs()));
