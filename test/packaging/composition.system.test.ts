import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Board, boards, expand, queries } from '../dashboards/boards.ts';
import { variablesOf } from '../dashboards/past.ts';
import { type Alertmanager, startAlertmanager } from '../support/servers/alertmanager.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

/*
 * What compose.yaml starts, without Docker: the exporter with the command of its service, Prometheus and Alertmanager with the
 * configurations that are mounted. Only the names of services become addresses on the loopback; intervals are as committed.
 */

const root = join(import.meta.dirname, '../..');
const WITHIN_MS = 120_000;

const { services } = z
  .object({ services: z.object({ collector: z.object({ command: z.array(z.string()) }) }) })
  .parse(parse(readFileSync(join(root, 'compose.yaml'), 'utf8')));
const [serve, ...flags] = services.collector.command;

const hosts = (...numbers: readonly number[]) => numbers.map((number) => `hv0${number}`);
/** By what is wrong with each host of the demo fleet: hv07 does not answer, and hv06 is paused. */
const ALL = hosts(1, 2, 3, 4, 5, 6, 7, 8);
const ANSWERING = hosts(1, 2, 3, 4, 5, 6, 8);

/** What a query has two minutes after the start: a series for each of these hosts, for each cluster, or at least one. */
type Has = readonly string[] | 'cluster' | 'something' | 'only events';

/** Every query of the fleet board. An event may not have happened yet: the text for an empty panel says so. */
const EXPECTED: Readonly<Record<string, Has>> = {
  'Hosts read | A': 'something',
  'Hosts read | B': 'something',
  'vNICs that ask for a VF | A': 'something',
  'On their VF | A': 'something',
  'Off their VF | A': 'something',
  'State unknown | A': 'something',
  'Hosts with a blocker | A': 'something',
  'VFs short if a host fails | A': 'something',
  'Oldest data | A': 'something',
  'Hosts | A': ALL,
  'Hosts | B': 'only events',
  'Hosts | C': ANSWERING,
  'Hosts | D': ANSWERING,
  'Hosts | E': ANSWERING,
  'Hosts | F': ANSWERING,
  'Hosts | G': ANSWERING,
  'Hosts | H': ANSWERING,
  'Hosts | I': ANSWERING,
  'Hosts | J': ANSWERING,
  'Hosts over time | A': ANSWERING,
  'Firing alerts | A': 'only events',
  'Firing alerts | B': 'only events',
  'Why not on the VF | A': 'something',
  'Differences within clusters | A': 'something',
  'Differences within clusters | B': 'something',
  'vNICs without a VF if this host fails | A': ANSWERING,
  'Where VFs are left | A': ANSWERING.filter((host) => host !== 'hv06'),
  'vNICs off their VF | A': 'cluster',
  'vNICs off their VF | B': 'cluster',
  'vNICs that lost their VF within the hour | A': 'only events',
};

const fleetBoard = boards.find(({ uid }) => uid === 'sriov-fleet') as Board;
const ofBoard = queries.filter(({ board }) => board === fleetBoard);
const nameOf = ({ panel, target }: (typeof ofBoard)[number]): string => `${panel.title} | ${target.refId}`;

