import type { LooseDocument, LooseRow } from './documents.ts';

/** What must not be left of a host. */
export interface Originals {
  readonly names: ReadonlySet<string>;
  /** 32 digits, lower case */
  readonly guids: ReadonlySet<string>;
  /** 12 digits, lower case */
  readonly macs: ReadonlySet<string>;
  readonly ips: ReadonlySet<string>;
}

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const NOBODY_GUID = /^0+$/;

/** Every text of a document with the way to it, keys included, in an order that does not depend on that of keys. */
export function* texts(value: unknown, path: readonly string[] = []): Generator<readonly [string, readonly string[]]> {
  if (typeof value === 'string') yield [value, path];
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield [key, path];
      yield* texts(inner, [...path, key]);
    }
}

/** A copy with every text changed by a function. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)])) as T;
}

/** The demo's names, where each may stand: whole, or within a counter instance or a message. */
function demoNames(documents: readonly LooseDocument[]): {
  within: readonly string[];
  whole: readonly string[];
  hosts: readonly string[];
} {
  const of = (source: string, field: string) =>
    documents.flatMap(({ sources }) =>
      (sources[source]?.rows ?? []).flatMap((row: LooseRow) => (typeof row[field] === 'string' ? [row[field]] : [])),
    );
  const hosts = [
    ...of('vm_host', 'name'),
    ...of('vm_host', 'fullyQualifiedDomainName').map((name) => name.split('.')[0]!),
  ];
  return {
    within: [
      ...new Set([
        ...of('vm', 'name'),
        ...of('vm_network_adapter', 'vmName'),
        ...of('vm_switch', 'name'),
        ...hosts,
        'example.com',
      ]),
    ].filter((name) => name !== ''),
    whole: [...new Set([...of('net_adapter', 'name'), ...of('vm_network_adapter', 'name')])],
    hosts,
  };
}

/**
 * A demo host as another site's: every name changed to one of `names`, each GUID to upper case or braces as `pick`
 * says, and messages added that hold names, GUIDs, MACs and IP addresses in every spelling.
 */
export function disguise(
  documents: readonly LooseDocument[],
  names: readonly string[],
  pick: (choices: number) => number,
): { readonly documents: readonly LooseDocument[]; readonly originals: Originals } {
  const { within, whole, hosts } = demoNames(documents);
  // A host's name has no dot: what comes after the first is its domain.
  const given = (name: string, i: number) => {
    const made = names[i % names.length]! + String(i);
    return hosts.includes(name) ? made.replaceAll('.', '-') : made;
  };
  const to = new Map([...within, ...whole].map((name, i) => [name, given(name, i)]));
  const parts = new RegExp(
    [...within]
      .sort((a, b) => b.length - a.length)
      .map((name) => name.replaceAll(/[.()]/g, '\\$&'))
      .join('|'),
    'g',
  );
  const renamed = mapTexts(documents, (text) => {
    const changed = whole.includes(text) ? to.get(text)! : text.replaceAll(parts, (name) => to.get(name)!);
    return changed
      .replace(/_Network Adapter_/, `_${to.get('Network Adapter') ?? 'Network Adapter'}_`)
      .replaceAll(GUID, (guid) => (pick(2) === 0 ? guid : guid.toUpperCase()));
  });

  const originals = {
    names: new Set(to.values()),
    guids: new Set<string>(),
    macs: new Set<string>(),
    ips: new Set<string>(),
  };
  for (const [text, path] of texts(renamed)) {
    for (const guid of text.match(GUID) ?? []) originals.guids.add(guid.replaceAll('-', '').toLowerCase());
    const field = path.find((key) => /mac/i.test(key));
    const digits = text.replaceAll(/[-:]/g, '').toLowerCase();
    if (field !== undefined && /^[0-9a-f]{12}$/.test(digits)) originals.macs.add(digits);
    if (path.includes('ipAddresses') && /[.:]/.test(text)) originals.ips.add(text);
  }
  for (const guid of originals.guids) if (NOBODY_GUID.test(guid)) originals.guids.delete(guid);
  for (const mac of originals.macs) if (NOBODY_GUID.test(mac)) originals.macs.delete(mac);
  for (const ip of originals.ips) if (/^(?:fe80|169\.254|127\.|::1$)/.test(ip)) originals.ips.delete(ip);

  const one = (from: ReadonlySet<string>) => [...from][pick(from.size)] ?? 'none';
  const anyCase = (text: string) => [text, text.toUpperCase(), text.toLowerCase()][pick(3)]!;
  const guid = () => {
    const digits = one(originals.guids);
    const dashed = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return anyCase([digits, dashed, `{${dashed}}`, `Microsoft:${dashed}\\${dashed}`, `${dashed}--${dashed}`][pick(5)]!);
  };
  const mac = () => anyCase(one(originals.macs).replaceAll(/..(?!$)/g, `$&${['', '-', ':', ' '][pick(4)]}`));
  const name = () => anyCase(one(originals.names));
  const message = () =>
    [
      `Fehler bei ${name()}: ${guid()} (${mac()}), ${one(originals.ips)}.`,
      `'${name()}' failed to start. (Virtual machine ID ${guid()})`,
      `${name()}_${name()}_${guid()} hat ${one(originals.ips)}/24 und [${one(originals.ips)}]:443`,
      `\\\\${name()}\\share\\${name()}.vhdx ist nicht da; DOMAIN\\${name()}`,
      `"${guid()}" ${mac()},${mac()}`,
    ][pick(5)]!;
  for (const { sources } of renamed)
    for (const source of Object.values(sources))
      if (pick(3) === 0) source.errors = [...(source.errors ?? []), message(), message()];
  return { documents: renamed, originals };
}
