import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { toPromql } from '../../src/alerting/expr/promql.ts';
import { RULE_GROUPS } from '../../src/alerting/rules/index.ts';
import { ruleOf, rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { alertTest, filesOf, recordingTest } from '../generate/rule-tests.ts';
import { RECORDING_TESTS, RULE_TESTS } from '../rule-tests/index.ts';
import { tool } from '../../test/support/tools.ts';
import { EQUAL } from './equal.ts';
import type { Mutant } from './mutants.ts';

type Rule = Readonly<Record<string, unknown>>;
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const expressions = RULE_GROUPS.flatMap(({ name, alerts, records }) => [
  ...alerts.map((alert) => ({ group: name, name: alert.name as string, expr: alert.expr(defaultThresholds) })),
  ...records.map(({ record, expr }) => ({ group: name, name: record, expr })),
]).map(({ group, name, expr }) => ({ group, name, text: toPromql(expr, []) }));

/** The alert or record, and whatever reads it, however far. */
function readersOf(name: string, group: string): ReadonlyMap<string, string> {
  const found = new Map([[name, group]]);
  for (const [read] of found)
    if (read.includes(':')) for (const one of expressions) if (one.text.includes(read)) found.set(one.name, one.group);
  return found;
}

const files = new Map(
  [...rulesYaml(defaultThresholds)].map(([name, text]) => [name.replace('.rules.yaml', ''), parse(text) as RuleFile]),
);

const nameOf = (rule: Rule): string => {
  const { alert, record, labels } = rule as { alert?: string; record?: string; labels?: { severity?: string } };
  return record ?? `${alert} (${labels?.severity})`;
};

/** The rule file of a group with the mutant in it. */
function fileWith({ rule: name, group, mutated }: Mutant): RuleFile {
  const changed: Rule =
    'record' in mutated
      ? { record: mutated.record.record, expr: toPromql(mutated.record.expr, defaultThresholds.host_labels) }
      : ruleOf(mutated.rule, defaultThresholds);
  const groups = files.get(group)?.groups ?? [];
  return {
    groups: groups.map((one) => ({ ...one, rules: one.rules.map((rule) => (nameOf(rule) === name ? changed : rule)) })),
  };
}

/** Whether the rule tests see the fault: promtool says that one of them does not hold. */
async function isCaught(mutant: Mutant, folder: string, number: number): Promise<boolean> {
  const [name = ''] = mutant.rule.split(' ');
  const readers = readersOf(name, mutant.group);
  const groups = [...new Set([...readers.values()].flatMap(filesOf))];
  const file = join(folder, `mutant-${number}.json`);
  const test = join(folder, `test-${number}.json`);
  writeFileSync(file, JSON.stringify(fileWith(mutant)));
  writeFileSync(
    test,
    JSON.stringify({
      rule_files: groups.map((group) => (group === mutant.group ? file : join(folder, `${group}.json`))),
      evaluation_interval: '1m',
      group_eval_order: groups,
      tests: [
        ...RULE_TESTS.filter(({ alert }) => readers.has(alert)).map(alertTest),
        ...RECORDING_TESTS.filter(({ record }) => readers.has(record)).map(recordingTest),
      ],
    }),
  );
  const promtool = spawn(tool('promtool'), ['test', 'rules', test], { stdio: 'ignore' });
  const [status] = (await once(promtool, 'exit')) as [number | null];
  if (status === null) throw new Error(`promtool ended by a signal: ${mutant.rule}: ${mutant.what}`);
  return status !== 0;
}

/** What became of mutants. */
export interface Outcome {
  readonly caught: readonly Mutant[];
  /** Not seen by any test, and listed as meaning the same as the rule */
  readonly equal: readonly Mutant[];
  /** Not seen by any test: one is missing */
  readonly survived: readonly Mutant[];
  /** Listed as equal, and caught all the same */
  readonly wronglyListed: readonly Mutant[];
}

/** Tests each of them with promtool, so many at a time. @throws Error where the unchanged rules do not pass their tests */
export async function tryOut(
  mutants: readonly Mutant[],
  { atOnce = 2, onEach = () => {} }: { readonly atOnce?: number; readonly onEach?: (done: number) => void } = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'mutants '));
  const caught: Mutant[] = [];
  const unseen: Mutant[] = [];
  try {
    for (const [name, content] of files) writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
    let next = 0;
    const work = async (): Promise<void> => {
      for (let number = next++; number < mutants.length; number = next++) {
        const mutant = mutants[number];
        if (mutant === undefined) return;
        ((await isCaught(mutant, folder, number)) ? caught : unseen).push(mutant);
        onEach(caught.length + unseen.length);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const isListed = (mutant: Mutant): boolean => reasonOf(mutant) !== undefined;
  return {
    caught: caught.filter((mutant) => !isListed(mutant)),
    wronglyListed: caught.filter(isListed),
    equal: unseen.filter(isListed),
    survived: unseen.filter((mutant) => !isListed(mutant)),
  };
}

/** Why a mutant means the same as the rule; undefined where it is not listed. */
export const reasonOf = ({ rule, what }: Mutant): string | undefined =>
  EQUAL.find(({ mutants }) => mutants.test(`${rule}: ${what}`))?.why;
