/**
 * The demo's time: seconds since its start. A script runs once through `prefix` and then repeats its `loop` for
 * ever; before 0 all is as it is at 0. So every quantity at any time is found without stepping through what was before.
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
  readonly times: number[] = [Number.NEGATIVE_INFINITY];
  readonly values: T[];

  constructor(first: T) {
    this.values = [first];
  }

  /** Times must not go back; at the same time the later word stands. */
  set(at: number, value: T): void {
    if (this.times.at(-1) === at) this.values[this.values.length - 1] = value;
    else {
      this.times.push(at);
      this.values.push(value);
    }
  }

  at(time: number): T {
    return this.values[this.indexAt(time)] as T;
  }

  get last(): T {
    return this.values.at(-1) as T;
  }

  indexAt(time: number): number {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.times[middle] as number) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
