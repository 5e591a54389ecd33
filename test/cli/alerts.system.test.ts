import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ScrapeConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/ScrapeConfig';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { alertRules, recordingRules } from '../alerting/rule-files.ts';
import { boards } from '../dashboards/boards.ts';
import { describeWith, tool } from '../support/tools.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
const folder = mkdtempSync(join(tmpdir(), 'manifests of ü '));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Site's own: a job, a runbook server, an alert switched off and one at another time */
const thresholds = join(folder, 'my.yaml');
writeFileSync(
  thresholds,
  'job: sriov\nrunbook_url: https://wiki.example.com/sriov\nalerts:\n  SriovDuplicateIp: { off: true }\n  SriovVfFallback: { for: 90s }\n',
);
const out = join(folder, 'manifests');
const flags = [
  '--kubernetes',
  '--config',
  thresholds,
  '--namespace',
  'monitoring',
  '--label',
  'release=prom',
  'team=virt',
];
const targets = ['--target', 'hv01.example.com:10182', 'hv02.example.com:10182', '--cluster', 'c1'];
const alerts = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [main, 'alerts', ...args], { encoding: 'utf8' });

/** What every manifest has; a field that Kubernetes does not know would be dropped without a word. */
const manifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,63}$/),
    namespace: z.literal('monitoring'),
    labels: z.record(z.string(), z.string()),
  }),
  spec: z.unknown().optional(),
  data: z.record(z.string(), z.string()).optional(),
});
const rule = z.strictObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const groups = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(rule) })),
});

