const MEGABYTE = 1_000_000;

/** What the process holds at one moment, after a forced garbage collection, and the event loop's delay since the last. */
export interface Held {
  readonly hours: number;
  readonly residentBytes: number;
  /** The heap without what V8 compiles */
  readonly dataBytes: number;
  /** Bytecode and machine code on the heap: grows for hours, as more functions become hot, and shrinks as they are not used */
  readonly codeBytes: number;
  readonly descriptors: number;
  readonly children: number;
  readonly lagP99Ms: number;
}

/** How much each may grow from the first hours to the last, bytes; all of `code`. */
export interface Allowed {
  readonly data: number;
  readonly code: number;
  readonly resident: number;
  readonly descriptors: number;
  readonly children: number;
  readonly lagMs: number;
}

/**
 * In a whole day. Data of 1 kB that each poll leaves behind are 5 MB. What is resident depends on when V8 and the
 * allocator give pages back; code is compiled as long as there are functions that become hot.
 */
export const ALLOWED: Allowed = {
  data: MEGABYTE,
  code: 16 * MEGABYTE,
  resident: 10 * MEGABYTE,
  descriptors: 2,
  children: 0,
  lagMs: 50,
};
/** A short run has not settled, and runs on busy machines. */
export const ALLOWED_QUICK: Allowed = {
  data: 10 * MEGABYTE,
  code: 16 * MEGABYTE,
  resident: 80 * MEGABYTE,
  descriptors: 2,
  children: 0,
  lagMs: 10_000,
};

const MIN_READINGS = 8;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The least of each hour: what is resident after a collection depends on what V8 and the allocator keep for themselves. */
function hourlyLeast(held: readonly Held[]): readonly number[] {
  const hours = new Map<number, number>();
  for (const { hours: at, residentBytes } of held) {
    const hour = Math.floor(at);
    hours.set(hour, Math.min(hours.get(hour) ?? residentBytes, residentBytes));
  }
  return [...hours.values()];
}

/** What grew more than it may from the first quarter of the readings, without the first one, to the last. */
export function growth(held: readonly Held[], allowed: Allowed): readonly string[] {
  if (held.length < MIN_READINGS) return [`${held.length} readings are too few`];
  const quarter = Math.floor(held.length / 4);
  const [first, last] = [held.slice(1, 1 + quarter), held.slice(-quarter)];
  const grew = (what: string, of: (part: readonly Held[]) => number, most: number): readonly string[] => {
    const [from, to] = [of(first), of(last)];
    return to - from <= most ? [] : [`${what} grew from ${shown(from)} to ${shown(to)}`];
  };
  const typical = (of: (each: Held) => number) => (part: readonly Held[]) => median(part.map(of));
  const code = typical(({ codeBytes }) => codeBytes)(last);
  return [
    ...grew(
      'the data on the heap',
      typical(({ dataBytes }) => dataBytes),
      allowed.data,
    ),
    ...(code <= allowed.code ? [] : [`compiled code takes ${shown(code)}`]),
    ...grew('resident memory', (part) => median(hourlyLeast(part)), allowed.resident),
    ...grew(
      'the number of file descriptors',
      typical(({ descriptors }) => descriptors),
      allowed.descriptors,
    ),
    ...grew(
      'the number of child processes',
      typical(({ children }) => children),
      allowed.children,
    ),
    ...grew(
      'the delay of the event loop (p99, ms)',
      typical(({ lagP99Ms }) => lagP99Ms),
      allowed.lagMs,
    ),
  ];
}

const shown = (value: number): string => (value >= MEGABYTE ? `${(value / MEGABYTE).toFixed(1)} MB` : value.toFixed(1));
