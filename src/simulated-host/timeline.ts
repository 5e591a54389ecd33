/**
 * The demo's time: seconds since its start. A script runs once through `prefix` and then repeats its `loop` without
 * end; before 0 all is as it is at 0. So every quantity at any time is found without stepping through what was before.
 */
export interface Timeline {
  readonly prefix: number;
  readonly loop: number;
}

/** The time within the script that stands for `at`, and how many whole loops went before. */
export function fold(timeline: Timeline, at: number): { readonly time: number; readonly loops: number } {
  const end = timeline.prefix + timeline.loop;
  if (at < end) return { time: at, loops: 0 };
  const loops = Math.floor((at - timeline.prefix) / timeline.loop);
  return { time: at - loops * timeline.loop, loops };
}

/** A value that changes at moments: what holds from each moment on. The first holds since ever. */
export class Changes<T> {
  readonly entries: { readonly from: number; readonly value: T }[] = [];
  readonly #first: { readonly from: number; readonly value: T };

  constructor(first: T, from = Number.NEGATIVE_INFINITY) {
    this.#first = { from, value: first };
    this.entries.push(this.#first);
  }

  /** Times must not go back; at the same time the later word stands. */
  set(at: number, value: T): void {
    if (this.last.from === at) this.entries.pop();
    this.entries.push({ from: at, value });
  }

  get last(): { readonly from: number; readonly value: T } {
    return this.entries.at(-1) ?? this.#first;
  }

  at(time: number): T {
    return (this.entries[this.indexAt(time)] ?? this.#first).value;
  }

  /** The index of the entry that holds at `time`. */
  indexAt(time: number): number {
    let low = 0;
    let high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.entries[middle] ?? this.#first).from <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  map<U>(map: (value: T) => U, from = Number.NEGATIVE_INFINITY): Changes<U> {
    const [first = this.#first] = this.entries;
    const mapped = new Changes(map(first.value), from);
    for (const entry of this.entries.slice(1)) mapped.set(entry.from, map(entry.value));
    return mapped;
  }
}
