import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import type { View } from '../../src/metrics/define.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { fixture, later } from '../support/documents.ts';
import { seriesOf, textOf, viewsOf } from '../support/pipeline.ts';
import { describeWith, tool } from '../support/tools.ts';

/** Hosts whose exposition is kept in test/expected; UPDATE_EXPECTED=1 writes it anew. */
const HOSTS: Readonly<Record<string, () => readonly View[]>> = {
  'set-team-by-hand': () => {
    const [inventory, activity] = [fixture('set-inventory'), fixture('set-activity')];
    return viewsOf([inventory, activity, later(inventory, 60_000), later(activity, 60_000)]);
  },
};
const expectedFile = (name: string) => join(import.meta.dirname, `../expected/${name}.prom`);

/** What tells the series of one family apart where names do not: the documented keys. */
const KEYS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^hyperv_vnic_(info|adapter_info|iov_weight|vf_\w+)$/, ['vnic_id']],
  [/^hyperv_vnic_(receive|transmit)_\w+$/, ['vnic_id']],
  [/^hyperv_vm_(info|running|migrating|processors)$/, ['vm_id']],
  [/^hyperv_nic_(info|up|vf_limit)$/, ['nic']],
  [/^hyperv_vswitch_(vf_limit|iov_enabled)$/, ['vswitch']],
  [/^hyperv_vf_info$/, ['nic', 'vf']],
  [/^hyperv_vport_\w+$/, ['nic', 'vport']],
  [/^hyperv_vmq_queue_(info|running)$/, ['nic', 'queue']],
];

describe.each(Object.entries(HOSTS))('host %s', (name, views) => {
  const all = views();
  const last = all.at(-1)!;

  it('reads as in test/expected', async () => {
    const text = await textOf(last);
    if (process.env['UPDATE_EXPECTED'] === '1') {
      mkdirSync(join(import.meta.dirname, '../expected'), { recursive: true });
      writeFileSync(expectedFile(name), text);
    }
    expect(text).toBe(readFileSync(expectedFile(name), 'utf8'));
  });

  it('has no series twice, and no counter that goes back', () => {
    const counters = all.map((view) => seriesOf(collectFamilies(view).filter(({ type }) => type === 'counter')));
    for (const [index, series] of counters.entries()) {
      for (const [key, value] of counters[index + 1] ?? []) {
        expect([key, value]).toEqual([key, Math.max(value, series.get(key) ?? value)]);
      }
    }
    expect(counters.at(-1)?.size).toBeGreaterThan(0);
  });

  it('is unique in each documented key, and no vNIC is without its id', () => {
    for (const { name: metric, samples } of collectFamilies(last)) {
      const labels = samples.map(({ shared, labels: own }): Record<string, string> => Object.assign({}, shared, own));
      const key = KEYS.find(([pattern]) => pattern.test(metric))?.[1];
      if (key !== undefined) {
        const keys = labels.map((of) => JSON.stringify(key.map((label) => of[label])));
        expect([metric, new Set(keys).size]).toEqual([metric, keys.length]);
      }
      if (metric.startsWith('hyperv_vnic_')) expect(labels.filter(({ vnic_id }) => !vnic_id)).toEqual([]);
    }
  });

  it('uses only labels that the catalogue declares', () => {
    const declared = new Map(catalogue.map((row) => [row.name as string, row.labels]));
    for (const { name: metric, samples } of collectFamilies(last)) {
      for (const { shared, labels } of samples) {
        const unknown = Object.keys({ ...shared, ...labels }).filter((label) => !declared.get(metric)?.includes(label));
        expect([metric, unknown]).toEqual([metric, []]);
      }
    }
  });
});

describeWith(['promtool'], 'promtool check metrics', () => {
  it.each(Object.entries(HOSTS))('has nothing to say to %s', async (_, views) => {
    const { status, stdout, stderr } = spawnSync(tool('promtool'), ['check', 'metrics'], {
      input: await textOf(views().at(-1)!),
    });
    expect([status, stdout.toString(), stderr.toString()]).toEqual([0, '', '']);
  });
});
