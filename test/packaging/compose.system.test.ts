import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { describeWith, tool } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
const yaml = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'), { merge: true });

const service = z.strictObject({
  image: z.string().optional(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string()).default([]),
  depends_on: z.unknown().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
});
const { services } = z
  .strictObject({ name: z.string(), services: z.record(z.string(), service) })
  .parse(yaml('compose.yaml'));
const mounts = Object.entries(services).flatMap(([name, { volumes = [] }]) =>
  volumes.map((volume) => {
    const [from = '', to = '', mode] = volume.split(':');
    return { name, from, to, mode };
  }),
);

describe('compose.yaml', () => {
  it('starts a collector of eight simulated hosts, Prometheus, Alertmanager and Grafana', () => {
    expect(Object.keys(services).toSorted()).toEqual(['alertmanager', 'collector', 'grafana', 'prometheus']);
    expect(services['collector']).toMatchObject({
      build: '.',
      read_only: true,
      cap_drop: ['ALL'],
      command: ['serve', '--source', 'demo', '--demo.hosts', '8'],
    });
  });

  it('pins every image that it does not build', () => {
    const images = Object.values(services).flatMap(({ image, build }) => (build === undefined ? (image ?? []) : []));
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(/^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+$/);
  });

  it('opens ports on the loopback only', () => {
    for (const { ports } of Object.values(services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  it('mounts only existing files, read-only', () => {
    expect(mounts.length).toBeGreaterThan(4);
    for (const { from, mode } of mounts) {
      expect(mode).toBe('ro');
      expect(existsSync(join(root, from)), from).toBe(true);
    }
  });

  it('wires them by name and port: Prometheus to the collector and Alertmanager, Grafana to Prometheus and the boards', () => {
    const portOf = (name: string) => `${name}:${services[name]?.ports[0]?.split(':')[2]}`;
    const prometheus = yaml('packaging/compose/prometheus.yml') as { global: { scrape_interval: string } };
    expect(prometheus).toMatchObject({
      alerting: { alertmanagers: [{ static_configs: [{ targets: [portOf('alertmanager')] }] }] },
      scrape_configs: [
        {
          job_name: 'hyperv-sriov',
          http_sd_configs: [{ url: `http://${portOf('collector')}/api/v1/targets` }],
        },
        { job_name: 'hyperv-sriov-collector', static_configs: [{ targets: [portOf('collector')] }] },
      ],
    });
    expect(services['prometheus']?.depends_on).toEqual({ collector: { condition: 'service_healthy' } });
    expect(yaml('dashboards/provisioning/datasources/prometheus.yaml')).toMatchObject({
      apiVersion: 1,
      datasources: [
        {
          type: 'prometheus',
          url: `http://${portOf('prometheus')}`,
          isDefault: true,
          jsonData: { httpMethod: 'POST', timeInterval: prometheus.global.scrape_interval },
        },
      ],
    });
    const boards = mounts.find(({ from }) => from === './dashboards');
    expect(yaml('dashboards/provisioning/dashboards/hyperv-sriov.yaml')).toMatchObject({
      apiVersion: 1,
      providers: [{ type: 'file', allowUiUpdates: false, options: { path: boards?.to } }],
    });
    const files = readdirSync(join(root, 'dashboards')).filter((file) => file.endsWith('.json'));
    expect(files).toHaveLength(5);
    const home = services['grafana']?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'];
    expect(files.map((file) => `${boards?.to}/${file}`)).toContain(home);
  });
});

describe('compose.collector.yaml', () => {
  const { services: own, volumes } = z
    .strictObject({
      services: z.record(z.string(), service.extend({ tmpfs: z.array(z.string()) })),
      volumes: z.record(z.string(), z.strictObject({})),
    })
    .parse(yaml('compose.collector.yaml'));

  it('puts real hosts in the place of the simulated ones, and changes nothing else', () => {
    expect(Object.keys(own)).toEqual(['collector']);
    const { command = [], environment = {}, volumes: mounted = [], ...rest } = own['collector'] ?? {};
    expect(rest).toEqual({ ports: [], tmpfs: ['/tmp:size=16m'] });
    const places = new Map(
      mounted
        .map((each) => each.split(':') as [string, string, string?])
        .map(([from, to, mode]) => [from, { to, mode }]),
    );
    expect(places.get('./collector')).toEqual({ to: '/etc/hyperv-sriov', mode: 'ro' });
    expect(Object.keys(volumes)).toEqual(['state']);
    // The image has this folder with its user as the owner, and a new volume takes that over.
    const state = places.get('state')?.to ?? '';
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`install -d -o node -g node ${state}\n`);
    expect(command).toEqual(['serve']);
    // Variables, so that a command in the container reads the configuration of the collector.
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'source: demo\n');
    const { HYPERV_SRIOV_CONFIG_FILE: path, ...others } = environment;
    expect(path).toBe(`${places.get('./collector')?.to}/config.yaml`);
    const loaded = loadConfig({ flags: new Map(), environment: { ...others, HYPERV_SRIOV_CONFIG_FILE: file } });
    rmSync(folder, { recursive: true });
    expect(loaded.file).toBe(file);
    expect(loaded.config.storage.path).toBe(state);
  });
});

describeWith(['promtool', 'amtool'], 'the configurations that compose.yaml mounts', () => {
  it('pass promtool and amtool, laid out as in the containers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    for (const { name, from, to } of mounts) {
      if (name !== 'grafana') cpSync(join(root, from), join(folder, basename(to)), { recursive: true });
    }
    const prometheus = execFileSync(tool('promtool'), ['check', 'config', join(folder, 'prometheus.yml')], {
      encoding: 'utf8',
    });
    expect(prometheus).toContain('is valid prometheus config file syntax');
    const ruleFiles = readdirSync(join(root, 'alerts')).filter((file) => file.endsWith('.rules.yaml')).length;
    expect(prometheus.match(/SUCCESS: \d+ rules found/g)).toHaveLength(ruleFiles);
    execFileSync(tool('amtool'), ['check-config', join(folder, 'alertmanager.yml')]);
    rmSync(folder, { recursive: true });
  });
});
