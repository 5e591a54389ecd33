import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/report/explain.ts';
import { impactText } from '../../src/diagnosis/impact.ts';
import { REASONS, reasonById } from '../../src/diagnosis/reasons.ts';
import { toAnswer } from '../../src/http/routes/explain.ts';
import { html } from '../../src/http/page/html.ts';
import { statusPage } from '../../src/http/page/status.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { CASES, worldOf } from '../diagnosis/cases.ts';
import { diagnoseWorld, trackedHost } from '../support/hand-made/host.ts';
import { collection } from '../support/hand-made/view.ts';

/** The reason table is the one source of docs, page, `explain` and label values: each is asked on a host where a row holds. */
const docs = readFileSync(join(import.meta.dirname, '../../docs/reasons.md'), 'utf8');
const LABELS = new Set(['reason', 'finding']);
const shown = CASES.map(({ id, fires }) => {
  const world = worldOf(fires);
  const view = { tracked: trackedHost(world), diagnosis: diagnoseWorld(world), collection: collection() };
  const labels = collectFamilies(view).flatMap(({ name, samples }) =>
    samples.flatMap(({ shared, labels: own, value }) =>
      Object.entries({ ...shared, ...own })
        .filter(([label]) => value === 1 && LABELS.has(label) && /_(?:fallback|finding|blocker)$/.test(name))
        .map(([, text]) => text),
    ),
  );
  return {
    id,
    row: reasonById(id)!,
    labels,
    page: statusPage(view, view.collection, {
      filter: '',
      sort: 'trouble',
      descending: false,
      group: 'none',
      all: true,
      page: 1,
    }).main.text,
    told: toAnswer(explain(view)),
  };
});
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
    for (const { row, page } of shown) {
      if (row.topic === 'state') {
        expect(page).toContain(`>${row.id}</code>`);
        continue;
      }
      for (const text of [row.id, row.meaning, row.remedy, impactText(row.impact)])
        expect([row.id, page.includes(inPage(text))]).toEqual([row.id, true]);
      const card = page.split('</li>').find((text) => text.includes(`>${row.id}</code>`)) ?? '';
      const at = card.indexOf('class="command"');
      expect([row.id, at === -1 || card.indexOf('<b>Impact:</b>') < at]).toEqual([row.id, true]);
    }
  });

  it('is what explain says', () => {
    for (const { row, told } of shown) {
      const { meaning, remedy, impact } = row;
      const found = [
        ...told.vnics.filter(({ reason }) => reason?.id === row.id),
        ...told.troubles.filter(({ id }) => id === row.id),
      ];
      expect([row.id, found.length > 0]).toEqual([row.id, true]);
      for (const its of found) expect(its).toMatchObject({ meaning, remedy, impact });
    }
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
