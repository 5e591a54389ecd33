import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScrapeConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/ScrapeConfig';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Service } from 'kubernetes-models/v1/Service';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { allTargets, shardTargets } from '../../src/fleet/targets.ts';

const folder = join(import.meta.dirname, '../../packaging/kubernetes');
const temporary = mkdtempSync(join(tmpdir(), 'kubernetes-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** The kinds of the manifests, with the operator's and Kubernetes' own schemas */
const KINDS = {
  Namespace,
  ConfigMap,
  PersistentVolumeClaim,
  Deployment,
  StatefulSet,
  Service,
  NetworkPolicy,
  ServiceMonitor,
  ScrapeConfig,
} as const;

const labels = z.record(z.string(), z.string());
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.enum(Object.keys(KINDS) as (keyof typeof KINDS)[]),
  metadata: z.strictObject({ name: z.string(), namespace: z.string().optional(), labels: labels.optional() }),
});

/** kubectl reads YAML 1.1, in which anchors end with their document. */
const manifestsOf = (file: string) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }).map((document) => {
    expect(document.errors).toEqual([]);
    return manifest.parse(document.toJS());
  });
const FILES = ['collector.yaml', 'monitoring.yaml', 'shards.yaml'] as const;
const all = FILES.flatMap((file) =>
  manifestsOf(file).map((found) => ({ file, found, what: `${file}: ${found.kind} ${found.metadata.name}` })),
);
const one = (file: (typeof FILES)[number], kind: keyof typeof KINDS) => {
  const found = all.filter((each) => each.file === file && each.found.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!.found;
};

const mount = z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() });
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  env: z
    .array(z.strictObject({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() }))
    .optional(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })),
  securityContext: z.unknown(),
  resources: z.unknown(),
  livenessProbe: z.looseObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }) }),
  readinessProbe: z.looseObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }) }),
  volumeMounts: z.array(mount),
});
const workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number(),
    selector: z.strictObject({ matchLabels: labels }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.strictObject({ name: z.string() }) })).optional(),
    template: z.strictObject({
      metadata: z.strictObject({ labels }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.unknown(),
        containers: z.tuple([container]),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});
const workloads = [
  { what: 'the Deployment', of: workload.parse(one('collector.yaml', 'Deployment')) },
  { what: 'the StatefulSet', of: workload.parse(one('shards.yaml', 'StatefulSet')) },
];

describe('the manifests for Kubernetes', () => {
  it('are of every kind, each once in its file', () => {
    expect(new Set(all.map(({ found }) => found.kind))).toEqual(new Set(Object.keys(KINDS)));
    expect(new Set(all.map(({ what }) => what)).size).toBe(all.length);
  });

  it.each(all)('$what has the form that Kubernetes takes', ({ found }) => {
    const { apiVersion, kind, ...content } = found;
    const Kind = KINDS[kind];
    expect(apiVersion).toBe(Kind.apiVersion);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the schema is to check
    new Kind(content as never).validate();
    if (kind !== 'Namespace') expect(found.metadata.namespace).toBe('hyperv-sriov');
  });

  it('are told by the same check where something is wrong', () => {
    const { kind: _kind, apiVersion: _version, ...content } = one('collector.yaml', 'Deployment');
    const broken = structuredClone(workload.parse(content)) as { spec: { replicas: unknown } };
    broken.spec.replicas = 'one';
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the schema is to check
    expect(() => new Deployment(broken as never).validate()).toThrow('replicas');
  });

  it.each(workloads)(
    '$what has no right that it does not need, and is selected by its own labels',
    ({ of: { spec } }) => {
      const { template, selector } = spec;
      expect(template.spec.securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      const [{ securityContext }] = template.spec.containers;
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(template.metadata.labels).toEqual(selector.matchLabels);
      for (const file of ['collector.yaml', 'shards.yaml'] as const)
        expect(
          z.looseObject({ spec: z.looseObject({ selector: labels }) }).parse(one(file, 'Service')).spec.selector,
        ).toEqual(selector.matchLabels);
    },
  );

  it.each(workloads)(
    '$what mounts what it names, and the program finds its configuration, key and folder there',
    ({ of: { spec } }) => {
      const [{ args, env = [], volumeMounts, ports, livenessProbe, readinessProbe }] = spec.template.spec.containers;
      const { volumes } = spec.template.spec;
      const names = [
        ...volumes.map(({ name }) => name),
        ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
      ];
      expect(volumeMounts.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      const at = (name: string): string => volumeMounts.find((each) => each.name === name)?.mountPath ?? '';
      const { data } = z
        .looseObject({ data: z.strictObject({ 'config.yaml': z.string(), known_hosts: z.string() }) })
        .parse(one('collector.yaml', 'ConfigMap'));
      expect(args).toEqual(['serve']);
      // A variable, so that a command in the pod reads the configuration of the collector.
      const variable = env.find(({ name }) => name === 'HYPERV_SRIOV_CONFIG_FILE');
      expect(variable?.value).toBe(`${at('config')}/config.yaml`);
      expect(volumes.find(({ name }) => name === 'config')).toMatchObject({
        configMap: { name: one('collector.yaml', 'ConfigMap').metadata.name },
      });
      // 0440: see keyFileFault
      expect(volumes.find(({ name }) => name === 'key')).toMatchObject({
        secret: { secretName: 'hyperv-sriov-collector-key', defaultMode: 0o440 },
      });
      const file = join(temporary, 'config.yaml');
      writeFileSync(file, data['config.yaml']);
      const { config } = loadConfig({ flags: new Map(), environment: { [variable?.name ?? '']: file } });
      expect(config.storage.path).toBe(at('state'));
      const targets = allTargets(config, file, 'linux');
      expect(targets.length).toBeGreaterThan(1);
      for (const { from } of targets) {
        if (from.kind !== 'ssh') throw new Error('not over SSH');
        expect(from.ssh.keyFile).toBe(`${at('key')}/id_ed25519`);
        expect(from.ssh.knownHostsFiles).toEqual([join(temporary, 'known_hosts')]);
      }
      expect(ports).toEqual([{ name: 'http', containerPort: config.web['listen-address'][0].port }]);
      expect([livenessProbe.httpGet, readinessProbe.httpGet]).toEqual([
        { path: '/-/healthy', port: 'http' },
        { path: '/-/ready', port: 'http' },
      ]);
      // The commands in comments and documents make the Secret that is mounted.
      for (const path of [join(folder, 'collector.yaml'), join(folder, '../../docs/fleet.md')])
        expect(readFileSync(path, 'utf8')).toContain(
          'kubectl -n hyperv-sriov create secret generic hyperv-sriov-collector-key --from-file=id_ed25519',
        );
    },
  );

  it('Prometheus finds the hosts at the Service, and the collector under the job of the rules', () => {
    const job = one('collector.yaml', 'Service').metadata.name;
    expect(job).toBe(defaultThresholds.collector_job);
    const discovery = z.looseObject({
      spec: z.looseObject({ jobName: z.string(), httpSDConfigs: z.array(z.looseObject({ url: z.url() })) }),
    });
    const { spec } = discovery.parse(one('monitoring.yaml', 'ScrapeConfig'));
    expect(spec.jobName).toBe(defaultThresholds.job);
    expect(spec.httpSDConfigs.map(({ url }) => url)).toEqual([`http://${job}.hyperv-sriov.svc:10182/api/v1/targets`]);
    const monitor = z
      .looseObject({
        spec: z.strictObject({ selector: z.strictObject({ matchLabels: labels }), endpoints: z.unknown() }),
      })
      .parse(one('monitoring.yaml', 'ServiceMonitor'));
    expect(one('collector.yaml', 'Service').metadata.labels).toEqual(monitor.spec.selector.matchLabels);
    expect(monitor.spec.endpoints).toEqual([{ port: 'http', interval: '30s' }]);
    // The Service of the shards has no labels: each pod is scraped once.
    expect(one('shards.yaml', 'Service').metadata.labels).toBeUndefined();
  });

  it('the pods of the StatefulSet are the shards: each has an address, and each host one of them', () => {
    const { spec } = workloads[1]!.of;
    const [{ env = [] }] = spec.template.spec.containers;
    const [, ordinal, shards, setting] = env;
    expect(ordinal).toMatchObject({
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
    });
    expect(SETTINGS.map(({ environment }) => environment)).toContain(setting?.name);
    expect(shards?.value).toBe(String(spec.replicas));
    const service = one('shards.yaml', 'Service').metadata.name;
    expect(spec).toMatchObject({ serviceName: service });
    const urls = JSON.stringify(one('shards.yaml', 'ScrapeConfig')).match(/http:[^"]+/g);
    expect(urls).toEqual(
      Array.from(
        { length: spec.replicas },
        (_, index) => `http://hyperv-sriov-collector-${index}.${service}.hyperv-sriov.svc:10182/api/v1/targets`,
      ),
    );
    const read = Array.from({ length: spec.replicas }, (_, index) => {
      const value =
        setting?.value?.replace('$(ORDINAL)', String(index)).replace('$(SHARDS)', shards?.value ?? '') ?? '';
      const { config } = loadConfig({
        flags: new Map([
          ['source', 'demo'],
          ['demo.hosts', '40'],
        ]),
        environment: { [setting?.name ?? '']: value },
      });
      return shardTargets(config, undefined, 'linux').map(({ name }) => name);
    });
    expect(read.flat().toSorted()).toEqual(
      Array.from({ length: 40 }, (_, index) => `hv${String(index + 1).padStart(2, '0')}`),
    );
    expect(read.every((names) => names.length > 0)).toBe(true);
  });
});
