import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import type { Thresholds } from '../../src/alerting/thresholds.ts';

/** The rule files by name, every group evaluated at the interval of Prometheus' configuration instead of its own minutes. */
export const quickRules = (thresholds: Thresholds): readonly (readonly [name: string, text: string])[] =>
  [...rulesYaml(thresholds)].map(([name, text]) => [name, text.replaceAll(/^ +interval: .*\n/gm, '')]);
