import { isIPv4, isIPv6 } from 'node:net';
import type { Pseudonyms } from './pseudonyms.ts';

export const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const MAC =
  '(?:[0-9a-f]{2}[-:]){5}[0-9a-f]{2}|[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}|(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])';
const IPV4 = '(?<!\\d)(?:\\d{1,3}\\.){3}\\d{1,3}(?!\\d)';
/** Anything with two colons; what is none of IPv6 is left */
const IPV6 = '(?<![0-9a-z:])(?:[0-9a-f]{0,4}:){2,7}(?:(?:\\d{1,3}\\.){3}\\d{1,3}|[0-9a-f]{0,4})(?:%\\w+)?';

/** Shorter names are only taken for names where they stand alone: "a" is in every text. */
const STANDS_OUT = 4;
const inWord = /[\p{L}\p{N}]/u;

const pattern = (source: string) => new RegExp(source, 'giu');
const guids = pattern(GUID);

/** Every GUID of a text replaced, all else left. */
export function replaceGuids(text: string, pseudonyms: Pseudonyms): string {
  return text.replaceAll(guids, (guid) => pseudonyms.guid(guid));
}

/**
 * Replaces known names, in whatever case, and every GUID, MAC and IP address in free text. Made once all names are
 * known. In one pass, so that no pseudonym is taken for a name.
 */
export function createScrub(pseudonyms: Pseudonyms): (text: string) => string {
  const names = pseudonyms.names.toSorted((a, b) => b.length - a.length).map(namePattern);
  const found = pattern(
    [`(${GUID})`, `(${MAC})`, `(${IPV4}|${IPV6})`, ...(names.length === 0 ? [] : [names.join('|')])].join('|'),
  );
  return (text) =>
    text.replaceAll(found, (match: string, guid?: string, mac?: string, ip?: string) => {
      if (guid !== undefined) return pseudonyms.guid(guid);
      if (mac !== undefined) return pseudonyms.mac(mac);
      if (ip !== undefined) return scrubIp(ip, pseudonyms);
      return pseudonyms.name(match);
    });
}

function scrubIp(match: string, pseudonyms: Pseudonyms): string {
  if (isIPv4(match) || isIPv6(match)) return pseudonyms.ip(match);
  // "fe80::1:" in a sentence
  const shorter = match.replace(/:$/, '');
  return isIPv6(shorter) ? `${pseudonyms.ip(shorter)}:` : match;
}

function namePattern(name: string): string {
  const text = name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (sign) => (sign === '-' ? '\\x2d' : `\\${sign}`));
  if (name.length >= STANDS_OUT) return text;
  const before = inWord.test(name[0] ?? '') ? '(?<![\\p{L}\\p{N}])' : '';
  const after = inWord.test(name.at(-1) ?? '') ? '(?![\\p{L}\\p{N}])' : '';
  return `${before}${text}${after}`;
}
