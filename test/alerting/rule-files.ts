import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** The rule files and their tests as they are in the repository, with no field but those that Prometheus 2.42 knows. */
export const alertsFolder = join(import.meta.dirname, '../../alerts');

const strings = z.record(z.string(), z.string());
const alertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: strings,
  annotations: strings,
});
const recordingRule = z.strictObject({ record: z.string(), expr: z.string() });
const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([alertRule, recordingRule])),
    }),
  ),
});
const testFile = z.strictObject({
  rule_files: z.array(z.string()),
  evaluation_interval: z.string(),
  group_eval_order: z.array(z.string()),
  tests: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.literal('1m'),
      input_series: z.array(z.strictObject({ series: z.string(), values: z.string() })),
      alert_rule_test: z
        .array(
          z.strictObject({
            eval_time: z.string(),
            alertname: z.string(),
            exp_alerts: z.array(z.strictObject({ exp_labels: strings, exp_annotations: strings })),
          }),
        )
        .optional(),
      promql_expr_test: z
        .array(
          z.strictObject({
            expr: z.string(),
            eval_time: z.string(),
            exp_samples: z.array(z.strictObject({ labels: z.string(), value: z.number() })),
          }),
        )
        .optional(),
    }),
  ),
});

const read = <T>(
  folder: string,
  ending: string,
  schema: z.ZodType<T>,
): { readonly name: string; readonly content: T }[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ name, content: schema.parse(parse(readFileSync(join(folder, name), 'utf8'))) }));

export const ruleFiles = read(alertsFolder, '.rules.yaml', ruleFile);
export const testFiles = read(join(alertsFolder, 'tests'), '.test.yaml', testFile);

export const groups = ruleFiles.flatMap(({ content }) => content.groups);
const rules = groups.flatMap((group) => group.rules);
export const alertRules = rules.filter((rule) => 'alert' in rule);
export const recordingRules = rules.filter((rule) => 'record' in rule);
export const ruleTests = testFiles.flatMap(({ content }) => content.tests);
