import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import {
  figure,
  fill,
  held,
  ifLabel,
  label,
  queryLabel,
  reason,
  remedy,
  text,
  toGoTemplate,
} from '../../src/alerting/text.ts';
import type { Format } from '../../src/alerting/go-format.ts';
import { failuresOf, ruleFile, type RuleTest } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const FOR = 600;
const FORMATS: readonly Format[] = ['plain', 'humanize', 'percentage', 'duration'];
const TEXTS = {
  ...Object.fromEntries(FORMATS.map((format) => [format, [figure(format)]])),
  whole: text`${label('vm')} on ${label('instance')}${ifLabel('vswitch', text` of ${label('vswitch')}`, text` of none`)}: ${figure()} for ${held}.`,
  query: text`/vm?id=${queryLabel('vm')}`,
} as const;

const rules = ruleFile([
  {
    alert: 'Said',
    expr: 'said',
    annotations: Object.fromEntries(Object.entries(TEXTS).map(([key, whole]) => [key, toGoTemplate(whole, FOR)])),
  },
]);

/** A test in which `said` has these labels and this value. */
function saidTest(value: number, labels: Readonly<Record<string, string>>): RuleTest {
  const all = { instance: 'hv01:10182', ...labels };
  const pairs = Object.entries(all).map(([key, its]) => `${key}=${JSON.stringify(its)}`);
  const filling = { labels: all, value, forSeconds: FOR, reasonOf: () => undefined };
  const annotations = Object.entries(TEXTS).map(([key, whole]) => [key, fill(whole, filling)]);
  return {
    interval: '15s',
    input_series: [{ series: `said{${pairs.join()}}`, values: String(value) }],
    alert_rule_test: [
      {
        eval_time: '0s',
        alertname: 'Said',
        exp_alerts: [{ exp_labels: all, exp_annotations: Object.fromEntries(annotations) }],
      },
    ],
  };
}

const number = fc.oneof(
  fc.integer({ min: -200, max: 100_000 }),
  fc.double({ min: 1e-9, max: 1, noNaN: true }),
  fc.double({ min: 1, max: 1e7, noNaN: true }),
  fc.double({ min: 1, max: 1e15, noNaN: true }),
  fc.constantFrom(0, 1, 59.9999, 60, 999.96, 1000, 86_400, 1e6, 53.125, 0.53125, 0.53375, 123_456_789, 0.00001, 0.5),
);

describeWith(['promtool'], 'texts that the agent fills in', () => {
  it('write numbers as Prometheus’ templates do', () => {
    const values = fc.sample(number, { numRuns: 80, seed: 11 });
    expect(failuresOf({ rules, tests: values.map((value) => saidTest(value, { vm: 'web07' })) })).toBeUndefined();
  });

  it('write names, whatever is in them', () => {
    const names = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), { numRuns: 30, seed: 12 });
    const tests = ['{{ $value }}', 'a "b" \\ c', '<b>', ...names].map((vm, index) =>
      saidTest(1, { vm, ...(index % 2 === 0 ? { vswitch: `switch of ${vm}` } : {}) }),
    );
    expect(failuresOf({ rules, tests })).toBeUndefined();
  });
});

describe('the reason for which a vNIC is off its VF', () => {
  const whole = text`Off.${reason}`;
  const labels = { instance: 'hv01:10182', vnic_id: 'n1' };
  const filling = (id: string | undefined) => ({
    labels,
    value: 1,
    forSeconds: FOR,
    reasonOf: (vnicId: string) => (vnicId === 'n1' ? id : undefined),
  });

  it('is looked up by the agent, with its remedy', () => {
    const rows = REASONS.filter(({ kind, topic }) => kind === 'reason' && topic !== 'state');
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect(fill(whole, filling(row.id))).toBe(`Off. Reason: ${row.id}.`);
      expect(fill([remedy], filling(row.id))).toBe(row.remedy);
    }
    expect(fill(whole, filling(undefined))).toBe('Off.');
  });

  it('is not queried by Prometheus: a rule file says where it is shown', () => {
    expect(toGoTemplate(whole, FOR)).toBe('Off.');
    expect(toGoTemplate([remedy], FOR)).toMatch(/^The status page of \{\{ \$labels\.instance \}\} shows the reason/);
  });
});
