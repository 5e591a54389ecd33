import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toPromql } from '../../src/alerting/expr/promql.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from '../../src/alerting/thresholds.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { recordingRules } from '../alerting/rule-files.ts';
import { boards } from '../dashboards/boards.ts';

const docs = join(import.meta.dirname, '../../docs');
const folder = join(docs, 'runbooks');
const names = [...new Set(ALERTS.map(({ name }) => name))];
const HEADINGS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'False alarms', 'Tuning'];

const runbooks = names.map((name) => {
  const path = join(folder, `${name}.md`);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [heading = '', ...body] = section.split('\n');
        return [heading, body.join('\n').trim()] as const;
      }),
  );
  return { name, path, text, sections };
});

/** As GitHub makes anchors of headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const anchorsOf = (path: string): Set<string> =>
  new Set([...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

const linksOf = (text: string): string[] => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
const withoutCode = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

function brokenLinks(path: string): string[] {
  return linksOf(withoutCode(readFileSync(path, 'utf8'))).filter((to) => {
    if (/^https?:/.test(to)) return false;
    const [file = '', anchor] = to.split('#');
    const target = file === '' ? path : resolve(dirname(path), file);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).has(anchor));
  });
}

/** Thresholds that change an alert's expressions, found by changing each. */
function thresholdsOf(name: string): string[] {
  const rules = ALERTS.filter((alert) => alert.name === name);
  const written = (thresholds: Thresholds) =>
    rules.map(({ expr }) => toPromql(expr(thresholds), thresholds.host_labels)).join('\n');
  const standard = written(defaultThresholds);
  return Object.entries(defaultThresholds)
    .filter(([key, value]) => {
      const other = typeof value === 'number' ? value + 7 : typeof value === 'string' ? `${value}x` : [];
      return written({ ...defaultThresholds, [key]: other }) !== standard;
    })
    .map(([key]) => key);
}

describe('the runbooks', () => {
  it('exist for each alert, with an index', () => {
    expect(readdirSync(folder).toSorted()).toEqual([...names.map((name) => `${name}.md`), 'README.md'].toSorted());
    expect(names.length).toBeGreaterThan(20);
  });

  it.each(runbooks)('$name has all sections in the same order', ({ name, text, sections }) => {
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    expect([...sections.keys()]).toEqual(HEADINGS);
    for (const [heading, body] of sections) expect(body.length, heading).toBeGreaterThan(4);
    expect(sections.get('Diagnosis')).toMatch(/```|hyperv-sriov-exporter explain|`Get-/);
    expect(sections.get('Diagnosis')).toMatch(/[Bb]oard \*\*/);
    expect(sections.get('Mitigation')?.toLowerCase()).toContain('impact of the fix');
    expect(sections.get('Tuning')).toContain('`');
    for (const threshold of thresholdsOf(name)) expect(sections.get('Tuning'), name).toContain(threshold);
  });

  it.each(runbooks)('$name links to what is there', ({ name, path, text }) => {
    expect(brokenLinks(path)).toEqual([]);
    const rule = linksOf(text).find((to) => to.endsWith('.rules.yaml')) ?? '';
    expect(readFileSync(resolve(folder, rule), 'utf8')).toContain(`alert: ${name}\n`);
  });

  it('name boards and panels that there are', () => {
    const named = runbooks.flatMap(({ name, text }) =>
      [...text.matchAll(/[Bb]oard \*\*([^*]+)\*\*(?:: ((?:\*\*[^*]+\*\*(?:, )?)+))?/g)].flatMap(
        ([, board = '', panels = '']) =>
          [...panels.matchAll(/\*\*([^*]+)\*\*/g)].map(([, panel = '']) => ({ name, board, panel })),
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    const missing = named.filter(({ board, panel }) => {
      const found = boards.find(({ title }) => title.endsWith(` ${board}`));
      return !found?.panels.some(({ title }) => title === panel);
    });
    expect(missing).toEqual([]);
  });

  it('name metrics, settings and thresholds that there are', () => {
    const metrics = new Set<string>([
      ...everyMetric.map(({ name }) => name),
      ...recordingRules.map(({ record }) => record),
    ]);
    const settings = new Set<string>(SETTINGS.map(({ name }) => name));
    const thresholds = new Set(Object.keys(thresholdsSchema.shape));
    for (const { name, text, sections } of runbooks) {
      for (const [metric] of text.matchAll(/\b(?:\w+:)?hyperv_\w+(?::\w+)?/g)) expect(metrics, name).toContain(metric);
      for (const [, setting = ''] of text.matchAll(/`((?:poll|alerting|web|storage|sources|labels)\.[a-z-_.]+)`/g))
        if (!setting.startsWith('alerting.alertmanagers')) expect(settings, name).toContain(setting);
      for (const [, key = ''] of (sections.get('Tuning') ?? '').matchAll(/`((?!hyperv_)[a-z]+(?:_[a-z]+)+)`/g))
        expect(thresholds, name).toContain(key);
    }
  });

  it('and the reason table lead to one another', () => {
    const led = REASONS.map(({ id, alert, runbook }) => ({ id, alert: alert ?? runbook })).filter(
      ({ alert }) => alert !== undefined,
    );
    expect(led.length).toBeGreaterThan(40);
    const lost = led.filter(
      ({ id, alert }) => !runbooks.find(({ name }) => name === alert)?.text.includes(`../reasons.md#${id})`),
    );
    expect(lost.map(({ id, alert }) => `${alert} does not name ${id}`)).toEqual([]);
    // Whatever keeps a virtual NIC off its VF has a runbook.
    const alone = REASONS.filter(
      ({ kind, topic, alert }) => kind === 'reason' && topic !== 'state' && alert === undefined,
    );
    expect(alone.map(({ id }) => id)).toEqual([]);
    const table = readFileSync(join(docs, 'reasons.md'), 'utf8');
    for (const { alert } of led) expect(table).toContain(`[${alert}](runbooks/${alert}.md)`);
  });

  it('quote names, and never combine a command that changes the host with another one', () => {
    const commands = runbooks.flatMap(({ name, text }) =>
      [...text.matchAll(/```powershell\n([\s\S]*?)```|`([A-Z][a-z]+-[^`\n]+)`/g)].flatMap(([, block, line]) =>
        (block ?? line ?? '').split('\n').map((command) => ({ name, command: command.trim() })),
      ),
    );
    expect(commands.length).toBeGreaterThan(80);
    const named = /-(?:Name|VMName|Node|SwitchName|VMSwitchName|NetAdapterName) [A-Z]/;
    expect(commands.filter(({ command }) => named.test(command))).toEqual([]);
    const changes = /\b(?:Set|New|Remove|Add|Enable|Disable|Restart|Stop|Start|Suspend|Resume|Move)-[A-Z]/;
    const joined = /;|&&|-Restart\b/;
    expect(commands.filter(({ command }) => changes.test(command) && joined.test(command))).toEqual([]);
  });

  it('links of the index and of the page on alerts resolve', () => {
    for (const path of [join(folder, 'README.md'), join(docs, 'alerts.md'), join(docs, 'reasons.md')]) {
      expect(linksOf(readFileSync(path, 'utf8')).length).toBeGreaterThan(20);
      expect(brokenLinks(path), path).toEqual([]);
    }
  });
});
