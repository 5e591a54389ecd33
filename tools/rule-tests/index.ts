import { addressTests } from './addresses.ts';
import { withAddresses } from './annotations.ts';
import { type RuleTest, type Target, targetOf } from './define.ts';
import { edgeTests } from './edges.ts';
import { exporterTests } from './exporter.ts';
import { fallbackTests } from './fallback.ts';
import { fleetTests } from './fleet.ts';
import { goneTests } from './gone.ts';
import { loadTests } from './load.ts';
import { platformTests } from './platform.ts';
import { poolTests } from './pools.ts';
import { twinsOf } from './twins.ts';

export { RECORDING_TESTS } from './recording.ts';

const FIRST: readonly RuleTest[] = [
  ...exporterTests,
  ...platformTests,
  ...fallbackTests,
  ...poolTests,
  ...loadTests,
  ...addressTests,
  ...fleetTests,
];
const OWN: readonly RuleTest[] = [...FIRST, ...edgeTests(FIRST)];

/** A case with its twins. */
export interface TwinnedTest extends RuleTest {
  /** Targets that the case itself is about */
  readonly hosts: readonly Target[];
}

const targetsOf = (test: RuleTest): readonly Target[] => {
  const targets = test.series.map(({ labels }) => targetOf(labels));
  return [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
};

/** What is scraped, and which alerts fire: every guard of every alert. */
export const RULE_TESTS: readonly TwinnedTest[] = [...OWN, ...goneTests(OWN)].map((test) => ({
  ...test,
  series: [...test.series, ...twinsOf(test)],
  checks: test.checks.map(({ at, fires }) => ({
    at,
    fires: fires.map(({ labels, annotations }) => ({
      labels,
      annotations: withAddresses(test.alert, labels, annotations),
    })),
  })),
  hosts: targetsOf(test),
}));
