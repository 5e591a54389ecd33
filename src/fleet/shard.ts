import { createHash } from 'node:crypto';

/**
 * The hash of Prometheus' relabelling action `hashmod` (model/relabel/relabel.go): the last eight bytes of the MD5 of
 * the text, as a big-endian number, modulo `modulus`.
 */
export function hashmod(text: string, modulus: number): number {
  const digest = createHash('md5').update(text).digest();
  return Number(digest.readBigUInt64BE(8) % BigInt(modulus));
}

/**
 * When within its interval a target is polled, milliseconds: each target at a second of its own, so that the hosts of a
 * fleet are not all read at the same time.
 */
export const phaseOf = (name: string): number => hashmod(name, 3600) * 1000;
