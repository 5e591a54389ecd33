/**
 * The result of a condition: true, false, or undefined if a value that it needs was not read. A finding needs `true`, so
 * a missing value never causes one.
 */
export type Tristate = boolean | undefined;

/** Applies a condition to a value; undefined if the value was not read. */
export const when = <T>(value: T | undefined, holds: (value: T) => Tristate): Tristate =>
  value === undefined ? undefined : holds(value);

/** False if any is false, otherwise undefined if any is undefined, otherwise true. */
export function all(...conditions: readonly Tristate[]): Tristate {
  if (conditions.includes(false)) return false;
  return conditions.includes(undefined) ? undefined : true;
}

/** True if any is true, otherwise undefined if any is undefined, otherwise false. */
export function any(...conditions: readonly Tristate[]): Tristate {
  if (conditions.includes(true)) return true;
  return conditions.includes(undefined) ? undefined : false;
}

/** The opposite; undefined stays undefined. */
export const not = (condition: Tristate): Tristate => (condition === undefined ? undefined : !condition);
