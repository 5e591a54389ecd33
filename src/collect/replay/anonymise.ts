import { isIP } from 'node:net';
import { rawDocument, SOURCE_STATUS } from '../../document/document.ts';
import { counterSets } from '../../document/queries/index.ts';
import type { Capture } from './capture-file.ts';
import { eventValue, type Known, lpInstance, vfInstance, vnicInstance, vpInstance } from './instances.ts';
import { learn } from './learn.ts';
import { type PseudonymKind, Pseudonyms } from './pseudonyms.ts';
import { type Fields, isFields, type Rule, rulesOf } from './rules.ts';
import { replaceId } from './scrub.ts';

export interface Anonymised {
  readonly capture: Capture;
  /** How many different originals were replaced, by kind */
  readonly replaced: ReadonlyMap<PseudonymKind, number>;
  /** Fields, rows' sources and documents that the agent does not know, by path: they might hold anything, so none is left in */
  readonly dropped: ReadonlyMap<string, number>;
  /** The rest of Windows' own messages, each once. One may contain a name that no row declares and no pattern finds */
  readonly texts: ReadonlySet<string>;
}

/** Names of the counters that are kept, each with its base. */
const COUNTERS = new Set(
  [...counterSets.values()].flatMap(({ counters }) => Object.keys(counters).flatMap((name) => [name, `${name} Base`])),
);

/**
 * A capture in which names of VMs, hosts, vSwitches, vNICs, teams and NIC connections, GUIDs, MACs and IP addresses are
 * replaced, everywhere by the same, so that every join holds. What is measured, enumerations, and descriptions of
 * hardware stay. Fields without a rule are left out. Pure.
 *
 * @param key the same one gives another capture the same pseudonyms
 * @param keep phrases that stay in texts of a fixed wording, by which a diagnosis knows them
 */
export function anonymise(capture: Capture, key: Uint8Array, keep: readonly string[] = []): Anonymised {
  const pseudonyms = new Pseudonyms(key);
  const learnt = learn(capture, pseudonyms, keep);
  const texts = new Set<string>();
  const shown = (scrub: Known['scrub']) => (text: string) => {
    const scrubbed = scrub(text);
    texts.add(scrubbed);
    return scrubbed;
  };
  const known = { ...learnt, scrub: shown(learnt.scrub), scrubFixed: shown(learnt.scrubFixed) };
  const dropped = new Map<string, number>();
  const drop = (path: string) => void dropped.set(path, (dropped.get(path) ?? 0) + 1);
  const documents = capture.documents.flatMap((recorded) => {
    const document = anonymousDocument(recorded.document, known, drop);
    return document === undefined ? [] : [{ ...recorded, document }];
  });
  return { capture: { ...capture, documents }, replaced: pseudonyms.counts(), dropped, texts };
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
    const rulesOfSource = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rulesOfSource === undefined || !isFields(source)) drop(`${part}.?`);
    else kept[name] = anonymousSource(source, rulesOfSource, known, (path) => drop(`${part}.${name}.${path}`));
  }
  const { schema, takenAt, module, powershell, child } = envelope;
  return {
    schema,
    part,
    takenAt,
    ...(word(module) && { module }),
    ...(powershell !== undefined && Object.values(powershell).every(word) && { powershell }),
    ...(child !== undefined && { child }),
    sources: kept,
  };
}

/** A version, an edition, a culture: nothing else belongs there. */
const word = (text: string | undefined): boolean => text !== undefined && /^[\w.+-]{1,40}$/.test(text);

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
    for (const [field, read] of Object.entries(value)) {
      const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
      if (rule === undefined) drop('?');
      else kept[field] = anonymousValue(rule, read, known);
    }
    return kept;
  };
  return {
    status: SOURCE_STATUS.find((each) => each === status) ?? null,
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
  // A number where a name should be is no use to anybody, and might be one.
  if (!isFields(value)) return rule === 'value' || rule === 'product' || value === undefined ? value : null;
  if (rule !== 'counters') return null;
  const kept = Object.entries(value).filter(([name]) => COUNTERS.has(name));
  return Object.fromEntries(kept.map(([name, of]) => [name, isFields(of) ? null : anonymousValue('value', of, known)]));
}

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
    case 'fixed_text':
      return known.scrubFixed(text);
    case 'text':
    case 'counters':
      return scrub(text);
    case 'id':
      return replaceId(text, pseudonyms);
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
    case 'event_value':
      return eventValue(text, known);
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
