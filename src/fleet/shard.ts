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
 * When within its interval a target is polled and saved, milliseconds: each target at a time of its own within the hour, so
 * that the hosts of a fleet are not all read at the same time. With whole seconds, 17 of 250 hosts would answer in the
 * same moment, and the event loop would be blocked until all answers are unpacked.
 */
export const phaseOf = (name: string): number => hashmod(name, 3_600_000);
