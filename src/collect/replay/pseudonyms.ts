import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** What is replaced, and how the summary calls it. */
export const NAME_KINDS = ['vm', 'vswitch', 'vnic', 'nic', 'team', 'host', 'domain', 'name'] as const;
export type NameKind = (typeof NAME_KINDS)[number];
export type PseudonymKind = NameKind | 'guid' | 'mac' | 'ip';

const NO_MAC = /^(?:0{12}|F{12})$/;
/** Unspecified and loopback addresses name nobody. */
const NOBODY = /^(?:0\.0\.0\.0|127\..*|::1?)$/;
const LINK_LOCAL_4 = /^169\.254\./;
const LINK_LOCAL_6 = /^fe[89ab][0-9a-f]:/i;

/** Names that Windows does not tell apart by case, unlike those of VMs and vSwitches, by which counters are joined. */
const CASELESS: ReadonlySet<NameKind> = new Set(['host', 'domain']);

/**
 * Replaces what identifies a host: the same original always by the same pseudonym, two originals never by the
 * same one. With the same key another capture gets the same pseudonyms; without the key none leads back.
 */
export class Pseudonyms {
  readonly #key: Uint8Array;
  readonly #kinds = new Map<string, NameKind>();
  /** Learnt names as they were given: lower case and back again is not always what it was */
  readonly #spelled = new Set<string>();
  /** Learnt names by their lower case: messages spell them as they like */
  readonly #folded = new Map<string, string>();
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<PseudonymKind, Set<string>>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Makes a name known, so that it is found in free texts. The kind given first in NAME_KINDS marks the pseudonym. */
  learn(kind: NameKind, name: string): void {
    if (name === '') return;
    this.#spelled.add(name);
    const text = CASELESS.has(kind) ? name.toLowerCase() : name;
    const former = this.#kinds.get(text);
    if (former === undefined || NAME_KINDS.indexOf(kind) < NAME_KINDS.indexOf(former)) this.#kinds.set(text, kind);
    if (!this.#folded.has(name.toLowerCase())) this.#folded.set(name.toLowerCase(), text);
  }

  get names(): readonly string[] {
    return [...new Set([...this.#spelled, ...this.#kinds.keys()])];
  }

  /** How many different originals were replaced, by kind */
  counts(): ReadonlyMap<PseudonymKind, number> {
    return new Map([...this.#counts].map(([kind, originals]) => [kind, originals.size]));
  }

  /** A name of any kind: one text has one pseudonym, so that what is joined by name stays joined. */
  name(name: string): string {
    if (name === '') return '';
    const text = this.#kinds.has(name) ? name : (this.#folded.get(name.toLowerCase()) ?? name);
    const kind = this.#kinds.get(text) ?? 'name';
    return this.#unique(kind, text, (hash) => `${kind}-${hash.slice(0, 10)}`);
  }

  /** A GUID, its case and dashes kept; the zero GUID, which means none, stays. */
  guid(guid: string): string {
    const digits = guid.replaceAll('-', '').toLowerCase();
    if (/^0*$/.test(digits)) return guid;
    const made = this.#unique(
      'guid',
      digits,
      (hash) => `${hash.slice(0, 12)}4${hash.slice(13, 16)}8${hash.slice(17, 32)}`,
    );
    const spelled = guid.includes('-') ? made.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : made;
    return guid === guid.toLowerCase() ? spelled : spelled.toUpperCase();
  }

  /** A MAC in any spelling, its separators and case kept. Zero and broadcast stay; a group address stays one. */
  mac(mac: string): string {
    const digits = mac.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
    if (NO_MAC.test(digits)) return mac;
    const group = Number.parseInt(digits.slice(0, 2), 16) % 2 === 1;
    // Network Load Balancing shares its addresses on purpose, which its first bytes tell.
    const start = /^0[23]BF/.test(digits) ? digits.slice(0, 4) : group ? '07' : '06';
    const made = this.#unique('mac', digits, (hash) => `${start}${hash.slice(0, 12 - start.length).toUpperCase()}`);
    let at = 0;
    const spelled = mac.replaceAll(/[0-9a-f]/gi, () => made[at++] ?? '');
    return /[a-f]/.test(mac) ? spelled.toLowerCase() : spelled;
  }

  /** An IPv4 or IPv6 address by one of a range that no network uses; link-local stays link-local. */
  ip(ip: string): string {
    const text = canonicalIp(ip.toLowerCase().replace(/%.*$/, ''));
    if (NOBODY.test(text)) return ip;
    const byte = (hash: string, at: number) => Number.parseInt(hash.slice(at * 2, at * 2 + 2), 16);
    return this.#unique('ip', text, (hash) => {
      const tail = [0, 1, 2, 3].map((group) => hash.slice(group * 4, group * 4 + 4)).join(':');
      if (LINK_LOCAL_6.test(text)) return `fe80::${tail}`;
      if (isIPv6(text)) return `2001:db8:${hash.slice(16, 20)}:${hash.slice(20, 24)}:${tail}`;
      if (LINK_LOCAL_4.test(text)) return `169.254.${byte(hash, 0)}.${byte(hash, 1)}`;
      return `${240 + (byte(hash, 0) % 15)}.${byte(hash, 1)}.${byte(hash, 2)}.${byte(hash, 3)}`;
    });
  }

  #unique(kind: PseudonymKind, original: string, make: (hash: string) => string): string {
    const space = kind === 'guid' || kind === 'mac' || kind === 'ip' ? kind : 'name';
    const entry = `${space}\n${original}`;
    const originals = this.#counts.get(kind) ?? new Set();
    this.#counts.set(kind, originals.add(original));
    const former = this.#given.get(entry);
    if (former !== undefined) return former;
    for (let attempt = 0; ; attempt += 1) {
      const made = make(createHmac('sha256', this.#key).update(`${entry}\n${attempt}`).digest('hex'));
      if (this.#taken.has(made)) continue;
      this.#taken.add(made);
      this.#given.set(entry, made);
      return made;
    }
  }
}

/** `2001:DB8:0:0::1` and `2001:db8::1` are one address. */
const canonicalIp = (ip: string): string => (isIPv6(ip) ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip);
