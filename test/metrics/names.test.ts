import { describe, expect, it } from 'vitest';
import { collectorMetrics } from '../../src/metrics/catalogue/collector.ts';
import { catalogue, everyMetric } from '../../src/metrics/catalogue/index.ts';

describe('the catalogue', () => {
  it('ends the names of counters, and only of counters, in _total', () => {
    for (const { name, type } of [...catalogue, ...collectorMetrics])
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
  });

  it('says in HELP what a counter does not count', () => {
    const counters = catalogue.filter(({ name }) => /^hyperv_(vnic|vswitch)_(receive|transmit)_.*_total$/.test(name));
    expect(counters).toHaveLength(12);
    for (const { help } of counters) expect(help).toContain('VF traffic bypasses the vSwitch');
  });

  it('has HELP texts that begin with the meaning, end as sentences, and name the unit of what has one', () => {
    const all = everyMetric;
    expect(all.length).toBeGreaterThan(100);
    for (const { name, help } of all) {
      expect(help, name).toMatch(/^[A-Z].{15,}\.$/);
      if (/_seconds(?:_total)?$/.test(name)) expect(help, name).toMatch(/in (?:Unix )?seconds/);
      if (name.endsWith('_bytes')) expect(help, name).toMatch(/in bytes/);
      if (name.endsWith('_bytes_total')) expect(help, name).toMatch(/^Bytes /);
      // Advice on queries is in docs/metrics.md, once.
      expect(help, name).not.toMatch(/\brate\b|windows? of/);
    }
  });

  it('has HELP texts of flags that say what 1 and 0 mean', () => {
    const flags = catalogue.filter(({ help }) => help.startsWith('Whether '));
    expect(flags.length).toBeGreaterThan(20);
    for (const { name, help } of flags) expect(help, name).toMatch(/: 1 if so, .*\b0 if /);
  });
});
