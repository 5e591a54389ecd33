import { describe, expect, it } from 'vitest';
import { annotationTemplates, filledAnnotations, PROJECT_RUNBOOKS } from '../../src/alerting/annotations.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { withExternalUrl } from '../../src/alerting/thresholds-file.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from '../../src/alerting/thresholds.ts';
import { text } from '../../src/alerting/text.ts';

const alert = {
  name: 'SriovVfFallback',
  summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
  description: text`D.`,
} as const;
/** Only a collector can show the host. */
const ofTarget = { ...alert, name: 'SriovTargetUnreachable', hostPage: 'collector' } as const;
const ofCluster = { ...alert, name: 'SriovClusterFallback', hostPage: false } as const;
const thresholds = (over: object = {}) => thresholdsSchema.parse(over);
const filled = (
  one: typeof alert | typeof ofCluster | typeof ofTarget,
  labels: Record<string, string>,
  over: object = {},
) => filledAnnotations(one, thresholds(over), { labels, value: 1, forSeconds: 60, reasonOf: () => undefined });

const VM = { vm: 'sql 02', vm_id: 'a1b2', instance: 'hv01:10182', host: 'hv01', cluster: 'c 1' };

describe('the annotations of an alert', () => {
  it('name VM and host first, or the host, or the cluster', () => {
    const summary = (labels: Record<string, string>) => filled(alert, labels)['summary'];
    expect(summary(VM)).toBe(`sql 02 on hv01: ${alert.summary}`);
    expect(summary({ vm: 'sql02', instance: 'hv01:10182' })).toBe(`sql02 on hv01:10182: ${alert.summary}`);
    expect(summary({ instance: 'hv01:10182' })).toBe(`hv01:10182: ${alert.summary}`);
    expect(summary({ cluster: 'c1' })).toBe(`c1: ${alert.summary}`);
    expect(summary({})).toBe(alert.summary);
  });

  it('lead to the page of the VM or host and to the runbook that its agent serves', () => {
    expect(filled(alert, VM)).toMatchObject({
      page_url: 'http://hv01:10182/vm?id=a1b2',
      runbook_url: 'http://hv01:10182/docs/runbooks/SriovVfFallback.md',
    });
    expect(filled(alert, { instance: 'hv01:10182' })['page_url']).toBe('http://hv01:10182/');
    expect(filled(alert, VM, { page_url: 'https://{host}.example.com:10182/sriov/' })).toMatchObject({
      page_url: 'https://hv01.example.com:10182/sriov/vm?id=a1b2',
      runbook_url: 'https://hv01.example.com:10182/sriov/docs/runbooks/SriovVfFallback.md',
    });
  });

  it("begin with the agent's external URL, unless the thresholds file names another page", () => {
    const of = (own: Thresholds, externalUrl?: string) =>
      filledAnnotations(alert, withExternalUrl(own, { isCollector: false, externalUrl }), {
        labels: VM,
        value: 1,
        forSeconds: 60,
        reasonOf: () => undefined,
      });
    expect(of(defaultThresholds, 'https://proxy.example.com/hyperv/')).toMatchObject({
      page_url: 'https://proxy.example.com/hyperv/vm?id=a1b2',
      runbook_url: 'https://proxy.example.com/hyperv/docs/runbooks/SriovVfFallback.md',
    });
    const own = thresholds({ page_url: 'https://{host}.example.com' });
    expect(of(own, 'https://proxy.example.com/hyperv')['page_url']).toBe('https://hv01.example.com/vm?id=a1b2');
    expect(of(defaultThresholds)['page_url']).toBe('http://hv01:10182/vm?id=a1b2');
  });

  it('lead to the page of the collector for a host that it reads, in the rules of Prometheus, too', () => {
    const collector_url = 'https://collector.example.com/sriov/';
    const read = { ...VM, instance: 'hv01', read_by: 'collector' };
    expect(filled(alert, read, { collector_url })).toMatchObject({
      page_url: 'https://collector.example.com/sriov/vm?target=hv01&id=a1b2',
      runbook_url: 'https://collector.example.com/sriov/docs/runbooks/SriovVfFallback.md',
    });
    const { vm_id: _vm, ...host } = read;
    expect(filled(alert, host, { collector_url })['page_url']).toBe(
      'https://collector.example.com/sriov/host?target=hv01',
    );
    // The same rules, a host with an agent
    expect(filled(alert, VM, { collector_url })['page_url']).toBe('http://hv01:10182/vm?id=a1b2');
    // Without the address of the collector no page is better than one that does not answer.
    expect(filled(alert, read)).toMatchObject({ page_url: '', runbook_url: `${PROJECT_RUNBOOKS}/SriovVfFallback.md` });
    expect(filled(ofTarget, { instance: 'hv01' }, { collector_url })['page_url']).toBe(
      'https://collector.example.com/sriov/host?target=hv01',
    );
    expect(filled(ofTarget, { instance: 'hv01' })).not.toHaveProperty('page_url');
    expect(
      annotationTemplates({ ...alert, for: 60 }, thresholds({ collector_url: 'https://c{shard}:1' })),
    ).toMatchObject({
      page_url:
        '{{ if $labels.read_by }}https://c{{ $labels.shard }}:1{{ if $labels.vm_id }}/vm?target={{ $labels.instance | urlquery }}&id={{ $labels.vm_id | urlquery }}{{ else }}/host?target={{ $labels.instance | urlquery }}{{ end }}{{ else }}http://{{ $labels.instance }}{{ if $labels.vm_id }}/vm?id={{ $labels.vm_id | urlquery }}{{ else }}/{{ end }}{{ end }}',
    });
  });

  it('name the target where a collector evaluates the alerts, and lead to no page of it without its external URL', () => {
    const of = (labels: Readonly<Record<string, string>>, externalUrl?: string) =>
      filledAnnotations(
        alert,
        { ...withExternalUrl(defaultThresholds, { isCollector: true, externalUrl }), isCollector: true },
        { labels, value: 1, forSeconds: 60, reasonOf: () => undefined },
      );
    const target = { instance: 'hv 01' };
    expect(of({ ...target, vm_id: 'a1b2' }, 'https://collector.example.com')).toMatchObject({
      page_url: 'https://collector.example.com/vm?target=hv+01&id=a1b2',
      runbook_url: 'https://collector.example.com/docs/runbooks/SriovVfFallback.md',
    });
    expect(of(target, 'https://collector.example.com')['page_url']).toBe(
      'https://collector.example.com/host?target=hv+01',
    );
    expect(of(target)).not.toHaveProperty('page_url');
    expect(of(target)['runbook_url']).toBe(`${PROJECT_RUNBOOKS}/SriovVfFallback.md`);
  });

  it("lead to the project's runbook where no single host answers, and to one's own where there is one", () => {
    expect(filled(ofCluster, { cluster: 'c1' })).toEqual({
      summary: `c1: ${alert.summary}`,
      description: 'D.',
      runbook_url: `${PROJECT_RUNBOOKS}/SriovClusterFallback.md`,
    });
    expect(filled(alert, VM, { page_url: '' })).not.toHaveProperty('page_url');
    expect(filled(alert, VM, { page_url: '' })['runbook_url']).toBe(`${PROJECT_RUNBOOKS}/SriovVfFallback.md`);
    for (const one of [alert, ofCluster])
      expect(filled(one, VM, { runbook_url: 'https://wiki.example/runbooks/' })['runbook_url']).toBe(
        `https://wiki.example/runbooks/${one.name}.md`,
      );
  });

  it('lead to the board of the VM, the host or all hosts where Grafana is given', () => {
    const board = (one: typeof alert | typeof ofCluster, labels: Record<string, string>) =>
      filled(one, labels, { dashboard_url: 'https://grafana.example/' })['dashboard_url'];
    expect(filled(alert, VM)).not.toHaveProperty('dashboard_url');
    expect(board(alert, VM)).toBe('https://grafana.example/d/sriov-vm?var-vm=sql+02');
    expect(board(alert, { instance: 'hv01:10182' })).toBe(
      'https://grafana.example/d/sriov-host?var-instance=hv01%3A10182',
    );
    expect(board(ofCluster, { cluster: 'c 1' })).toBe('https://grafana.example/d/sriov-fleet?var-cluster=c+1');
  });

  it('are templates in a rule file that hold no query', () => {
    expect(annotationTemplates({ ...alert, for: 60 }, thresholds({ page_url: 'https://{host}:1' }))).toMatchObject({
      page_url:
        '{{ if $labels.read_by }}{{ else }}https://{{ $labels.host }}:1{{ if $labels.vm_id }}/vm?id={{ $labels.vm_id | urlquery }}{{ else }}/{{ end }}{{ end }}',
      runbook_url: `{{ if $labels.read_by }}${PROJECT_RUNBOOKS}{{ else }}https://{{ $labels.host }}:1/docs/runbooks{{ end }}/SriovVfFallback.md`,
    });
  });

  it('of every alert are there in full, with the defaults', () => {
    const without = ALERTS.filter(({ hostPage }) => hostPage === false).map(({ name }) => name);
    expect(new Set(without)).toEqual(
      new Set([
        'SriovExporterDown',
        'SriovCollectorDown',
        'SriovExportersAbsent',
        'SriovClusterFallback',
        'SriovFailoverVfShort',
        'SriovDuplicateMac',
      ]),
    );
    for (const one of ALERTS)
      expect(Object.keys(annotationTemplates(one, defaultThresholds))).toEqual(
        expect.arrayContaining([
          'summary',
          'description',
          'runbook_url',
          ...(one.hostPage === undefined ? ['page_url'] : []),
        ]),
      );
    const ofTargets = ALERTS.filter(({ hostPage }) => hostPage === 'collector').map(({ name }) => name);
    expect(ofTargets).toEqual(['SriovTargetUnreachable', 'SriovTargetUntrusted', 'SriovClusterDrift']);
  });
});

describe('an address among the thresholds', () => {
  it.each(['ftp://x', 'javascript:alert(1)', 'hv01', 'http://{instance', 'http://{a-b}/', '{instance}'])(
    'is not %s',
    (address) => {
      for (const key of ['page_url', 'collector_url', 'runbook_url', 'dashboard_url'])
        expect(thresholdsSchema.safeParse({ [key]: address }).success, `${key}: ${address}`).toBe(false);
    },
  );
});