describe('alerts --kubernetes', () => {
  const named = alerts(...flags, ...targets, '--out', out)
    .trim()
    .split('\n');
  const files = new Map(
    readdirSync(out).map((name) => {
      const text = readFileSync(join(out, name), 'utf8');
      return [name, { text, manifest: manifest.parse(parse(text)) }] as const;
    }),
  );
  const of = (name: string) => files.get(name) ?? expect.fail(`no ${name} among ${[...files.keys()].join(', ')}`);

  it('writes the rules, the scrape configuration and every dashboard, and names the files', () => {
    expect(named.toSorted()).toEqual([...files.keys()].map((name) => join(out, name)).toSorted());
    expect([...files.keys()].toSorted()).toEqual(
      [
        'hyperv-sriov.prometheusrule.yaml',
        'hyperv-sriov.scrapeconfig.yaml',
        ...boards.map(({ uid }) => `${uid}.configmap.yaml`),
      ].toSorted(),
    );
    expect(boards.length).toBeGreaterThanOrEqual(5);
  });

  it('has a PrometheusRule that the operator takes, with every rule and the thresholds of the site', () => {
    const { manifest: found } = of('hyperv-sriov.prometheusrule.yaml');
    const spec = groups.parse(found.spec);
    new PrometheusRule({ metadata: found.metadata, spec }).validate();
    expect([found.apiVersion, found.kind]).toEqual([PrometheusRule.apiVersion, PrometheusRule.kind]);
    expect(found.metadata.labels).toMatchObject({ release: 'prom', team: 'virt' });
    const rules = spec.groups.flatMap(({ rules: own }) => own);
    expect(rules).toHaveLength(alertRules.length - 1 + recordingRules.length);
    expect(rules.find(({ alert }) => alert === 'SriovVfFallback')?.for).toBe('90s');
    expect(rules.find(({ alert }) => alert === 'SriovExportersAbsent')?.expr).toContain('job="sriov"');
  });

  it('is told by the same check where a rule is wrong', () => {
    const { manifest: found } = of('hyperv-sriov.prometheusrule.yaml');
    const [first, ...others] = groups.parse(found.spec).groups;
    const wrong = [
      { ...first, name: first?.name ?? '', interval: 'soon' },
      { name: first?.name ?? '', rules: [{ alert: 'A' }] },
    ];
    for (const group of wrong)
      expect(() => {
        // @ts-expect-error what a rule must have is missing, or is no duration
        new PrometheusRule({ metadata: found.metadata, spec: { groups: [group, ...others] } }).validate();
      }).toThrow();
  });

  it('has a ScrapeConfig that the operator takes, for the hosts and with the job that the rules ask for', () => {
    const { manifest: found } = of('hyperv-sriov.scrapeconfig.yaml');
    const spec = z.record(z.string(), z.unknown()).parse(found.spec);
    new ScrapeConfig({ metadata: found.metadata, spec }).validate();
    expect([found.apiVersion, found.kind]).toEqual([ScrapeConfig.apiVersion, ScrapeConfig.kind]);
    expect(spec).toEqual({
      jobName: 'sriov',
      scrapeInterval: '30s',
      staticConfigs: [{ targets: ['hv01.example.com:10182', 'hv02.example.com:10182'], labels: { cluster: 'c1' } }],
      relabelings: [{ sourceLabels: ['__address__'], regex: '(.+):\\d+', targetLabel: 'host' }],
    });
    expect(() => {
      // @ts-expect-error targets are a list
      new ScrapeConfig({ metadata: found.metadata, spec: { staticConfigs: [{ targets: 'hv01:10182' }] } }).validate();
    }).toThrow('array');
  });

  it.each(boards)(
    'has a ConfigMap for the sidecar with $uid, of a size that kubectl and Kubernetes take',
    ({ uid }) => {
      const { manifest: found, text } = of(`${uid}.configmap.yaml`);
      expect(found).toMatchObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { labels: { grafana_dashboard: '1' } },
      });
      expect(found.spec).toBeUndefined();
      expect(Object.keys(found.data ?? {})).toEqual([`${uid}.json`]);
      const json = found.data?.[`${uid}.json`] ?? '';
      expect(JSON.parse(json)).toMatchObject({ uid });
      expect(json).not.toContain('docs/runbooks/');
      // At most 1 MiB for Kubernetes; `kubectl apply` keeps a copy in an annotation, and these have 256 KiB.
      expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
      expect(Buffer.byteLength(text)).toBeGreaterThan(10_000);
    },
  );

  it('prints the same as one stream of documents', () => {
    const printed = parseAllDocuments(alerts(...flags, ...targets)).map((document) => manifest.parse(document.toJS()));
    const byName = (all: readonly z.infer<typeof manifest>[]) =>
      all.toSorted((a, b) => `${a.kind}${a.metadata.name}`.localeCompare(`${b.kind}${b.metadata.name}`));
    expect(byName(printed)).toEqual(byName([...files.values()].map((each) => each.manifest)));
  });

  it('writes no ScrapeConfig without hosts, and none for a job that is a pattern', () => {
    expect(alerts('--kubernetes', '--label', 'release=prom')).not.toContain('ScrapeConfig');
    const pattern = join(folder, 'pattern.yaml');
    writeFileSync(pattern, 'job: sriov-.+\n');
    expect(alerts('--kubernetes', '--config', pattern)).toContain('up{job=~\\"sriov-.+\\"}'.replaceAll('\\', ''));
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, 'alerts', '--kubernetes', '--config', pattern, ...targets],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('a ScrapeConfig needs one name')]);
  });

  it.each([
    ['--label', 'no value'],
    ['--label', 'release=a b'],
    ['--namespace', 'Monitoring'],
  ])('refuses %s "%s"', (flag, value) => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'alerts', flag, value], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([64, expect.stringContaining('must be')]);
  });

  describeWith(['promtool'], 'promtool', () => {
    it('finds nothing wrong with the rules of the PrometheusRule', () => {
      const file = join(folder, 'of-manifest.rules.yaml');
      writeFileSync(file, stringify(of('hyperv-sriov.prometheusrule.yaml').manifest.spec));
      const said = execFileSync(tool('promtool'), ['check', 'rules', '--lint=all', '--lint-fatal', file], {
        encoding: 'utf8',
      });
      expect(said).toContain(`SUCCESS: ${alertRules.length - 1 + recordingRules.length} rules found`);
    });
  });
});
