import { EXTERNAL_PORT_MARK } from '../../document/instance-names.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { escapePattern, GUID, replaceId } from './scrub.ts';

/** What must be known of the whole capture before any counter instance can be taken apart. */
export interface Known {
  readonly pseudonyms: Pseudonyms;
  readonly scrub: (text: string) => string;
  /** The same for a text that names nothing of the host */
  readonly scrubFixed: (text: string) => string;
  /** `<VM name>_<vNIC name>` pairs that some row shows, VM first */
  readonly vnics: ReadonlyMap<string, readonly [vm: string, vnic: string]>;
  /** Interface descriptions, also as counter instances spell them */
  readonly descriptions: ReadonlySet<string>;
  /** Tells the parts of a VF's counter instance apart: see vfParts */
  readonly vf: RegExp;
}

const TOTAL = '_Total';
const external = new RegExp(`^(.*?)(_?${EXTERNAL_PORT_MARK})(.*)$`, 's');
const vnicPair = new RegExp(`${GUID}--${GUID}$`, 'i');
const braced = new RegExp(`^\\{?${GUID}\\}?$`, 'i');
const ending = new RegExp(`^(.*?)(_?)(${GUID}--${GUID}|\\{?${GUID}\\}?)$`, 'is');

/** An instance of `Hyper-V Virtual Network Adapter`, or a VmNicID. The names may hold any character: only a pair that is known is split. */
export function vnicInstance(text: string, { pseudonyms, vnics, descriptions }: Known): string {
  if (text === '' || text === TOTAL) return text;
  const [, before = '', mark, after = ''] = external.exec(text) ?? [];
  if (mark !== undefined && !vnicPair.test(text)) {
    const name = descriptions.has(before) ? before : pseudonyms.name(before);
    return `${name}${mark}${braced.test(after) ? replaceId(after, pseudonyms) : pseudonyms.name(after)}`;
  }
  const [, names = text, line = '', guids = ''] = ending.exec(text) ?? [];
  const end = guids === '' ? line : `${line}${replaceId(guids, pseudonyms)}`;
  const pair = vnics.get(names);
  if (pair !== undefined) return `${pair.map((name) => pseudonyms.name(name)).join('_')}${end}`;
  // The external NIC's port may go by the NIC's description
  if (names === '' || descriptions.has(names)) return `${names}${end}`;
  return `${pseudonyms.name(names)}${end}`;
}

/** `<VM name>:Hv VP <n>`, split at the last mark since names may hold it too. */
export function vpInstance(text: string, { pseudonyms }: Known): string {
  if (text === TOTAL) return text;
  const [, name = text, end = ''] = /^(.*)(:Hv VP \d+)$/s.exec(text) ?? [];
  return `${pseudonyms.name(name)}${end}`;
}

/** The VM's name in an instance of the virtual processors */
export const vmOfVp = (text: string): string | undefined => /^(.+):Hv VP \d+$/s.exec(text)?.[1];

/** `Hv LP <n>`, `Root VP <n>`: no name in it, but for forms that are not known. */
export function lpInstance(text: string, { pseudonyms }: Known): string {
  return text === TOTAL || /^(?:Hv|Root) [LV]P \d+$/.test(text) ? text : pseudonyms.name(text);
}

/** The parts of a VF's instance: descriptions and the VF's number stay, connection names and all other words do not. */
export function vfParts(descriptions: ReadonlySet<string>, connections: ReadonlySet<string>): RegExp {
  const oneOf = (texts: ReadonlySet<string>) =>
    [...texts]
      .sort((a, b) => b.length - a.length)
      .map(escapePattern)
      .join('|') || '(?!)';
  const number = '\\b[Vv][Ff][ _#]*\\d{1,5}\\b';
  const sign = '[\\s,#:()[\\]_-]';
  return new RegExp(
    `(?<keep>${oneOf(descriptions)}|${number}|${sign}+)|${oneOf(connections)}|(?:(?!${sign}).)+`,
    'gsu',
  );
}

/** An instance of a vendor's VF counters: the NIC's description or connection name, and the VF's number. */
export function vfInstance(text: string, { pseudonyms, vf }: Known): string {
  if (text === TOTAL) return text;
  return text.replaceAll(vf, (part: string, keep: string | undefined) => keep ?? pseudonyms.name(part));
}

const number = /^[-+]?(?:0x[0-9a-f]+|\d+)$/i;
const guids = new RegExp(`^\\{?${GUID}\\}?(?:--\\{?${GUID}\\}?)?$`, 'i');

/** Whether a value of an event log entry is a name: neither empty, nor a number, nor GUIDs. */
export const isEventName = (text: string): boolean => text !== '' && !number.test(text) && !guids.test(text);

/** A value of an event log entry: a number, one or two GUIDs, or else a name. */
export function eventValue(text: string, { pseudonyms }: Known): string {
  if (isEventName(text)) return pseudonyms.name(text);
  return guids.test(text) ? replaceId(text, pseudonyms) : text;
}
