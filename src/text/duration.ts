/** Units of a duration in Prometheus, in milliseconds, in the order that Prometheus requires. */
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
 * Parses a duration in Prometheus' form (`15s`, `1h30m`, `0`): each unit at most once, longest first.
 * @returns milliseconds; undefined if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const amounts = text === '' ? undefined : DURATION.exec(text)?.slice(1);
  return amounts?.reduce((total, amount, index) => total + Number(amount ?? 0) * (UNITS[index]?.[1] ?? 0), 0);
}

/** Formats whole seconds as a duration of Prometheus, in the largest unit up to hours without a remainder: `90s`, `10m`, `1h`. */
export function formatDuration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
