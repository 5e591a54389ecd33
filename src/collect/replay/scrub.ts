import { isIPv6 } from 'node:net';
import type { Pseudonyms } from './pseudonyms.ts';

const HEX = '[0-9a-f]';
/** Pattern of a GUID. */
export const GUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
const alone = (pattern: string) => `(?<!${HEX})(?:${pattern})(?!${HEX})`;
const GUID_ANY = `${GUID}|${alone(`${HEX}{32}`)}`;
const MAC = [
  `${HEX}{2}(?<separator>[-:_ ])(?:${HEX}{2}\\k<separator>){4}${HEX}{2}`,
  `${HEX}{4}\\.${HEX}{4}\\.${HEX}{4}`,
  `${HEX}{12}`,
]
  .map(alone)
  .join('|');
const IPV4 = '(?<!\\d)(?:\\d{1,3}\\.){3}\\d{1,3}(?!\\d)';
/** Anything with two colons; what is none of IPv6 is left */
const IPV6 = `(?<![0-9a-z:])(?:${HEX}{0,4}:){2,7}(?:(?:\\d{1,3}\\.){3}\\d{1,3}|${HEX}{0,4})(?:%\\w+)?`;

/** An opening quote is not inside a word, so that an apostrophe is none. */
const QUOTED = [
  ["'", "'"],
  ['"', '"'],
  ['\u2018', '\u2019'],
  ['\u201a', '[\u2018\u2019]'],
  ['\u201c', '\u201d'],
  ['\u201e', '[\u201c\u201d]'],
  ['\u00ab', '\u00bb'],
  ['\u300c', '\u300d'],
]
  .map(([open, close]) => `(?<![\\p{L}\\p{N}])${open}(?<q>[^\\n]{1,300}?)${close}(?![\\p{L}\\p{N}])`)
  .map((pattern, i) => pattern.replace('<q>', `<quoted${i}>`));
/** `DOMAIN\user`, a UNC path, a file's path */
const PATH = '(?:(?<![^\\s\'"])[^\\s\'"\\\\]*)?\\\\[^\\s\'"]*';
/** `fileserver.corp.example` */
const DOTTED = '(?<![\\p{L}\\p{N}_.-])[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)+';

/** Words that do not identify a host: commands, .NET types, WMI namespaces, versions, files of Windows. */
const OF_WINDOWS =
  /^(?:[A-Za-z]{2,12}-(?:VM|Net|Cim|HyperV|ItemProperty|Process|Service)[A-Za-z]*|(?:System|Microsoft)\.[A-Za-z.]+|root[\\/][A-Za-z0-9\\/]+|[\d.]+|[a-z0-9_-]+\.(?:exe|dll|sys|ps[md]?1))$/i;

/** What may stand between the GUIDs of an id: `Microsoft:<VM GUID>\\<vNIC GUID>\\C\\<feature>` */
const BETWEEN_GUIDS = /^(?:Microsoft:)?(?:[\\{}()-]|\b[CD]\b)*$/i;

/** Shorter names are only taken for names where they stand alone: "a" is in every text. */
const STANDS_OUT = 4;
const inWord = /[\p{L}\p{N}]/u;

/** Windows' and the document's own limit for a text; what is longer is no message. */
const LONGEST_TEXT = 4096;

const pattern = (source: string) => new RegExp(source, 'giu');
const guids = pattern(`(${GUID})`);

/** An id made of GUIDs, which all joins read out of it; one without any is a name. */
export function replaceId(text: string, pseudonyms: Pseudonyms): string {
  const parts = text.split(guids);
  if (parts.length === 1) return pseudonyms.name(text.toLowerCase());
  return parts
    .map((part, i) => (i % 2 === 1 ? pseudonyms.guid(part) : BETWEEN_GUIDS.test(part) ? part : pseudonyms.name(part)))
    .join('');
}

