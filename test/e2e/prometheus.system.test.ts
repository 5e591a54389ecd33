import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expand, queries } from '../dashboards/boards.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');

describeWith(['prometheus'], 'a real Prometheus that scrapes the demo host', () => {
  let exporter: Exporter;
  let prometheus: Prometheus;

  beforeAll(async () => {
    exporter = await startExporter(['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted']);
    prometheus = await startPrometheus({
      config: {
        rule_files: [`${root}/alerts/*.rules.yaml`],
        scrape_configs: [
          {
            job_name: 'hyperv-sriov',
            static_configs: [{ targets: [`127.0.0.1:${exporter.port}`], labels: { cluster: 'demo' } }],
          },
        ],
      },
    });
    const why = () => exporter.log() + prometheus.log();
    for (const series of ['hyperv_vnic_info', 'hyperv_vm_cpu_seconds_total'])
      await until(`${series} is scraped`, () => prometheus.value(`count(${series})`), { why });
  });

  afterAll(async () => {
    await Promise.all([prometheus?.stop(), exporter?.stop()]);
  });

  it('finds the target up and every series of the exposition', async () => {
    expect(await prometheus.value('up{job="hyperv-sriov"}')).toBe(1);
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    const names = new Set([...text.matchAll(/^(hyperv_\w+)[{ ]/gm)].map((match) => match[1] ?? ''));
    expect(names.size).toBeGreaterThan(80);
    for (const name of [
      'hyperv_vnic_info',
      'hyperv_nic_info',
      'hyperv_vf_info',
      'hyperv_vm_info',
      'hyperv_vport_info',
    ]) {
      const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`)).length;
      expect(lines, name).toBeGreaterThan(0);
      expect(await prometheus.value(`count(${name})`), name).toBe(lines);
    }
    const scraped = await prometheus.query('count by (__name__) ({__name__=~"hyperv_.+"})');
    const seen = new Set(scraped.map(({ metric }) => metric['__name__']));
    expect([...names].filter((name) => !seen.has(name))).toEqual([]);
  });

  it('says in a metric, on its page and in its log that the host is simulated', async () => {
    expect(await prometheus.value('hyperv_exporter_simulated')).toBe(1);
    expect(await (await fetch(`${exporter.url}/`)).text()).toMatch(/simulated host/i);
    expect(exporter.log()).toContain('SIMULATED HOST');
    expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(200);
  });

  it('sees 62 of 62 VFs of the pool in use', async () => {
    expect(await prometheus.value('hyperv_vswitch_vf_in_use')).toBe(62);
    expect(await prometheus.value('hyperv_vswitch_vf_limit')).toBe(62);
  });

  it('has no complaint about rules', async () => {
    const rules = async () => {
      const { groups } = (await prometheus.api('rules')) as {
        groups: { interval: number; rules: { name: string; query: string; health: string; lastError?: string }[] }[];
      };
      return groups.flatMap(({ interval, rules: ofGroup }) => ofGroup.map((rule) => ({ ...rule, interval })));
    };
    // A group with an interval of minutes is evaluated some minutes after the start: its queries are asked here.
    const slow = (await rules()).filter(({ interval }) => interval > 60);
    for (const { query } of slow) await prometheus.query(query);
    const quick = async () => (await rules()).filter(({ interval }) => interval <= 60);
    await until('the rules are evaluated', async () => (await quick()).every(({ health }) => health !== 'unknown'));
    const all = await quick();
    expect(all.length).toBeGreaterThan(20);
    expect(all.length + slow.length).toBeGreaterThan(30);
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('answers the query of every panel without an error', async () => {
    expect(queries.length).toBeGreaterThan(50);
    for (const { target } of queries) await prometheus.query(expand(target.expr, { top: '25' }));
  });

  it('logs no warning about what it scrapes', () => {
    const lines = prometheus.log().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => /level=(warn|error)/.test(line) && /scrape/i.test(line))).toEqual([]);
  });

  it('ends when told to', async () => {
    exporter.child.kill('SIGTERM');
    const ended = once(exporter.child, 'exit') as Promise<[number | null]>;
    const [code] = await Promise.race([ended, sleep(60_000, undefined, { ref: false }).then(() => ['still running'])]);
    expect(code).toBe(0);
  });
});
