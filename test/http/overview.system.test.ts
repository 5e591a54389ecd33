import { beforeAll, describe, expect, it } from 'vitest';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { answersOfAll } from '../../src/cluster/answers.ts';
import type { ServedTarget } from '../../src/http/deps.ts';
import { siteLinks } from '../../src/http/page/links.ts';
import { createOverviewPage } from '../../src/http/page/overview.ts';
import type { TargetState } from '../../src/metrics/catalogue/collector.ts';
import type { View } from '../../src/metrics/define.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { settled } from '../support/demo-page.ts';

const NOW = 1_800_000_000_000;
const views = new Map<Scenario, View>();
beforeAll(async () => {
  for (const scenario of ['healthy', 'vf-pool-exhausted'] as const) views.set(scenario, (await settled(scenario)).view);
}, 60_000);

/** A target that shows the view of a scenario, or none. */
function target(
  name: string,
  cluster: string | undefined,
  scenario: Scenario | undefined,
  state: Partial<TargetState> = {},
  alerts?: readonly AlertInstance[],
): ServedTarget {
  const labels: Record<string, string> = cluster === undefined ? {} : { cluster };
  const view = scenario === undefined ? undefined : views.get(scenario);
  return {
    name,
    labels,
    state: () => ({ name, labels, status: 'up', lastSuccess: NOW - 30_000, ...state }),
    host: {
      name,
      simulated: true,
      exposition: () => Promise.reject(new Error('not asked for')),
      view: () => view,
      alerts: alerts && (() => alerts),
      collection() {
        throw new Error('not asked for');
      },
    },
  };
}

function shown(targets: readonly ServedTarget[], query: { filter?: string; page?: number } = {}) {
  const clusters = answersOfAll(
    targets.map((one) => ({
      name: one.name,
      cluster: one.labels['cluster'],
      view: one.state().status === 'up' ? one.host.view() : undefined,
    })),
  );
  const steps = createOverviewPage(siteLinks())(targets, clusters, [], NOW, { filter: '', page: 1, ...query });
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const page = step.value.main.text;
  return {
    page,
    text: page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '),
    hosts: [
      ...page.slice(0, page.indexOf('id="failover"')).matchAll(/<th scope="row"><a href="\/host\?target=([^"]+)"/g),
    ].map(([, name]) => name),
    row: (name: string) =>
      page
        .slice(page.indexOf(`/host?target=${name}"`))
        .split('</tr>')[0]
        ?.replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ') ?? '',
  };
}

const SILENT: Partial<TargetState> = {
  status: 'down',
  code: 'connect_timeout',
  error: 'hv09 (hv09.example.net port 22): hv09.example.net port 22 does not answer: is the host up',
  lastSuccess: NOW - 240_000,
};

