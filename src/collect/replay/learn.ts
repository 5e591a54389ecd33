import { rawDocument } from '../../document/document.ts';
import type { Capture } from './capture-file.ts';
import { isEventName, type Known, vfParts, vmOfVp } from './instances.ts';
import { NAME_KINDS, type NameKind, type Pseudonyms } from './pseudonyms.ts';
import { type Fields, isFields, type Rule, rulesOf } from './rules.ts';
import { createScrub } from './scrub.ts';

const isNameKind = (rule: Rule): rule is NameKind => (NAME_KINDS as readonly Rule[]).includes(rule);

/**
 * All names of a capture, before any is replaced: a free text may contain a name that only a later document declares.
 * @param keep phrases that stay in texts of a fixed wording
 */
export function learn(capture: Capture, pseudonyms: Pseudonyms, keep: readonly string[]): Known {
  const vnics = new Map<string, readonly [string, string]>();
  const descriptions = new Set<string>();
  const connections = new Set<string>();
  const learnHost = (text: string) => {
    const [host = '', ...domain] = text.split('.');
    pseudonyms.learn('host', host);
    pseudonyms.learn('domain', domain.join('.'));
  };
  forEachField(capture, (rule, value, row) => {
    for (const text of [value].flat()) {
      if (typeof text !== 'string' || text === '_Total') continue;
      if (rule === 'host') learnHost(text);
      else if (isNameKind(rule)) {
        pseudonyms.learn(rule, text);
        if (rule === 'nic') connections.add(text);
      } else if (rule === 'event_value') {
        // The entry's message holds it too.
        if (isEventName(text)) pseudonyms.learn('name', text);
      } else if (rule === 'vp_instance') pseudonyms.learn('vm', vmOfVp(text) ?? '');
      else if (rule === 'description') {
        descriptions.add(text).add(text.replaceAll('(', '[').replaceAll(')', ']').replaceAll('#', '_'));
      }
    }
    const { vmName, name } = row;
    if (rule === 'vnic' && typeof vmName === 'string' && typeof name === 'string') {
      vnics.set(`${vmName}_${name}`, [vmName, name]);
    }
  });
  for (const texts of [descriptions, connections]) texts.delete('');
  return {
    pseudonyms,
    scrub: createScrub(pseudonyms),
    scrubFixed: createScrub(pseudonyms, keep),
    vnics,
    descriptions,
    vf: vfParts(descriptions, connections),
  };
}

function forEachField(capture: Capture, visit: (rule: Rule, value: unknown, row: Fields) => void): void {
  for (const { document: raw } of capture.documents) {
    const document = rawDocument.safeParse(raw);
    if (!document.success) continue;
    const { part, sources } = document.data;
    for (const [source, rules] of Object.entries(rulesOf(part))) {
      const rows: unknown = isFields(sources[source]) ? sources[source]['rows'] : undefined;
      for (const row of Array.isArray(rows) ? (rows as unknown[]) : []) {
        if (!isFields(row)) continue;
        for (const [field, rule] of Object.entries(rules)) visit(rule, row[field], row);
      }
    }
  }
}