/**
 * Makes a function for free text: known names in whatever case, GUIDs, MACs and IP addresses are replaced, and what
 * looks like a name that is in no row: quoted parts, accounts, paths, names with dots. Made once all names are known.
 * In one pass, so that no pseudonym is taken for a name.
 *
 * @param fixed Given for texts of a fixed wording, which name nothing of the host and may quote registry keys and
 *   values: what only looks like a name stays, and so do these phrases, though a name be in them. By them a diagnosis
 *   knows such a text.
 */
export function createScrub(pseudonyms: Pseudonyms, fixed?: readonly string[]): (text: string) => string {
  const names = [...new Set(pseudonyms.names.flatMap(spellings))].sort((a, b) => b.length - a.length);
  const found = pattern(
    [
      ...(fixed === undefined || fixed.length === 0 ? [] : [`(?<keep>${fixed.map(escapePattern).join('|')})`]),
      `(?<guid>${GUID_ANY})`,
      `(?<mac>${MAC})`,
      `(?<ip>${IPV4}|${IPV6})`,
      ...(names.length === 0 ? [] : [`(?<name>${names.map(namePattern).join('|')})`]),
      ...(fixed !== undefined ? [] : [...QUOTED, `(?<path>${PATH})`, `(?<dotted>${DOTTED})`]),
    ].join('|'),
  );
  const replace = (match: string, groups: Readonly<Record<string, string | undefined>>): string => {
    if (groups['keep'] !== undefined) return match;
    if (groups['guid'] !== undefined) return pseudonyms.guid(match);
    if (groups['mac'] !== undefined) return pseudonyms.mac(match);
    if (groups['ip'] !== undefined) return scrubIp(match, pseudonyms);
    if (groups['name'] !== undefined) return pseudonyms.name(match);
    const quoted = Object.entries(groups).find(
      ([group, text]) => group.startsWith('quoted') && text !== undefined,
    )?.[1];
    const inner = quoted ?? match;
    const made = OF_WINDOWS.test(inner)
      ? inner
      : inner.search(guids) >= 0
        ? replaceId(inner, pseudonyms)
        : pseudonyms.name(inner);
    return quoted === undefined ? made : match.slice(0, 1) + made + match.slice(-1);
  };
  return (text) =>
    text
      .slice(0, LONGEST_TEXT)
      .replaceAll(found, (match: string, ...rest: unknown[]) =>
        replace(match, rest.at(-1) as Readonly<Record<string, string | undefined>>),
      );
}

function scrubIp(match: string, pseudonyms: Pseudonyms): string {
  if (/^[\d.]+$/.test(match)) {
    const bytes = match.split('.').map(Number);
    return bytes.every((byte) => byte <= 255) ? pseudonyms.ip(bytes.join('.')) : match;
  }
  if (isIPv6(match)) return pseudonyms.ip(match);
  // "fe80::1:" in a sentence
  const shorter = match.replace(/:$/, '');
  return isIPv6(shorter) ? `${pseudonyms.ip(shorter)}:` : match;
}

/** A name as a message may write it: other case ("ß" is "SS" then), other composition of accents. */
function spellings(name: string): readonly string[] {
  // oxlint-disable-next-line no-control-regex -- ASCII needs none of this
  if (/^[\u0000-\u007f]*$/.test(name)) return [name];
  return [name, name.toUpperCase(), name.toLowerCase()].flatMap((text) => [
    text,
    text.normalize('NFC'),
    text.normalize('NFD'),
  ]);
}

/** A text as a part of a regular expression that finds it. */
export const escapePattern = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (sign) => (sign === '-' ? '\\x2d' : `\\${sign}`));

function namePattern(name: string): string {
  const text = escapePattern(name);
  if (name.length >= STANDS_OUT) return text;
  const before = inWord.test(name[0] ?? '') ? '(?<![\\p{L}\\p{N}])' : '';
  const after = inWord.test(name.at(-1) ?? '') ? '(?![\\p{L}\\p{N}])' : '';
  return `${before}${text}${after}`;
}