describe('the overview of a collector', () => {
  it('has a thousand hosts in pages of a hundred, worst first within their cluster, and the filter goes with the page', () => {
    const targets = Array.from({ length: 1000 }, (_, index) => {
      const number = index + 1;
      const cluster = `c${Math.ceil(number / 10)}`;
      const name = `hv${String(number).padStart(4, '0')}`;
      if (number === 995) return target(name, cluster, 'healthy', SILENT);
      return target(name, cluster, number === 500 ? 'vf-pool-exhausted' : 'healthy');
    });
    const first = shown(targets);
    expect(first.hosts).toHaveLength(100);
    expect(first.text).toContain('1000 in all');
    // The cluster of the silent host, then the one with a fallback, then the others by name
    expect(first.hosts.slice(0, 2)).toEqual(['hv0995', 'hv0991']);
    expect(first.hosts.slice(10, 12)).toEqual(['hv0500', 'hv0491']);
    expect(first.hosts.slice(20, 22)).toEqual(['hv0001', 'hv0002']);
    expect(first.text).toContain('Cluster c100 10 hosts');
    expect(first.text).toContain('Page 1 of 10');
    const all = Array.from({ length: 10 }, (_, page) => shown(targets, { page: page + 1 }).hosts).flat();
    expect(new Set(all).size).toBe(1000);
    expect(shown(targets, { page: 99 }).hosts).toHaveLength(100);

    const filtered = shown(targets, { filter: 'hv0 c1', page: 2 });
    // All nine hundred and more with hv0 in their names whose cluster begins with c1: c1, c10 to c19 and c100
    expect(filtered.text).toContain('119 of 1000');
    expect(filtered.page).toContain('href="/?filter=hv0%20c1&amp;page=1#hosts"');
    expect(shown(targets, { filter: 'connect_timeout' }).hosts).toEqual(['hv0995']);
    expect(shown(targets, { filter: 'FALLBACK' }).hosts).toEqual(['hv0500']);
    expect(shown(targets, { filter: 'none such' }).text).toContain('No host matches this filter.');
  });

  it('says in one sentence how many hosts have what', () => {
    const sentence = (...targets: ServedTarget[]) =>
      /<h1[^]*?<\/h1>/.exec(shown(targets).page)?.[0].replaceAll(/<[^>]*>/g, '');
    const good = target('hv01', 'a', 'healthy');
    expect(sentence(good, target('hv02', 'a', 'healthy'))).toBe('No virtual NIC of 2 hosts is in fallback.');
    expect(sentence(good, target('hv09', 'a', 'healthy', SILENT))).toBe('1 of 2 hosts is not reachable.');
    expect(
      sentence(
        good,
        target('hv03', 'a', 'vf-pool-exhausted'),
        target('hv09', 'a', undefined, SILENT),
        target('hv10', 'a', undefined, SILENT),
        target('hv11', 'a', undefined, { status: 'connecting' }),
      ),
    ).toBe('1 of 5 hosts has virtual NICs in fallback, 2 are not reachable, 1 is not read yet.');
  });

  it('shows of a silent host why and since when, and nothing that was read before as if it were so now', () => {
    const { page, text, row } = shown([target('hv01', 'a', 'healthy'), target('hv09', 'a', 'healthy', SILENT)]);
    expect(row('hv09')).toContain('Not reachable connect_timeout 4 min');
    expect(row('hv09')).toContain('hv09.example.net port 22 does not answer: is the host up');
    expect(row('hv09')).not.toMatch(/On its VF| of \d/);
    expect(row('hv01')).toContain('49 On its VF 49 of 62');
    // Its VMs are not counted as if they were safe.
    expect(text).toContain('Not known for hv09 , which could not be read. Its VFs count as taken.');
    expect(page).not.toContain('Not requested');
  });

  it('counts the alerts that fire, of all hosts and of each', () => {
    const alert = (name: string, severity: string, status: AlertInstance['state'] = 'firing'): AlertInstance => ({
      name,
      labels: { alertname: name, severity },
      annotations: {},
      value: 1,
      state: status,
      activeAt: NOW / 1000 - 900,
    });
    const fleet = [
      target('hv01', 'a', 'healthy', {}, [alert('SriovVfFallback', 'warning', 'pending')]),
      target('hv03', 'a', 'vf-pool-exhausted', {}, [
        alert('SriovVfFallback', 'warning'),
        alert('SriovVfFallback', 'warning'),
        alert('SriovMassFallback', 'critical'),
        alert('SriovVfFallback', 'warning', 'resolved'),
      ]),
      target('hv09', 'a', 'healthy', SILENT, [alert('SriovTargetUnreachable', 'warning')]),
    ];
    const { page, text, row } = shown(fleet);
    expect(text).toContain('4 alerts firing on 2 hosts: 1 critical, 3 warning.');
    expect(row('hv03')).toMatch(/ 1 critical, 2 warning *$/);
    expect(page).toContain('<a class="badge critical" href="/host?target=hv03#alerts-title">1 critical, 2 warning</a>');
    // A host that does not answer has alerts, too.
    expect(row('hv09')).toMatch(/is the host up 1 warning *$/);
    expect(row('hv01')).not.toMatch(/critical|warning/);
    expect(page.match(/<th scope="col">/g)?.slice(0, 7)).toHaveLength(7);
    expect(page).toContain('colspan="7"');
    // They can be searched for by name, and by what all of them are.
    expect(shown(fleet, { filter: 'sriovtargetunreachable' }).hosts).toEqual(['hv09']);
    expect(shown(fleet, { filter: 'firing' }).hosts).toEqual(['hv09', 'hv03']);

    const one = [target('hv09', 'a', 'healthy', SILENT, [alert('SriovTargetUnreachable', 'warning')])];
    expect(shown(one).text).toContain('1 alert firing on 1 host: 1 warning.');
    expect(shown([target('hv01', 'a', 'healthy', {}, [])]).text).toContain('No alert is firing.');
    // Where the collector does not evaluate alerts it does not say that none fires.
    expect(shown([target('hv01', 'a', 'healthy')]).page).not.toMatch(/firing|>Alerts</);
  });

  it('says of a host with problems what they are, and links to where they are explained', () => {
    const { page, row } = shown([target('hv03', undefined, 'vf-pool-exhausted')]);
    expect(row('hv03')).toMatch(/\d+ Fallback .*vf_pool_exhausted/);
    expect(page).toContain('href="/host?target=hv03#troubles-title"');
    expect(page).toMatch(/class="bar ended"/);
    // No heading where no host has a cluster
    expect(page).not.toContain('class="group"');
  });
});
