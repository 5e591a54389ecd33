/**
 * Pseudo-random numbers that depend on their keys alone, so that a case of a fuzz run can be made again by itself. State
 * and output function of mulberry32 (public domain); the seed is the FNV-1a hash of the keys.
 */
export class Random {
  #seed = 0x811c9dc5;

  constructor(...keys: readonly (string | number)[]) {
    for (const character of keys.join('\n'))
      this.#seed = Math.imul(this.#seed ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }

  /** An integer of 32 bits, unsigned */
  next(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 0;
  }

  /** An integer from 0 to `limit` - 1 */
  below(limit: number): number {
    return this.next() % Math.max(1, limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  /** @throws RangeError if the list is empty */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[this.below(list.length)] as T;
  }
}
