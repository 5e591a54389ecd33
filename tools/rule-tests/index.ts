import { addressTests } from './addresses.ts';
import type { RuleTest } from './define.ts';
import { exporterTests } from './exporter.ts';
import { fallbackTests } from './fallback.ts';
import { fleetTests } from './fleet.ts';
import { goneTests } from './gone.ts';
import { loadTests } from './load.ts';
import { platformTests } from './platform.ts';
import { poolTests } from './pools.ts';

export { RECORDING_TESTS } from './recording.ts';

const OWN: readonly RuleTest[] = [
  ...exporterTests,
  ...platformTests,
  ...fallbackTests,
  ...poolTests,
  ...loadTests,
  ...addressTests,
  ...fleetTests,
];

/** What is scraped, and which alerts fire: every guard of every alert. */
export const RULE_TESTS: readonly RuleTest[] = [...OWN, ...goneTests(OWN)];