describe('the fleet board', () => {
  it('has the queries that are asked here, and a text for each panel that may be empty', () => {
    expect(ofBoard.map(nameOf).toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
    expect(ofBoard.length).toBeGreaterThan(25);
    for (const query of ofBoard)
      if (EXPECTED[nameOf(query)] === 'only events')
        expect(query.panel.fieldConfig?.defaults.noValue, nameOf(query)).toMatch(/\w/);
  });
});

describeWith(['prometheus', 'alertmanager'], 'what compose.yaml starts', () => {
  let exporter: Exporter;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  let startedAt = 0;

  beforeAll(async () => {
    expect(serve).toBe('serve');
    startedAt = Date.now();
    [exporter, alertmanager] = await Promise.all([
      startExporter(flags),
      startAlertmanager(readFileSync(join(root, 'packaging/compose/alertmanager.yml'), 'utf8')),
    ]);
    const addresses = {
      'collector:10182': `127.0.0.1:${exporter.port}`,
      'alertmanager:9093': new URL(alertmanager.url).host,
      'alerts/*.rules.yaml': join(root, 'alerts/*.rules.yaml'),
    };
    let config = readFileSync(join(root, 'packaging/compose/prometheus.yml'), 'utf8');
    for (const [name, address] of Object.entries(addresses)) {
      expect(config).toContain(name);
      config = config.replaceAll(name, address);
    }
    prometheus = await startPrometheus({ config: parse(config) as Readonly<Record<string, unknown>> });
  }, WITHIN_MS);
  afterAll(async () => {
    await Promise.all([prometheus?.stop(), alertmanager?.stop(), exporter?.stop()]);
  });

  /** Queries of the fleet board that do not have yet what they should have */
  async function missing(): Promise<readonly string[]> {
    const end = Date.now() / 1000;
    const variables = await variablesOf(fleetBoard, { start: end - 300, end }, prometheus);
    const answers = await Promise.all(
      ofBoard.map(async (query) => {
        const found = await prometheus.query(expand(query.target.expr, { ...variables, __range: '5m' }));
        const has = EXPECTED[nameOf(query)];
        if (has === 'only events') return [];
        if (has === 'something') return found.length > 0 ? [] : [nameOf(query)];
        // On metrics of the collector, `instance` is the collector.
        const names = new Set(
          found.map(({ metric }) => (has === 'cluster' ? metric['cluster'] : (metric['host'] ?? metric['instance']))),
        );
        const left = (has === 'cluster' ? ['demo-1', 'demo-2'] : (has ?? [])).filter((name) => !names.has(name));
        return left.length === 0 ? [] : [`${nameOf(query)}: ${left.join(', ')}`];
      }),
    );
    return answers.flat();
  }

  it(
    'has data for every host on the fleet board within two minutes',
    async () => {
      let left: readonly string[] = [];
      await until(
        'every query of the fleet board has data',
        async () => {
          await sleep(2000);
          left = await missing();
          return left.length === 0;
        },
        { withinMs: WITHIN_MS - (Date.now() - startedAt), why: () => `${left.join('\n')}\n${prometheus.log()}` },
      );
      expect(Date.now() - startedAt).toBeLessThan(WITHIN_MS);
    },
    WITHIN_MS + 30_000,
  );

  it('shows which host could not be read, although the collector answers for it', async () => {
    const end = Date.now() / 1000;
    const variables = await variablesOf(fleetBoard, { start: end - 300, end }, prometheus);
    const read = async (name: string) => {
      const query = ofBoard.find((each) => nameOf(each) === name);
      const found = await prometheus.query(expand(query?.target.expr ?? '', { ...variables, __range: '5m' }));
      return Object.fromEntries(found.map(({ metric, value }) => [metric['instance'] ?? 'all', Number(value[1])]));
    };
    expect(await read('Hosts | A')).toEqual(
      Object.fromEntries(ALL.map((host) => [host, ANSWERING.includes(host) ? 1 : 0])),
    );
    expect(await read('Hosts read | A')).toEqual({ all: ANSWERING.length });
    expect(await read('Hosts read | B')).toEqual({ all: ALL.length });
  });

  it('has the collector and all of its hosts among the targets, and has reached Alertmanager', async () => {
    expect(await prometheus.value('count(up{job="hyperv-sriov"} == 1)')).toBe(ALL.length);
    expect(await prometheus.value('up{job="hyperv-sriov-collector"}')).toBe(1);
    expect(await prometheus.api('alertmanagers')).toMatchObject({
      activeAlertmanagers: [{ url: `${alertmanager.url}/api/v2/alerts` }],
    });
  });
});
