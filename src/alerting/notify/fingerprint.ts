const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 0xffn;

/**
 * The identity of an alert as Prometheus and Alertmanager compute it (LabelSet.Fingerprint): 64-bit FNV-1a over the names
 * and values in the order of names, each followed by 0xff. Receivers of webhooks use it to distinguish alerts.
 * @returns 16 hexadecimal digits
 */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const addByte = (byte: bigint): void => {
    hash = ((hash ^ byte) * PRIME) & MASK;
  };
  const bytes = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  for (const pair of bytes.sort(([one], [other]) => Buffer.compare(one, other))) {
    for (const text of pair) {
      for (const byte of text) addByte(BigInt(byte));
      addByte(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
