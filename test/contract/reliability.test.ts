import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { SURFACES } from '../../tools/fuzz/surfaces/index.ts';
import { FAULTS } from '../../tools/soak/faults.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docs/reliability.md');
const served = new Set(everyMetric.map(({ name }) => name));
/** Rows of the tables of faults, whose last column is the test */
const rows = text
  .split('\n## Fuzzing')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Fault') && !line.startsWith('| ---'));

it('names tests that exist, one at least for each fault', () => {
  const named = new Set(text.match(/\btest\/[\w./-]+\.test\.ts\b/g));
  expect(named.size).toBeGreaterThan(15);
  expect([...named].filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(rows.length).toBeGreaterThan(18);
  expect(rows.filter((row) => !/\| test\/[\w./-]+\.test\.ts(?:, test\/[\w./-]+\.test\.ts)* \|$/.test(row))).toEqual([]);
});

it('names metrics that are served', () => {
  const named = new Set(text.match(/\bhyperv_\w+/g));
  expect(named.size).toBeGreaterThan(12);
  expect([...named].filter((name) => !served.has(name))).toEqual([]);
});

it('has every surface of the fuzz run and every metric by which the soak run sees a fault', () => {
  expect(Object.keys(SURFACES).filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  expect(FAULTS.length).toBeGreaterThan(10);
  expect(FAULTS.filter(({ metric }) => !served.has(metric) || !rows.some((row) => row.includes(metric)))).toEqual([]);
});

it('is linked from README.md and docs/architecture.md', () => {
  expect(read('README.md')).toContain('(docs/reliability.md)');
  expect(read('docs/architecture.md')).toContain('(reliability.md)');
});
