/** Bytes per second as a bit rate: `1.2 Gbit/s`. */
export function bitRate(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  const [unit, size] =
    bits >= 999.5e6
      ? (['Gbit/s', 1e9] as const)
      : bits >= 999.5e3
        ? (['Mbit/s', 1e6] as const)
        : (['kbit/s', 1e3] as const);
  const value = bits / size;
  return `${value >= 9.95 ? Math.round(value) : oneDigit(value)} ${unit}`;
}

/** A number of busy processors: `1.4`, `0.03`. */
export const busy = (processors: number): string =>
  processors < 0.1 ? String(Math.round(processors * 100) / 100) : oneDigit(processors);

/** `37 %` of a share from 0 to 1. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;
const oneDigit = (value: number): string => String(Math.round(value * 10) / 10);
