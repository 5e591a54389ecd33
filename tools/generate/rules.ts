import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';

/** alerts/*.rules.yaml with the default thresholds. */
export function generate(): Promise<{ path: string; content: string }[]> {
  return Promise.resolve(
    [...rulesYaml(defaultThresholds)].map(([name, content]) => ({ path: `alerts/${name}`, content })),
  );
}
