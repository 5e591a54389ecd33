import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { testRules } from '../support/promtool.ts';
import { describeWith, tool } from '../support/tools.ts';
import { alertsFolder, recordingRules, alertRules, ruleFiles, ruleTests, testFiles } from './rule-files.ts';

const at = (name: string): string => join(alertsFolder, name);
const main = join(import.meta.dirname, '../../dist/main.js');
/** Newer ones than that on the PATH, to run the rule tests on as well: paths, as in PATH. */
const newer = (process.env['PROMTOOLS'] ?? '').split(delimiter).filter((path) => path !== '');
const promtool = (...args: string[]): string => execFileSync(tool('promtool'), args, { encoding: 'utf8' });

describeWith(['promtool'], 'promtool', () => {
  it('finds no fault in the rules, and no duplicates', () => {
    const said = promtool('check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles.map(({ name }) => at(name)));
    expect(said.match(/SUCCESS: \d+ rules found/g)).toHaveLength(ruleFiles.length);
  });

  it('takes the rules that the command prints as one file, with thresholds of the user', () => {
    const folder = mkdtempSync(join(tmpdir(), 'thresholds of ü '));
    const thresholds = join(folder, 'my.yaml');
    const rules = join(folder, 'my.rules.yaml');
    writeFileSync(
      thresholds,
      'job: sriov\nexpected_job: windows\nduplicate_mac_ignored: []\nalerts:\n  SriovDuplicateIp: { off: true }\n  SriovVfFallback: { for: 90s }\n',
    );
    writeFileSync(
      rules,
      execFileSync(process.execPath, [main, 'alerts', '--config', thresholds], { encoding: 'utf8' }),
    );
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', rules)).toContain(
      `SUCCESS: ${alertRules.length - 1 + 1 + recordingRules.length} rules found`,
    );
    const text = readFileSync(rules, 'utf8');
    expect(text).toContain('absent(up{job="sriov"})');
    expect(text).toContain('has had no VF for 90 seconds.');
    expect(text).not.toContain('SriovDuplicateIp');
    rmSync(folder, { recursive: true });
  });

  it('finds every rule by the sample configuration of Prometheus', () => {
    const said = promtool('check', 'config', at('prometheus.yml'));
    expect(said).toContain('is valid prometheus config file syntax');
    expect(said.match(/SUCCESS: \d+ rules found/g)).toHaveLength(ruleFiles.length);
  });

  it.each(['the one on the PATH', ...newer])('passes all rule tests: %s', (path) => {
    const program = newer.includes(path) ? path : tool('promtool');
    const { stdout, stderr, status } = testRules(
      program,
      testFiles.map(({ name }) => at(`tests/${name}`)),
    );
    expect(stderr + stdout.replace(/(Unit Testing: .*\n)? {2}SUCCESS\n\n?/g, '')).toBe('');
    expect(stdout.match(/SUCCESS/g)).toHaveLength(testFiles.length);
    expect(status).toBe(0);
    expect(ruleTests.length).toBeGreaterThan(120);
  });
});

describeWith(['amtool'], 'amtool', () => {
  const routed = (receiver: string, ...labels: string[]): number | null =>
    spawnSync(tool('amtool'), [
      'config',
      'routes',
      'test',
      `--config.file=${at('alertmanager.yml')}`,
      `--verify.receivers=${receiver}`,
      ...labels,
    ]).status;

  it('finds nothing wrong with the sample configuration of Alertmanager', () => {
    const said = execFileSync(tool('amtool'), ['check-config', at('alertmanager.yml')], { encoding: 'utf8' });
    expect(said).toContain('SUCCESS');
    expect(said).toContain('3 receivers');
  });

  it('sends critical alerts to the pager, warnings to the ticket system, and other alerts nowhere', () => {
    for (const { alert, labels } of alertRules) {
      const severity = labels['severity'] ?? '';
      const receiver = { critical: 'pager', warning: 'ticket', info: 'none' }[severity] ?? '';
      expect(routed(receiver, `alertname=${alert}`, `severity=${severity}`), `${alert} ${severity}`).toBe(0);
    }
    // amtool says so if it goes elsewhere, and alerts of others go where they went before.
    expect(routed('pager', 'alertname=SriovVfFallback', 'severity=warning')).toBe(1);
    expect(routed('ticket', 'alertname=SomethingElse', 'severity=critical')).toBe(0);
  });
});

it('alerts --out writes the committed files from the sample thresholds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules of ü '));
  execFileSync(process.execPath, [main, 'alerts', '--config', at('thresholds.yaml'), '--out', folder]);
  expect(readdirSync(folder).toSorted()).toEqual(ruleFiles.map(({ name }) => name).toSorted());
  for (const { name } of ruleFiles)
    expect(readFileSync(join(folder, name), 'utf8'), name).toBe(readFileSync(at(name), 'utf8'));
  rmSync(folder, { recursive: true });
});
