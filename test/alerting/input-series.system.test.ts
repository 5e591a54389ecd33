import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { describeWith, tool } from '../support/tools.ts';

const family = (name: string, value: number, labels: Record<string, string>): MetricFamily => ({
  name,
  type: 'gauge',
  help: '',
  samples: [{ shared: labels, value }],
});
const target = { instance: 'hv01:10182', job: 'hyperv-sriov' };
const vm = { vm: 'a "quoted" \\ näme\nof two lines', vnic: '' };

describeWith(['promtool'], 'scrapes as input series of a rule test', () => {
  const recorder = recordScrapes({ target, only: (name) => name !== 'left_out' });
  const start = Date.UTC(2026, 0, 1);
  const values = [[1], [1], [1], [], [], [2.5], [1e300], []];
  for (const [scrape, [value]] of values.entries()) {
    const at = start + scrape * 15_000;
    const families = value === undefined ? [] : [family('gauge', value, vm)];
    recorder.scrape([...families, family('last_timestamp_seconds', at / 1000, {}), family('left_out', 1, {})], at);
  }
  recorder.fail();
  const rows = recorder.rows();

  it('writes equal values as one, the end of a series as stale, times from the first scrape, and up', () => {
    expect(rows.map(({ values: text }) => text)).toEqual([
      '1+0x2 stale _x1 2.5 1e+300 stale _x1',
      '0 15 30 45 60 75 90 105 stale',
      '1+0x7 0',
    ]);
    expect(rows[0]?.series).toBe(
      String.raw`gauge{instance="hv01:10182",job="hyperv-sriov",vm="a \"quoted\" \\ näme\nof two lines"}`,
    );
  });

  it('is read by promtool as it was scraped', () => {
    const folder = mkdtempSync(join(tmpdir(), 'input series '));
    const at = (scrape: number, value: number | undefined) => ({
      expr: 'sum(gauge)',
      eval_time: `${scrape * 15}s`,
      exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
    });
    const expressions = [
      ...values.map(([value], scrape) => at(scrape, value)),
      { expr: 'sum(up)', eval_time: '2m', exp_samples: [{ labels: '{}', value: 0 }] },
      {
        expr: 'count(gauge{vm="a \\"quoted\\" \\\\ näme\\nof two lines"})',
        eval_time: '0s',
        exp_samples: [{ labels: '{}', value: 1 }],
      },
      { expr: 'sum(last_timestamp_seconds) - time()', eval_time: '1m', exp_samples: [{ labels: '{}', value: 0 }] },
    ];
    const file = join(folder, 'test.json');
    writeFileSync(
      file,
      JSON.stringify({ tests: [{ interval: '15s', input_series: rows, promql_expr_test: expressions }] }),
    );
    const said = execFileSync(tool('promtool'), ['test', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(said).toContain('SUCCESS');
  });
});
