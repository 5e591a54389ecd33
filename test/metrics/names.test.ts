import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import { processMetrics } from '../../src/metrics/catalogue/process.ts';

const sorted = (names: Iterable<string>) => [...names].sort();

describe('the catalogue', () => {
  it('is what docs/metrics.md lists, and the other way round', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(hyperv_\w+)` \|/gm)].map((match) => match[1] ?? '');
    const all = [...catalogue, ...Object.values(processMetrics)].map(({ name }) => name);
    expect(sorted(listed)).toEqual(sorted(all));
    expect(all.length).toBeGreaterThan(120);
  });

  it('calls counters, and only counters, _total', () => {
    for (const { name, type } of catalogue) expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
  });

  it('says in HELP what a counter is not', () => {
    const counters = catalogue.filter(({ name }) => /^hyperv_(vnic|vswitch)_(receive|transmit)_.*_total$/.test(name));
    expect(counters).toHaveLength(12);
    for (const { help } of counters) {
      expect(help).toContain('VF traffic bypasses the vSwitch');
      expect(help).toContain('15 s');
    }
  });
});
