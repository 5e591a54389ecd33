import { generate as alertmanager } from './alertmanager.ts';
import { generate as alerts } from './alerts.ts';
import { generate as configuration } from './configuration.ts';
import { generate as dashboards } from './dashboards.ts';
import { generate as dependencies } from './dependencies.ts';
import type { GeneratedFile } from './file.ts';
import { generate as metrics } from './metrics.ts';
import { generate as prometheus } from './prometheus.ts';
import { generate as queries } from './queries.ts';
import { generate as reasons } from './reasons.ts';
import { generate as ruleTests } from './rule-tests.ts';
import { generate as rules } from './rules.ts';
import { generate as thresholds } from './thresholds.ts';

/** Everything that is generated: `npm run generate` writes it, a contract test compares it. */
export const generators: readonly (() => Promise<GeneratedFile[]>)[] = [
  configuration,
  metrics,
  rules,
  ruleTests,
  thresholds,
  alertmanager,
  alerts,
  prometheus,
  dashboards,
  reasons,
  queries,
  dependencies,
];
