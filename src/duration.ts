/** Units of Prometheus' durations, longest first: the order in which they may stand. */
const UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const DURATION = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d{1,9})${unit})?`).join('')}$`);

/**
 * Milliseconds of a duration in the form that Prometheus reads (`15s`, `1h30m`, `0`): each unit at most once, longest
 * first. Undefined where the text is none.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const amounts = text === '' ? undefined : DURATION.exec(text)?.slice(1);
  return amounts?.reduce((total, amount, index) => total + Number(amount ?? 0) * (UNITS[index]?.[1] ?? 0), 0);
}
