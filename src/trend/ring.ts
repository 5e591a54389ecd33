/**
 * Values over time in a ring of fixed size: a row of numbers for each id and each step of time, the oldest overwritten.
 * Memory is bounded by `steps × columns × ids × 4` bytes.
 */
export interface RingShape {
  /** Milliseconds from one value to the next */
  readonly step: number;
  /** How many steps are kept */
  readonly steps: number;
  readonly columns: number;
  /** How many ids are kept at most; the one that has been missing for the longest makes room */
  readonly ids: number;
}

/** The values of one id at one moment, NaN where a value was not known. */
export interface RingPoint {
  /** Beginning of the step, Unix milliseconds */
  readonly at: number;
  readonly values: readonly number[];
}

/** A ring as it is saved: the values of id after id, step after step, from the oldest to the newest step. */
export interface SavedRing {
  readonly step: number;
  readonly columns: number;
  /** Numbers of the steps (Unix milliseconds divided by `step`), ascending */
  readonly steps: readonly number[];
  readonly ids: readonly string[];
  readonly values: Float32Array;
}

export interface Ring {
  readonly shape: RingShape;
  /** Sets the values of this moment; a second call within a step replaces them. What is missing from `rows` has none. */
  record(at: number, rows: Iterable<readonly [id: string, values: readonly (number | undefined)[]]>): void;
  /** Whether `at` lies in a step that has no values yet */
  isNewStep(at: number): boolean;
  /** The points of an id, oldest first, none older than the ring keeps; empty for an id that is not known */
  points(id: string): readonly RingPoint[];
  /** How many numbers it holds now */
  size(): number;
  save(): SavedRing;
  /**
   * Takes over what was saved. What is of another shape or too old is left out. Where it is of the future the clock was
   * set back: its steps are then moved so that they end before now.
   */
  restore(saved: SavedRing, now: number): void;
}

/** Of a slot that holds no step; equal to nothing */
const EMPTY = Number.NaN;

/** A ring of `steps` time steps with one row of values per id. Ids beyond the limit replace the one that was not seen for longest. Values that were not read are NaN. */
export function createRing(shape: RingShape): Ring {
  const { step, steps, columns, ids: limit } = shape;
  /** The step that each slot holds; a slot of a former round holds nothing */
  const held = new Float64Array(steps).fill(EMPTY);
  const rows = new Map<string, { readonly values: Float32Array; seen: number }>();
  let newest = EMPTY;

  const slotOf = (number: number) => ((number % steps) + steps) % steps;
  const isKept = (number: number) => number > newest - steps && number <= newest && held[slotOf(number)] === number;

  /** The row of an id. A new id gets a new row; if the ring is full, it replaces the id that was missing for longest. */
  function rowOf(id: string): { readonly values: Float32Array; seen: number } | undefined {
    const known = rows.get(id);
    if (known !== undefined) return known;
    if (rows.size >= limit) {
      const [oldest] = [...rows].reduce((a, b) => (b[1].seen < a[1].seen ? b : a));
      if ((rows.get(oldest)?.seen ?? newest) >= newest) return undefined;
      rows.delete(oldest);
    }
    const made = { values: new Float32Array(steps * columns).fill(Number.NaN), seen: newest };
    rows.set(id, made);
    return made;
  }

  /** Frees the slot of a step, and forgets ids of which nothing is left. */
  function begin(number: number): void {
    if (number < newest) moveBefore(number);
    const slot = slotOf(number);
    // So far ahead that all is too old.
    if (number >= newest + steps) held.fill(EMPTY);
    newest = number;
    held[slot] = number;
    for (const [id, row] of rows) {
      if (row.seen <= number - steps) rows.delete(id);
      else row.values.fill(Number.NaN, slot * columns, (slot + 1) * columns);
    }
  }

  /** The clock was set back: what was recorded is kept as the steps before this one. */
  function moveBefore(number: number): void {
    const saved = save();
    held.fill(EMPTY);
    rows.clear();
    newest = EMPTY;
    restore(saved, number);
  }

  function save(): SavedRing {
    const kept = Array.from({ length: steps }, (_, index) => newest - steps + 1 + index).filter(isKept);
    const values = new Float32Array(rows.size * kept.length * columns);
    let to = 0;
    for (const row of rows.values())
      for (const number of kept) {
        const start = slotOf(number) * columns;
        values.set(row.values.subarray(start, start + columns), to);
        to += columns;
      }
    return { step, columns, steps: kept, ids: [...rows.keys()], values };
  }

  /** Takes over saved steps up to `last`. */
  function restore(saved: SavedRing, last: number): void {
    const ahead = (saved.steps.at(-1) ?? last) - last;
    const shift = ahead > 0 ? ahead + 1 : 0;
    for (const [index, savedNumber] of saved.steps.entries()) {
      const number = savedNumber - shift;
      if (number > last || number <= last - steps || number <= newest) continue;
      begin(number);
      const start = slotOf(number) * columns;
      for (const [position, id] of saved.ids.entries()) {
        const from = (position * saved.steps.length + index) * columns;
        const values = saved.values.subarray(from, from + columns);
        if (values.every(Number.isNaN)) continue;
        const row = rowOf(id);
        if (row === undefined) continue;
        row.seen = number;
        row.values.set(values, start);
      }
    }
  }

  return {
    shape,
    isNewStep: (at) => Math.floor(at / step) !== newest,
    record(at, observed) {
      begin(Math.floor(at / step));
      const start = slotOf(newest) * columns;
      for (const [id, values] of observed) {
        const row = rowOf(id);
        if (row === undefined) continue;
        row.seen = newest;
        for (let column = 0; column < columns; column++) row.values[start + column] = values[column] ?? Number.NaN;
      }
    },
    points(id) {
      const row = rows.get(id);
      if (row === undefined) return [];
      const points: RingPoint[] = [];
      for (let number = newest - steps + 1; number <= newest; number++) {
        if (!isKept(number)) continue;
        const start = slotOf(number) * columns;
        const values: number[] = [];
        for (let column = 0; column < columns; column++) values.push(row.values[start + column] ?? Number.NaN);
        points.push({ at: number * step, values });
      }
      return points;
    },
    size: () => rows.size * steps * columns,
    save,
    restore(saved, now) {
      if (saved.step === step && saved.columns === columns) restore(saved, Math.floor(now / step));
    },
  };
}
