import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashmod } from '../../src/fleet/shard.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith, tool } from '../support/tools.ts';

const HOSTS = 8;
const SHARDS = 3;

describeWith(['prometheus', 'promtool'], 'a real Prometheus that finds the targets of a collector', () => {
  let exporter: Exporter;
  let prometheus: Prometheus;

  beforeAll(async () => {
    exporter = await startExporter(['--source', 'demo', '--demo.hosts', String(HOSTS)]);
    const targets = { http_sd_configs: [{ url: `${exporter.url}/api/v1/targets`, refresh_interval: '1s' }] };
    prometheus = await startPrometheus({
      config: {
        scrape_configs: [
          { job_name: 'hyperv-sriov', ...targets },
          {
            job_name: 'hyperv-sriov-collector',
            static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }],
          },
          {
            // Prometheus' own hash, as a label of targets that are not scraped for anything else.
            job_name: 'hashed',
            ...targets,
            relabel_configs: [
              { source_labels: ['instance'], modulus: SHARDS, target_label: 'shard', action: 'hashmod' },
            ],
          },
        ],
      },
    });
    const why = () => exporter.log() + prometheus.log();
    await until(
      'every target is scraped',
      async () => (await prometheus.query('up{job="hyperv-sriov"} == 1')).length === HOSTS,
      { why },
    );
    await until(
      'the vNICs of all hosts that answer are scraped',
      async () =>
        (await prometheus.query('count by (instance) (hyperv_vnic_info{job="hyperv-sriov"})')).length === HOSTS - 1,
      { why },
    );
  });

  afterAll(async () => {
    await Promise.all([prometheus?.stop(), exporter?.stop()]);
  });

  it('scrapes each target under its name, with its cluster, also the one that does not answer', async () => {
    const up = await prometheus.query('up{job="hyperv-sriov"} == 1');
    expect(up.map(({ metric }) => `${metric['instance']} ${metric['host']} ${metric['cluster']}`).toSorted()).toEqual(
      Array.from({ length: HOSTS }, (_, index) => `hv0${index + 1} hv0${index + 1} demo-${index < 4 ? 1 : 2}`),
    );
  });

  it('has of each host what its probe shows', async () => {
    const scraped = await prometheus.query('count by (instance) (hyperv_vnic_info{job="hyperv-sriov"})');
    for (const { metric, value } of scraped) {
      const text = await (await fetch(`${exporter.url}/probe?target=${metric['instance']}`)).text();
      expect(text.match(/^hyperv_vnic_info\{/gm)).toHaveLength(Number(value[1]));
    }
  });

  it('has the state of each target from the collector', async () => {
    expect(await prometheus.value('hyperv_exporter_target_up{target="hv07"}')).toBe(0);
    expect(await prometheus.value('sum(hyperv_exporter_target_up)')).toBe(HOSTS - 1);
    expect(await prometheus.value('hyperv_exporter_targets{state="down"}')).toBe(1);
  });

  it('hashes names as the collector does for its shards', async () => {
    const hashed = await prometheus.query('up{job="hashed"}');
    expect(hashed).toHaveLength(HOSTS);
    for (const { metric } of hashed)
      expect([metric['instance'], Number(metric['shard'])]).toEqual([
        metric['instance'],
        hashmod(metric['instance'] ?? '', SHARDS),
      ]);
  });

  it.each(['/probe?target=hv01', '/metrics'])('promtool has no complaint about %s', async (path) => {
    const text = await (await fetch(`${exporter.url}${path}`)).text();
    expect(text.length).toBeGreaterThan(5000);
    execFileSync(tool('promtool'), ['check', 'metrics'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
  });
});
