import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Scenario, SCENARIOS, SETTLE_SECONDS } from '../../src/simulated-host/scenarios.ts';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { fixture, later } from '../support/documents.ts';
import { seriesOf, textOf, viewsOf } from '../support/pipeline.ts';
import { difference, show, type Shown } from '../support/shown-scenario.ts';
import { describeWith, PYTHON, tool } from '../support/tools.ts';

/*
 * test/expected, for review; `npx vitest run golden -u` rewrites it:
 * - set-team-by-hand.prom: the whole exposition, HELP and TYPE included, of a small host whose documents are written
 *   by hand;
 * - scenarios/*.diff: what each scenario of the demo does to its host. A scenario's exposition has 3,000 lines and
 *   more, most of them as on any other, so the file has those that tell it from the healthy host at the same age,
 *   and each of many VMs with the same fate once.
 */
const expected = (...path: string[]) => join(import.meta.dirname, '../expected', ...path);

/** The host that a scenario is compared with; nothing at all where it is that host, or one of another build. */
const BASE: Partial<Record<Scenario, Scenario | null>> = {
  healthy: null,
  'set-team': null,
  large: null,
  tour: null,
  cluster: 'set-team',
};

/** Labels that tell the series of one family apart, by object; what others it has (names) is there for people. */
const KEY: Readonly<Record<string, readonly string[]>> = {
  vnic: ['vnic_id'],
  vm: ['vm_id'],
  nic: ['nic'],
  vswitch: ['vswitch'],
  vf: ['nic', 'vf', 'vm_id', 'vnic_id'],
  vport: ['nic', 'vport'],
  vmq: ['nic', 'queue'],
  host: ['process'],
  root: [],
  cluster: [],
  exporter: ['collector', 'source'],
};
/** and, in any family, what a series says of its object */
const ALSO = ['cause', 'reason', 'finding', 'event', 'to', 'path', 'state', 'status', 'result'];

function checkSeries(families: readonly MetricFamily[]): void {
  const declared = new Map(catalogue.map((row) => [row.name as string, row.labels]));
  for (const { name, samples } of families) {
    const key = [...(KEY[name.split('_')[1] ?? ''] ?? []), ...ALSO];
    const all = samples.map(({ shared, labels }): Record<string, string> => ({ ...shared, ...labels }));
    const keys = all.map((labels) => JSON.stringify(key.map((label) => labels[label])));
    expect([name, new Set(keys).size]).toEqual([name, keys.length]);
    const unknown = all.flatMap(Object.keys).filter((label) => !declared.get(name)?.includes(label));
    expect([name, unknown]).toEqual([name, []]);
    if (name.startsWith('hyperv_vnic_')) expect(all.filter(({ vnic_id }) => !vnic_id)).toEqual([]);
  }
}

describe('a host written by hand', () => {
  const [inventory, activity] = [fixture('set-inventory'), fixture('set-activity')];
  const views = viewsOf([inventory, activity, later(inventory, 60_000), later(activity, 60_000)]);

  it('reads as in test/expected', async () => {
    await expect(await textOf(views.at(-1)!)).toMatchFileSnapshot(expected('set-team-by-hand.prom'));
    checkSeries(collectFamilies(views.at(-1)!));
  });

  it('has no counter that decreases', () => {
    const counters = views.map((view) => seriesOf(collectFamilies(view).filter(({ type }) => type === 'counter')));
    for (const [index, series] of counters.entries()) {
      for (const [key, value] of counters[index + 1] ?? [])
        expect([key, value]).toEqual([key, Math.max(value, series.get(key) ?? value)]);
    }
    expect(counters.at(-1)?.size).toBeGreaterThan(0);
  });
});

/** Of each pair of expositions how many samples are in that of each format, and whether they are the same. */
const PARSERS = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as text
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
def read(parse, given):
    return [(s.name, s.labels, s.value) for f in parse(given) for s in f.samples]
for pair in json.load(sys.stdin):
    both = [read(parse, given) for parse, given in zip((text, openmetrics), pair)]
    print(json.dumps([[len(samples) for samples in both], both[0] == both[1]]))`;

describe('the demo host', () => {
  const shown = new Map<string, Shown>();
  const of = (scenario: Scenario, seconds = SETTLE_SECONDS[scenario]) => shown.get(`${scenario} ${seconds}`)!;
  const baseOf = (scenario: Scenario) => {
    const base = BASE[scenario] === undefined ? 'healthy' : BASE[scenario];
    return base === null ? [] : of(base, SETTLE_SECONDS[scenario]).families;
  };

  beforeAll(async () => {
    for (const scenario of SCENARIOS) {
      const base = BASE[scenario] === undefined ? 'healthy' : BASE[scenario];
      for (const one of [scenario, base ?? scenario]) {
        const key = `${one} ${SETTLE_SECONDS[scenario]}`;
        if (!shown.has(key)) shown.set(key, await show(one, SETTLE_SECONDS[scenario]));
      }
    }
  });

  it.each(SCENARIOS)('in %s differs from its base as in test/expected', async (scenario) => {
    await expect(difference(baseOf(scenario), of(scenario).families)).toMatchFileSnapshot(
      expected('scenarios', `${scenario}.diff`),
    );
  });

  it('has one file in test/expected for each scenario and no others', () => {
    expect(readdirSync(expected('scenarios')).toSorted()).toEqual(SCENARIOS.map((name) => `${name}.diff`).toSorted());
  });

  it.each(SCENARIOS)('in %s has unique keys and declared labels only', (scenario) => {
    const { families } = of(scenario);
    expect(families.filter(({ samples }) => samples.length > 0).length).toBeGreaterThan(80);
    checkSeries(families);
  });

  describeWith(['promtool'], 'checked by promtool check metrics', () => {
    it.each(SCENARIOS)('finds no fault in %s', (scenario) => {
      const { text: input } = of(scenario);
      const { status, stdout, stderr } = spawnSync(tool('promtool'), ['check', 'metrics'], { input });
      expect([status, stdout.toString(), stderr.toString()]).toEqual([0, '', '']);
    });
  });

  describeWith(['python3-prometheus-client'], "read by Prometheus' own parsers for Python", () => {
    // A thousand VMs are as good as one to a parser, and take it long.
    const read = SCENARIOS.filter((name) => name !== 'large');
    const found = new Map<Scenario, unknown>();
    beforeAll(() => {
      const input = JSON.stringify(
        read.map((scenario) => of(scenario)).map(({ text, openmetrics }) => [text, openmetrics]),
      );
      const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', PARSERS], { input });
      expect([status, stderr.toString()]).toEqual([0, '']);
      const lines = stdout.toString().trimEnd().split('\n');
      read.forEach((scenario, index) => found.set(scenario, JSON.parse(lines[index]!)));
    });

    it.each(read)('has the same samples in both formats in %s', (scenario) => {
      const samples = of(scenario).families.reduce((sum, family) => sum + family.samples.length, 0);
      expect(found.get(scenario)).toEqual([[samples, samples], true]);
    });
  });
});
