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

  it.each(['/probe?target=hv01', '/metrics'])(
    '%s is accepted by promtool, and is the same compressed and as OpenMetrics',
    async (path) => {
      const get = async (headers: Readonly<Record<string, string>>) => {
        const answer = await fetch(`${exporter.url}${path}`, {
          headers: { 'accept-encoding': 'identity', ...headers },
        });
        return { text: await answer.text(), encoding: answer.headers.get('content-encoding') };
      };
      const plain = await get({});
      expect([plain.text.length > 5000, plain.encoding]).toEqual([true, null]);
      const zipped = await get({ 'accept-encoding': 'gzip' });
      expect(zipped.encoding).toBe('gzip');
      for (const { text } of [plain, zipped])
        execFileSync(tool('promtool'), ['check', 'metrics'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
      const names = (text: string) => new Set([...text.matchAll(/^(hyperv_\w+)[{ ]/gm)].map(([, name]) => name));
      for (const accept of ['identity', 'gzip']) {
        const open = await get({ accept: 'application/openmetrics-text; version=1.0.0', 'accept-encoding': accept });
        expect(open.text).toMatch(/# EOF\n$/);
        // What the process shows of itself changes between two scrapes.
        if (path.startsWith('/probe')) expect(names(open.text)).toEqual(names(plain.text));
      }
    },
  );

  it('two shards have every host once', async () => {
    const shards = await Promise.all(
      ['0/2', '1/2'].map((shard) =>
        startExporter(['--source', 'demo', '--demo.hosts', String(HOSTS), '--fleet.shard', shard]),
      ),
    );
    const both = await startPrometheus({
      config: {
        scrape_configs: [
          {
            job_name: 'hyperv-sriov',
            http_sd_configs: shards.map(({ url }) => ({ url: `${url}/api/v1/targets`, refresh_interval: '1s' })),
          },
        ],
      },
    });
    try {
      await until('both are scraped', async () => (await both.query('up == 1')).length === HOSTS, { why: both.log });
      const up = await both.query('up');
      expect(up.map(({ metric }) => `${metric['instance']}`).toSorted()).toEqual(
        Array.from({ length: HOSTS }, (_, index) => `hv0${index + 1}`),
      );
      const of = await Promise.all(
        shards.map(async ({ url }) => ((await (await fetch(`${url}/api/v1/targets`)).json()) as unknown[]).length),
      );
      expect(of.every((count) => count > 0 && count < HOSTS)).toBe(true);
    } finally {
      await Promise.all([both.stop(), ...shards.map((shard) => shard.stop())]);
    }
  });
});
