import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expand, queries } from '../dashboards/boards.ts';
import { describeWith, tool } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describeWith(['prometheus'], 'a real Prometheus that scrapes the demo host', () => {
  let folder: string;
  let exporter: ChildProcess;
  let prometheus: ChildProcess;
  let exporterPort: number;
  let prometheusPort: number;
  let exporterLog = '';
  let prometheusLog = '';

  const query = async (expr: string): Promise<readonly Sample[]> => {
    const url = new URL(`http://127.0.0.1:${prometheusPort}/api/v1/query`);
    url.searchParams.set('query', expr);
    const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: { result: Sample[] } };
    expect(answer.status, `${expr}: ${answer.error}`).toBe('success');
    return answer.data.result;
  };
  const value = async (expr: string): Promise<number | undefined> => {
    const [sample] = await query(expr);
    return sample === undefined ? undefined : Number(sample.value[1]);
  };
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 120; i++) {
      if (await holds().catch(() => false)) return;
      await sleep(250);
    }
    expect.fail(`${what}: not within 30 s\n${exporterLog}\n${prometheusLog}`);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prometheus of ü '));
    [exporterPort, prometheusPort] = [await freePort(), await freePort()];
    exporter = spawn(
      process.execPath,
      [
        join(root, 'dist/main.js'),
        'serve',
        '--source',
        'demo',
        '--demo.scenario',
        'vf-pool-exhausted',
        '--web.listen-address',
        `127.0.0.1:${exporterPort}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    exporter.stdout?.on('data', (chunk) => (exporterLog += String(chunk)));
    exporter.stderr?.on('data', (chunk) => (exporterLog += String(chunk)));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${root}/alerts/*.rules.yaml']
scrape_configs:
  - job_name: hyperv-sriov
    static_configs: [{ targets: ['127.0.0.1:${exporterPort}'], labels: { cluster: demo } }]
`,
    );
    prometheus = spawn(
      tool('prometheus'),
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    prometheus.stderr?.on('data', (chunk) => (prometheusLog += String(chunk)));
    await until('the demo host is scraped', async () => (await value('count(hyperv_vnic_info)')) !== undefined);
    // Two inventory documents agree at the earliest after a minute; the first one serves the rest.
    await until(
      'the activity counters are there',
      async () => (await value('count(hyperv_vm_cpu_seconds_total)')) !== undefined,
    );
  }, 90_000);

  afterAll(() => {
    prometheus?.kill('SIGKILL');
    exporter?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('finds the target up and every series of the exposition', async () => {
    expect(await value('up{job="hyperv-sriov"}')).toBe(1);
    const text = await (await fetch(`http://127.0.0.1:${exporterPort}/metrics`)).text();
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
      expect(await value(`count(${name})`), name).toBe(lines);
    }
    const scraped = new Set(
      (await query('count by (__name__) ({__name__=~"hyperv_.+"})')).map(({ metric }) => metric['__name__']),
    );
    expect([...names].filter((name) => !scraped.has(name))).toEqual([]);
  });

  it('says in a metric, on its page and in its log that the host is simulated', async () => {
    expect(await value('hyperv_exporter_simulated')).toBe(1);
    expect(await (await fetch(`http://127.0.0.1:${exporterPort}/`)).text()).toContain('simulated host');
    expect(exporterLog).toContain('SIMULATED HOST');
    expect((await fetch(`http://127.0.0.1:${exporterPort}/-/ready`)).status).toBe(200);
  });

  it('sees the VF pool as it is: 62 of 62', async () => {
    expect(await value('hyperv_vswitch_vf_in_use')).toBe(62);
    expect(await value('hyperv_vswitch_vf_limit')).toBe(62);
  });

  it('has no complaint about rules', async () => {
    await until('the rules are evaluated', async () => !JSON.stringify(await rules()).includes('"unknown"'));
    const groups = await rules();
    const all = groups.flatMap((group) => group.rules);
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  });
  const rules = async () => {
    const answer = (await (await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    return answer.data.groups;
  };

  it('answers the query of every panel without an error', async () => {
    expect(queries.length).toBeGreaterThan(50);
    for (const { target } of queries) await query(expand(target.expr));
  });

  it('logs no warning about what it scrapes', () => {
    expect(prometheusLog.split('\n').filter((line) => /level=(warn|error)/.test(line) && /scrape/i.test(line))).toEqual(
      [],
    );
  });

  it('ends within five seconds when told to', async () => {
    exporter.kill('SIGTERM');
    const [code] = (await Promise.race([once(exporter, 'exit'), sleep(5000).then(() => ['still running'])])) as [
      unknown,
    ];
    expect(code).toBe(0);
  });
});
