const MEGABYTE = 1_000_000;

/**
 * What the process holds at one moment, after a forced garbage collection and after the allocator has given back the pages
 * that hold nothing, and the event loop's delay since the last reading.
 */
export interface Held {
  readonly hours: number;
  readonly residentBytes: number;
  /** What is allocated outside V8's heap */
  readonly nativeBytes: number;
  /** V8's heap. It grows for hours with what V8 compiles, so that data are compared in heap snapshots: see heap.ts */
  readonly heapBytes: number;
  /** Bytecode and machine code on the heap, without what belongs to it: grows as more functions become hot */
  readonly codeBytes: number;
  readonly descriptors: number;
  readonly children: number;
  readonly delayP99Ms: number;
}

/** How much each may grow from the first hours to the last, bytes; all of `code`. */
interface Allowed {
  readonly native: number;
  readonly code: number;
  readonly resident: number;
  readonly descriptors: number;
  readonly children: number;
  readonly delayMs: number;
}

/**
 * A buffer of 1 kB that each poll leaves behind is 1.5 MB in six hours and 6 MB in a day. Resident memory grows with
 * compiled code and what belongs to it, which is up to 7 MB in a day.
 */
const ALLOWED: Allowed = {
  native: MEGABYTE,
  code: 16 * MEGABYTE,
  resident: 10 * MEGABYTE,
  descriptors: 2,
  children: 0,
  delayMs: 50,
};

const MIN_READINGS = 8;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** What grew more than it may from the first quarter of the readings, without the first one, to the last. */
export function growth(held: readonly Held[]): readonly string[] {
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
      'memory outside the heap',
      typical(({ nativeBytes }) => nativeBytes),
      ALLOWED.native,
    ),
    ...(code <= ALLOWED.code ? [] : [`compiled code takes ${shown(code)}`]),
    ...grew(
      'resident memory',
      typical(({ residentBytes }) => residentBytes),
      ALLOWED.resident,
    ),
    ...grew(
      'the number of file descriptors',
      typical(({ descriptors }) => descriptors),
      ALLOWED.descriptors,
    ),
    ...grew(
      'the number of child processes',
      typical(({ children }) => children),
      ALLOWED.children,
    ),
    ...grew(
      'the delay of the event loop (p99, ms of processor time)',
      typical(({ delayP99Ms }) => delayP99Ms),
      ALLOWED.delayMs,
    ),
  ];
}

const shown = (value: number): string => (value >= MEGABYTE ? `${(value / MEGABYTE).toFixed(1)} MB` : value.toFixed(1));
