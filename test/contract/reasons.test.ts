import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/report/explain.ts';
import { impactText } from '../../src/diagnosis/impact.ts';
import { REASONS, reasonById } from '../../src/diagnosis/reasons.ts';
import { toAnswer } from '../../src/http/routes/explain.ts';
import { html } from '../../src/http/page/html.ts';
import { hostLinks } from '../../src/http/page/links.ts';
import { createStatusPage } from '../../src/http/page/status.ts';
import { atOnce } from '../../src/turn.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { CASES, worldOf } from '../diagnosis/cases.ts';
import { diagnoseWorld, trackedHost } from '../support/hand-made/host.ts';
import { collection } from '../support/hand-made/view.ts';

/** The reason table is the one source of docs, page, `explain` and label values: each is asked on a host where a row holds. */
const docs = readFileSync(join(import.meta.dirname, '../../docs/reasons.md'), 'utf8');
const statusPage = createStatusPage();
const LABELS = new Set(['reason', 'finding']);
const shown = CASES.map(({ id, fires }) => {
  const world = worldOf(fires);
  const view = { tracked: trackedHost(world), diagnosis: diagnoseWorld(world), collection: collection() };
  const series = collectFamilies(view)
    .filter(({ name }) => /_(?:fallback|finding|blocker)$/.test(name))
    .flatMap(({ samples }) => samples.filter(({ value }) => value === 1))
    .map(({ shared, labels: own }): Readonly<Record<string, string>> => ({ ...shared, ...own }));
  const labels = series.flatMap((its) =>
    Object.entries(its).flatMap(([label, text]) => (LABELS.has(label) ? text : [])),
  );
  return {
    id,
    row: reasonById(id)!,
    series,
    labels,
    page: atOnce(
      statusPage(
        view,
        view.collection,
        { filter: '', sort: 'trouble', descending: false, group: 'none', all: true, page: 1 },
        hostLinks(undefined),
      ),
    ).main.text,
    told: toAnswer(explain(view)),
  };
});
/** What follows from something else on the same host is folded into that. */
const foldedOnHost = ({ row, told }: (typeof shown)[number]) =>
  told.troubles.some(({ consequences }) => consequences.includes(row.id));
const listed = shown.filter((one) => !foldedOnHost(one));
const cardOf = (page: string, id: string) =>
  page.split('<li class="card ').find((card) => card.includes(`id="trouble-${id}"`)) ?? '';
const inPage = (text: string) => html`${text}`.text;

