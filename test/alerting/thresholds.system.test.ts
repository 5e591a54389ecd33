import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rulesOf, hostRules } from '../../src/alerting/rules/index.ts';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { PROJECT_RUNBOOKS } from '../../src/alerting/annotations.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { readThresholds } from '../../src/alerting/thresholds-file.ts';
import { failuresOf } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'thresholds of ü '));
const file = join(folder, 'my.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string) => {
  writeFileSync(file, text);
  return readThresholds(file);
};
const faultsOf = (text: string): string[] => {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }
  return [];
};

describe('thresholds of a user', () => {
  it('replace the defaults that the file sets; an empty file changes nothing', () => {
    expect(read('')).toEqual(defaultThresholds);
    expect(read('# nothing but a comment\nalerts:\n')).toEqual(defaultThresholds);
    expect(read('vf_pool_left: 4')).toEqual({ ...defaultThresholds, vf_pool_left: 4 });
  });

  it('that are invalid are all reported with line and key', () => {
    expect(
      faultsOf(
        [
          'job: a"b',
          'vf_pool_ratio: 80',
          'vf_pool_lef: 3',
          'duplicate_mac_ignored: ["02-bf"]',
          'alerts:',
          '  SriovVfFallback: { for: 10, severity: high }',
          '  SriovVfFalback: { off: true }',
          '  SriovDuplicateIp: { keep_fireing_for: 1m }',
        ].join('\n'),
      ),
    ).toEqual([
      '1: job: must not contain quotes or backslashes',
      '2: vf_pool_ratio: must be a number from 0 to 1',
      '3: vf_pool_lef: is not a known threshold (did you mean vf_pool_left?)',
      '4: duplicate_mac_ignored.0: must be the first bytes of a MAC, such as 02:BF',
      '6: alerts.SriovVfFallback.for: must be a duration such as 90s, 10m or 1h30m, in whole seconds',
      '6: alerts.SriovVfFallback.severity: must be critical, warning or info',
      '7: alerts.SriovVfFalback: is not the name of an alert (did you mean SriovVfFallback?)',
      '8: alerts.SriovDuplicateIp.keep_fireing_for: is not a known threshold (did you mean keep_firing_for?)',
    ]);
    expect(faultsOf('alerts:\n  SriovVfFallback: {}\n  SriovVfFalback: { off: true }')).toEqual([
      '3: alerts.SriovVfFalback: is not the name of an alert (did you mean SriovVfFallback?)',
    ]);
    expect(faultsOf('a: [')[0]).toMatch(/^1: /);
    expect(() => readThresholds(join(folder, 'nowhere.yaml'))).toThrow(/nowhere.yaml: cannot be read: ENOENT/);
  });

  it('switch single alerts off, or change their `for` and severity, in Prometheus and in the agent', () => {
    const thresholds = read(
      'alerts:\n  SriovDuplicateIp: { off: true }\n  SriovVfFallback: { for: 1h, severity: info }\n  SriovClusterFallback: { severity: warning }\n',
    );
    const alerts = rulesOf(thresholds).flatMap((group) => group.alerts);
    expect(alerts.filter(({ name }) => name === 'SriovDuplicateIp')).toEqual([]);
    expect(alerts.find(({ name }) => name === 'SriovVfFallback')).toMatchObject({ for: 3600, severity: 'info' });
    // Of its two rules the wider one: two with the same labels would be one alert with two conditions.
    expect(alerts.filter(({ name }) => name === 'SriovClusterFallback')).toHaveLength(1);
    expect(hostRules(thresholds)).toHaveLength(hostRules(defaultThresholds).length - 1);
  });
});

describe('thresholds about labels of the scrape', () => {
  const rulesOfFile = (text: string): string => [...rulesYaml(read(text)).values()].join('\n');

  it('take a job, or a pattern of jobs', () => {
    expect(rulesOfFile('job: sriov')).toContain('up{job="sriov"} == 0');
    expect(rulesOfFile('job: sriov-.+')).toContain('up{job=~"sriov-.+"} == 0');
    expect(faultsOf('job: "sriov-(a"')).toEqual(['1: job: must be a name or a regular expression']);
    expect(faultsOf('job: "(?!sriov)"')).toEqual(['1: job: must be a name or a regular expression']);
  });

  it('name what differs between the hosts of one cluster', () => {
    const text = rulesOfFile('host_labels: [instance, rack]');
    expect(text).toContain('sum without (instance, rack) (instance:hyperv_vnic_vf_lost:count{cluster!=""})');
    expect(text).not.toContain('without (instance, host');
    expect(faultsOf('host_labels: ["not a label"]')).toEqual(['1: host_labels.0: must be the name of a label']);
  });
});

describeWith(['promtool'], 'the hosts that another job knows', () => {
  const up = (job: string, host: string, values: string) => ({
    series: `up{job="${job}",cluster="c1",host="${host}",instance="${host}:9"}`,
    values,
  });
  const labels = { cluster: 'c1', host: 'hv02', instance: 'hv02:9', job: 'windows', severity: 'info' };

  it('of another job raise an alert if they have no target of this exporter, but not if it is down', () => {
    const thresholds = { ...defaultThresholds, expected_job: 'windows' };
    const failures = failuresOf({
      rules: rulesYaml(thresholds),
      evaluationInterval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            ...['hv01', 'hv02', 'hv03'].map((host) => up('windows', host, '1+0x60')),
            up(thresholds.job, 'hv01', '1+0x60'),
            up(thresholds.job, 'hv03', '0+0x60'),
          ],
          alert_rule_test: [
            { eval_time: '25m', alertname: 'SriovExportersAbsent', exp_alerts: [] },
            {
              eval_time: '40m',
              alertname: 'SriovExportersAbsent',
              exp_alerts: [
                {
                  exp_labels: labels,
                  exp_annotations: {
                    summary: 'hv02: Prometheus scrapes no SR-IOV exporter on a Hyper-V host.',
                    description:
                      'The host hv02 is scraped by another exporter, but Prometheus has no target for the SR-IOV exporter on it.',
                    runbook_url: `${PROJECT_RUNBOOKS}/SriovExportersAbsent.md`,
                  },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(failures).toBeUndefined();
  });
});
