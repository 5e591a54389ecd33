import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(readme)?.[1] ?? '';

describeWith(['prometheus'], "README's scrape configuration and its join with windows_exporter", () => {
  let exporter: Exporter;
  let windows: Server;
  let prometheus: Prometheus;
  let names: readonly string[];

  beforeAll(async () => {
    exporter = await startExporter([
      '--source',
      'demo',
      '--demo.scenario',
      'vf-pool-exhausted',
      '--poll.inventory.interval',
      '1s',
    ]);
    const vnics = (await (await fetch(`${exporter.url}/api/v1/vnics?limit=500`)).json()) as {
      vnics: { vm?: string }[];
    };
    names = [...new Set(vnics.vnics.flatMap(({ vm }) => vm ?? []))];
    // What windows_exporter shows of the same VMs: its name and labels, a line a VM.
    const text = names.map((vm, n) => `windows_hyperv_dynamic_memory_vm_pressure_current_ratio{vm="${vm}"} ${n}\n`);
    windows = createServer((_, answer) => answer.setHeader('content-type', 'text/plain').end(text.join('')));
    windows.listen(0, '127.0.0.1');
    await once(windows, 'listening');
    const address = windows.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const {
      scrape_configs: [job],
    } = parse(block('yaml')) as { scrape_configs: Record<string, unknown>[] };
    const on = (name: string, target: string) => ({
      ...job,
      job_name: name,
      static_configs: [{ targets: [target], labels: { cluster: 'cluster-a' } }],
    });
    prometheus = await startPrometheus({
      config: {
        scrape_configs: [on('hyperv-sriov', `127.0.0.1:${exporter.port}`), on('windows', `127.0.0.1:${port}`)],
      },
    });
  });
  afterAll(async () => {
    windows?.close();
    await Promise.all([prometheus?.stop(), exporter?.stop()]);
  });

  it('finds the memory pressure of exactly the VMs in fallback', async () => {
    const query = block('promql');
    expect(query).toContain('windows_hyperv_');
    expect(names.length).toBeGreaterThan(60);
    const found = await until('both are scraped and a fallback is published', async () => {
      const samples = await prometheus.query(query);
      return samples.length > 0 && samples;
    });
    const fallback = await prometheus.query('hyperv_vnic_fallback == 1');
    expect(fallback).toHaveLength(5);
    expect(new Set(found.map(({ metric }) => metric['vm']))).toEqual(
      new Set(fallback.map(({ metric }) => metric['vm'])),
    );
    expect(found).toHaveLength(5);
  });
});
