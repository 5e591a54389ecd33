import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { levelOf, means, readAssumptions } from '../../tools/generate/levels.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
const unverified = page('unverified.md');
const assumptions = readAssumptions(unverified);
const metrics = everyMetric.map(({ name }) => name);
const reasons = REASONS.map(({ id }) => id);

describe('the level of a metric or reason', () => {
  it('names existing metrics and reasons', () => {
    const named = assumptions.flatMap(({ concerns }) => concerns);
    expect(named.length).toBeGreaterThan(100);
    const known = [...metrics, ...reasons];
    expect(named.filter((pattern) => !known.some((name) => means(pattern, name)))).toEqual([]);
  });

  // What a row names elsewhere (a plan, doctor, a dashboard) is plain text there: it has no level.
  it('is set by every row about what a host answers, unless nothing would be wrong', () => {
    const answers = new Set(['vnics-and-vms', 'sr-iov-behaviour-behind-the-reasons', 'vswitches-and-nics']);
    const rows = assumptions.filter(({ anchor }) => answers.has(anchor));
    expect(rows.length).toBeGreaterThan(30);
    const none = rows.filter(
      ({ concerns, cells }) => concerns.length === 0 && !cells[1]?.startsWith('nothing wrong: '),
    );
    expect(none.map(({ id }) => id)).toEqual([]);
  });

  it.each([
    ['metrics.md', metrics, /^\| `(hyperv_\w+)` \| (stable|unproven: .*?) \|/gm, 60, 50],
    ['reasons.md', reasons, /^\| \[(\w+)\]\(#\w+\) \| (stable|unproven: .*?) \|/gm, 25, 40],
  ] as const)('is once in docs/%s, and the one that docs/unverified.md gives', (name, names, row, stable, unproven) => {
    const shown = [...page(name).matchAll(row)].map(([, id = '', level = '']) => ({ id, level }));
    expect(shown.map(({ id }) => id).toSorted()).toEqual([...names].toSorted());
    expect(shown).toEqual(shown.map(({ id }) => ({ id, level: levelOf(id, assumptions) })));
    expect(shown.filter(({ level }) => level === 'stable').length).toBeGreaterThanOrEqual(stable);
    expect(shown.filter(({ level }) => level !== 'stable').length).toBeGreaterThanOrEqual(unproven);
  });

  it('is unproven where a row names it, with a link to the row, and stable otherwise', () => {
    const rows = readAssumptions(
      '## SR-IOV, and VMs\n| id | what |\n| --- | --- |\n| a-row | what | `hyperv_vf_*`, `nic_down` | source | how |\n',
    );
    expect(levelOf('hyperv_vf_info', rows)).toBe('unproven: [a-row](unverified.md#sr-iov-and-vms)');
    expect(levelOf('nic_down', rows)).toBe('unproven: [a-row](unverified.md#sr-iov-and-vms)');
    expect(levelOf('nic_down_twice', rows)).toBe('stable');
  });
});

it('a link to a row leads to a heading of docs/unverified.md', () => {
  const anchors = new Set(
    [...unverified.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')),
  );
  const links = ['metrics.md', 'reasons.md'].flatMap((name) => [...page(name).matchAll(/\(unverified\.md#([^)]*)\)/g)]);
  expect(links.length).toBeGreaterThan(60);
  expect(links.map(([, anchor = '']) => anchor).filter((anchor) => !anchors.has(anchor))).toEqual([]);
});
