import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputSeries } from './input-series.ts';
import { FRUGAL_GO, tool } from './tools.ts';

/** One element of `tests` in a unit test file of promtool. */
export interface RuleTest {
  readonly name?: string;
  readonly interval: string;
  readonly input_series: readonly InputSeries[];
  readonly alert_rule_test?: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly {
      readonly exp_labels: Readonly<Record<string, string>>;
      readonly exp_annotations: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

export interface RuleTests {
  /** Rule files by name, and their text; JSON is YAML */
  readonly rules?: ReadonlyMap<string, string>;
  readonly evaluationInterval?: string;
  readonly groupOrder?: readonly string[];
  readonly tests: readonly RuleTest[];
}

export const testRules = (promtool: string, files: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(promtool, ['test', 'rules', ...files], {
    env: { ...process.env, ...FRUGAL_GO },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });

/** Runs them with `promtool test rules`: undefined where all hold, else what promtool says of those that do not. */
export function failuresOf({
  rules = new Map(),
  evaluationInterval = '15s',
  groupOrder,
  tests,
}: RuleTests): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'rule tests '));
  try {
    for (const [name, content] of rules) writeFileSync(join(folder, name), content);
    const file = join(folder, 'tests.json');
    const content = {
      rule_files: [...rules.keys()],
      evaluation_interval: evaluationInterval,
      ...(groupOrder === undefined ? {} : { group_eval_order: groupOrder }),
      tests,
    };
    writeFileSync(file, JSON.stringify(content));
    const { status, stdout, stderr } = testRules(tool('promtool'), [file]);
    return status === 0 && stdout.includes('SUCCESS') ? undefined : `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One rule file with one group of rules. */
export const ruleFile = (rules: readonly object[]): ReadonlyMap<string, string> =>
  new Map([['rules.yaml', JSON.stringify({ groups: [{ name: 'all', rules }] })]]);