describe('the reason table', () => {
  it('gives only its ids as label values, and all of them except those that are not a fault', () => {
    const known = new Set(REASONS.map(({ id }) => id));
    expect(shown.flatMap(({ labels }) => labels).filter((label) => !known.has(label))).toEqual([]);
    // That a VM is off or asks for no VF is told by other series.
    const silent = shown.filter(({ id, labels }) => !labels.includes(id)).map(({ row }) => row);
    expect(silent.filter(({ topic }) => topic !== 'state').map(({ id }) => id)).toEqual([]);
    expect(silent.length).toBe(REASONS.filter(({ topic }) => topic === 'state').length);
  });

  it('is what the page says: meaning, remedy, and the impact before any command', () => {
    for (const { row, page } of listed) {
      if (row.topic === 'state') {
        expect(page).toContain(`>${row.id}</code>`);
        continue;
      }
      for (const text of [row.id, row.meaning, row.remedy, impactText(row.impact)])
        expect([row.id, page.includes(inPage(text))]).toEqual([row.id, true]);
      const card = cardOf(page, row.id);
      const at = card.indexOf('class="command"');
      expect([row.id, at === -1 || card.indexOf('<b>Impact:</b>') < at]).toEqual([row.id, true]);
    }
  });

  it('folds what follows from another reason into it, and names it there', () => {
    const folded = shown.filter(foldedOnHost);
    expect(folded.length).toBeGreaterThan(3);
    for (const { row, page, told } of folded) {
      expect([row.id, told.troubles.some(({ id }) => id === row.id), cardOf(page, row.id)]).toEqual([
        row.id,
        false,
        '',
      ]);
      expect(page).toMatch(new RegExp(`Follows from this: [^]*<code>${row.id}</code>`));
    }
    const followed = new Set(REASONS.flatMap(({ follows = [] }) => follows));
    expect(
      [...followed].filter((id) => (reasonById(id)?.follows ?? []).length > 0 || reasonById(id) === undefined),
    ).toEqual([]);
  });

  it('says to drain the host first wherever a command restarts a NIC, a vSwitch or the host', () => {
    const RESTARTS =
      /\b(?:Restart-NetAdapter|(?:Set|Enable|Disable)-NetAdapter(?:Sriov|Vmq)|Remove-VMSwitch|Restart-Computer)\b/;
    const restarting = shown.flatMap(({ row, told }) => {
      const its = told.troubles.find(({ id }) => id === row.id);
      const steps = (its?.plans ?? []).flat();
      const commands = [...(its?.commands ?? []), ...steps.flatMap(({ command }) => command ?? [])];
      if (!commands.some((command) => RESTARTS.test(command))) return [];
      return [{ id: row.id, said: [impactText(row.impact), ...steps.map(({ text }) => text)].join(' ') }];
    });
    expect(restarting.length).toBeGreaterThan(8);
    expect(restarting.filter(({ said }) => !/\bdrain\b/i.test(said)).map(({ id }) => id)).toEqual([]);
  });

  it('leads to the runbook and to its own entry in the documents that the agent serves', () => {
    let runbooks = 0;
    for (const { row, page } of listed.filter(({ row: { topic } }) => topic !== 'state')) {
      const card = cardOf(page, row.id);
      expect([row.id, card.includes(`href="/docs/reasons.md#${row.id}"`)]).toEqual([row.id, true]);
      const runbook = row.alert ?? row.runbook;
      if (runbook === undefined) continue;
      runbooks++;
      expect([row.id, card.includes(`href="/docs/runbooks/${runbook}.md"`)]).toEqual([row.id, true]);
    }
    expect(runbooks).toBeGreaterThan(40);
  });

  it('is what explain says', () => {
    for (const { row, told } of listed) {
      const { meaning, remedy, impact } = row;
      const found = [
        ...told.vnics.filter(({ reason }) => reason?.id === row.id),
        ...told.troubles.filter(({ id }) => id === row.id),
      ];
      expect([row.id, found.length > 0]).toEqual([row.id, true]);
      for (const its of found) expect(its).toMatchObject({ meaning, remedy, impact });
    }
  });

  it('has one scale of severity with the alerts, in the rules for Prometheus, on the page, in explain, labels and docs', () => {
    const alerts = new Map<string, Set<string>>();
    const folder = join(import.meta.dirname, '../../alerts');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.rules.yaml')))
      for (const [, alert = '', severity = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
        /- alert: (\w+)\n[^]*?\n +severity: (\w+)/g,
      ))
        alerts.set(alert, (alerts.get(alert) ?? new Set()).add(severity));
    expect(alerts.size).toBeGreaterThan(20);
    let paged = 0;
    // One depends on the kind of team.
    const varying = listed.filter(({ row }) => row.severityOf !== undefined);
    expect(varying.map(({ id }) => id)).toEqual(['vmq_team_processor_sets']);
    for (const { row, page, told, series } of listed.filter((one) => !varying.includes(one))) {
      const severity = row.alert === undefined ? (row.severity ?? 'info') : [...(alerts.get(row.alert) ?? [])].join();
      if (row.alert !== undefined && severity === 'critical') paged++;
      const found = [...told.vnics.flatMap(({ reason, findings }) => [reason, ...findings]), ...told.troubles];
      const said = found.filter((one) => one?.id === row.id).map((one) => one?.severity);
      expect([row.id, ...new Set(said)]).toEqual([row.id, severity]);
      const labels = series.filter(({ finding }) => finding === row.id).map((one) => one['severity']);
      expect([row.id, ...new Set(labels)]).toEqual(labels.length === 0 ? [row.id] : [row.id, severity]);

      expect(docs.split(`### ${row.id}\n`)[1]?.split('\n### ')[0]).toContain(`| Severity | ${severity} |`);
      if (row.topic === 'state') continue;
      expect([row.id, page.includes(`<li class="card ${severity}" id="trouble-${row.id}"`)]).toEqual([row.id, true]);
    }
    expect(paged).toBeGreaterThan(0);
    expect(shown.filter(({ row }) => row.alert !== undefined).length).toBeGreaterThan(40);
  });

  it('is what docs/reasons.md says, the impact before any command', () => {
    const cell = (text: string) => text.replaceAll('|', '\\|');
    for (const { id, meaning, remedy, impact, condition, command, plan } of REASONS) {
      const section = docs.split(`### ${id}\n`)[1]?.split('\n### ')[0] ?? '';
      for (const text of [meaning, remedy, impactText(impact), condition])
        expect([id, section.includes(cell(text))]).toEqual([id, true]);
      if (command === undefined && plan === undefined) continue;
      const at = section.indexOf('```powershell');
      expect([id, at > section.indexOf('| Impact |') && section.includes('| Impact |')]).toEqual([id, true]);
    }
  });
});
