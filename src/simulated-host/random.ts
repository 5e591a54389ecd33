/**
 * Chance without a state: the same keys give the same number, always. FNV-1a over the keys, then the finaliser of
 * MurmurHash3 (public domain), which spreads near keys over the whole range.
 */
function hash(...keys: readonly (string | number)[]): number {
  let value = 0x811c9dc5;
  for (const character of keys.join('\n')) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A number in [0, 1). */
export function unit(...keys: readonly (string | number)[]): number {
  return hash(...keys) / 2 ** 32;
}

/** A number in [from, to). */
export function between(from: number, to: number, ...keys: readonly (string | number)[]): number {
  return from + (to - from) * unit(...keys);
}

/** A version 4 GUID, lower case without braces. */
export function guidOf(...keys: readonly (string | number)[]): string {
  const digits = [0, 1, 2, 3]
    .map((part) =>
      hash(part, ...keys)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
