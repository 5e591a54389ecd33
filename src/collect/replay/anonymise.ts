import { isIP } from 'node:net';
import { counterSets } from '../../document/activity.ts';
import { rawDocument, SOURCE_STATUS } from '../../document/document.ts';
import type { Capture } from './capture-file.ts';
import { type Known, lpInstance, vfInstance, vmOfVp, vnicInstance, vpInstance } from './instances.ts';
import { NAME_KINDS, type NameKind, type PseudonymKind, Pseudonyms } from './pseudonyms.ts';
import { type Rule, RULES } from './rules.ts';
import { createScrub, GUID, replaceGuids } from './scrub.ts';

export interface Anonymised {
  readonly capture: Capture;
  /** How many different originals were replaced, by kind */
  readonly replaced: ReadonlyMap<PseudonymKind, number>;
  /** Fields, rows' sources and documents that the agent does not know, by path: they might hold anything, so none is left in */
  readonly dropped: ReadonlyMap<string, number>;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNameKind = (rule: Rule): rule is NameKind => (NAME_KINDS as readonly Rule[]).includes(rule);
const rulesOf = (part: keyof typeof RULES): Readonly<Record<string, Readonly<Record<string, Rule>>>> => RULES[part];

/** Names of the counters that are kept, each with its base. */
const COUNTERS = new Set(
  Object.values(counterSets).flatMap(({ counters }) => Object.keys(counters).flatMap((name) => [name, `${name} Base`])),
);

/**
 * A capture in which names of VMs, hosts, vSwitches, vNICs, teams and NIC connections, GUIDs, MACs and IP addresses are
 * replaced, everywhere by the same, so that every join holds. What is measured, enumerations, and descriptions of
 * hardware stay. What no rule speaks of is left out. Pure.
 *
 * @param key the same one gives another capture the same pseudonyms
 */
export function anonymise(capture: Capture, key: Uint8Array): Anonymised {
  const pseudonyms = new Pseudonyms(key);
  const known = learn(capture, pseudonyms);
  const dropped = new Map<string, number>();
  const drop = (path: string) => void dropped.set(path, (dropped.get(path) ?? 0) + 1);
  const documents = capture.documents.flatMap((recorded) => {
    const document = anonymousDocument(recorded.document, known, drop);
    return document === undefined ? [] : [{ ...recorded, document }];
  });
  return { capture: { ...capture, documents }, replaced: pseudonyms.counts(), dropped };
}

/** First all names: a free text may hold one that only a later document tells. */
function learn(capture: Capture, pseudonyms: Pseudonyms): Known {
  const vnics = new Map<string, readonly [string, string]>();
  const descriptions = new Set<string>();
  const learnHost = (text: string) => {
    const [host = '', ...domain] = text.split('.');
    pseudonyms.learn('host', host);
    pseudonyms.learn('domain', domain.join('.'));
  };
  forEachField(capture, (rule, value, row) => {
    for (const text of [value].flat()) {
      if (typeof text !== 'string' || text === '_Total') continue;
      if (rule === 'host') learnHost(text);
      else if (isNameKind(rule)) pseudonyms.learn(rule, text);
      else if (rule === 'vp_instance') pseudonyms.learn('vm', vmOfVp(text) ?? '');
      else if (rule === 'description') {
        descriptions.add(text).add(text.replaceAll('(', '[').replaceAll(')', ']').replaceAll('#', '_'));
      }
    }
    const { vmName, name } = row;
    if (rule === 'vnic' && typeof vmName === 'string' && typeof name === 'string') {
      vnics.set(`${vmName}_${name}`, [vmName, name]);
    }
  });
  descriptions.delete('');
  return {
    pseudonyms,
    scrub: createScrub(pseudonyms),
    vnics,
    descriptions: [...descriptions].sort((a, b) => b.length - a.length),
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

function anonymousDocument(raw: unknown, known: Known, drop: (path: string) => void): unknown {
  const document = rawDocument.safeParse(raw);
  if (!document.success) {
    drop('document');
    return undefined;
  }
  const { part, sources, ...envelope } = document.data;
  const rules = rulesOf(part);
  const kept: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(sources)) {
    const its = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (its === undefined || !isFields(source)) drop(`${part}.?`);
    else kept[name] = anonymousSource(source, its, known, (path) => drop(`${part}.${name}.${path}`));
  }
  return { ...envelope, part, sources: kept };
}

function anonymousSource(
  source: Fields,
  rules: Readonly<Record<string, Rule>>,
  known: Known,
  drop: (path: string) => void,
): unknown {
  const { status, takenAt, durationMs, rows, errors, types } = source;
  const plain = (value: unknown) => anonymousValue('value', value, known);
  const row = (value: unknown) => {
    // A bad row stays a bad row
    if (!isFields(value)) return null;
    const kept: Record<string, unknown> = {};
    for (const [field, of] of Object.entries(value)) {
      const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
      if (rule === undefined) drop('?');
      else kept[field] = anonymousValue(rule, of, known);
    }
    return kept;
  };
  return {
    status: SOURCE_STATUS.find((word) => word === status) ?? null,
    takenAt: plain(takenAt),
    ...(durationMs !== undefined && { durationMs: plain(durationMs) }),
    ...(Array.isArray(rows) && { rows: (rows as unknown[]).map(row) }),
    ...(errors !== undefined && { errors: anonymousValue('text', errors, known) }),
    ...(types !== undefined && { types: anonymousValue('counters', types, known) }),
  };
}

function anonymousValue(rule: Rule, value: unknown, known: Known): unknown {
  if (typeof value === 'string') return anonymousText(rule, value, known);
  if (Array.isArray(value))
    return value.map((item: unknown) => (Array.isArray(item) ? null : anonymousValue(rule, item, known)));
  if (!isFields(value)) return value;
  if (rule !== 'counters') return null;
  const kept = Object.entries(value).filter(([name]) => COUNTERS.has(name));
  return Object.fromEntries(kept.map(([name, of]) => [name, isFields(of) ? null : anonymousValue('value', of, known)]));
}

const id = new RegExp(`^(?:Microsoft:)?[{(]?${GUID}[)}]?(?:(?:\\|--)${GUID})*$`, 'i');
const bareMac = /^(?:[0-9a-f]{2}[-:. ]?){5}[0-9a-f]{2}$/i;

function anonymousText(rule: Rule, text: string, known: Known): string {
  const { pseudonyms, scrub } = known;
  if (text === '' || (text === '_Total' && rule === 'vswitch')) return text;
  switch (rule) {
    case 'product':
    case 'description':
      return text;
    case 'value':
      return /^-?\d{1,20}$/.test(text) ? text : scrub(text);
    case 'text':
    case 'counters':
      return scrub(text);
    case 'id':
      return id.test(text) ? replaceGuids(text, pseudonyms) : pseudonyms.name(text);
    case 'mac':
      return bareMac.test(text) ? pseudonyms.mac(text) : scrub(text);
    case 'ip':
      return isIP(text.replace(/%.*$/, '')) > 0 ? pseudonyms.ip(text) : scrub(text);
    case 'host': {
      const [host = '', ...domain] = text.split('.');
      const rest = domain.join('.');
      return rest === '' ? pseudonyms.name(host) : `${pseudonyms.name(host)}.${pseudonyms.name(rest)}`;
    }
    case 'vnic_instance':
      return vnicInstance(text, known);
    case 'vp_instance':
      return vpInstance(text, known);
    case 'lp_instance':
      return lpInstance(text, known);
    case 'vf_instance':
      return vfInstance(text, known);
    case 'vm':
    case 'vswitch':
    case 'vnic':
    case 'nic':
    case 'team':
    case 'domain':
    case 'name':
      return pseudonyms.name(text);
    default:
      return rule satisfies never;
  }
}
