/**
 * What a condition says: it holds, it does not, or a value that it rests on was not read. Only `true` makes a
 * finding, and no missing value can make one: each helper answers `undefined` rather than guess.
 */
export type Verdict = boolean | undefined;

/** Asks a value that may not have been read. */
export const when = <T>(value: T | undefined, holds: (value: T) => Verdict): Verdict =>
  value === undefined ? undefined : holds(value);

/** All hold; one that is known not to settles it, whatever could not be read. */
export function all(...verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

/** One holds; one that is known to settles it. */
export function any(...verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}

export const not = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);
