const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 0xffn;

/**
 * An alert's identity as Prometheus and Alertmanager compute it (LabelSet.Fingerprint): FNV-1a, 64 bits, over names and
 * values in the order of names, each ended by 0xff. Receivers of webhooks tell alerts apart by it.
 */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const eat = (byte: bigint): void => {
    hash = ((hash ^ byte) * PRIME) & MASK;
  };
  const bytes = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  for (const pair of bytes.sort(([one], [other]) => Buffer.compare(one, other))) {
    for (const text of pair) {
      for (const byte of text) eat(BigInt(byte));
      eat(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
