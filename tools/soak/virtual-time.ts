import { promisify } from 'node:util';

type Callback = (...args: readonly unknown[]) => void;

/** What the patched setTimeout and setInterval return: what callers use of Node's Timeout. */
class Timer {
  static #last = 0;
  readonly id = ++Timer.#last;
  due: number;
  readonly every: number | undefined;
  readonly fire: () => void;
  readonly #time: VirtualTime;
  readonly #delay: number;

  constructor(time: VirtualTime, fire: () => void, delay: number, repeats: boolean) {
    this.#time = time;
    this.#delay = Math.max(1, delay);
    this.fire = fire;
    this.due = time.elapsed + this.#delay;
    this.every = repeats ? this.#delay : undefined;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  refresh(): this {
    this.due = this.#time.elapsed + this.#delay;
    return this;
  }
  close(): this {
    this.#time.clear(this);
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

/**
 * Time that passes by command, for all code of this process that is loaded after `install`: Date, performance.now,
 * setTimeout and setInterval. Sockets, child processes, files and setImmediate stay real, and so do Node's own time-outs
 * of connections and AbortSignal.timeout.
 */
export class VirtualTime {
  /** The real monotonic clock, milliseconds */
  readonly real = performance.now.bind(performance);
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #wall: number;

  /** @param wall the wall clock's first time, Unix milliseconds */
  constructor(wall: number) {
    this.#wall = wall;
  }

  /** Milliseconds that have passed */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** The wall clock, Unix milliseconds */
  get now(): number {
    return this.#wall + this.#elapsed;
  }

  /** Sets the wall clock forward or back. No time passes. */
  setClock(byMs: number): void {
    this.#wall += byMs;
  }

  /** Lets time pass until the next timer and runs it. False: there was none until `limit`, and it is `limit` now. */
  runNext(limit: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.due < next.due) next = timer;
    if (next === undefined || next.due > limit) {
      this.#elapsed = limit;
      return false;
    }
    this.#elapsed = Math.max(this.#elapsed, next.due);
    if (next.every === undefined) this.#timers.delete(next);
    else next.due += next.every;
    next.fire();
    return true;
  }

  clear(timer: unknown): void {
    for (const each of this.#timers) if (each === timer || each.id === timer) this.#timers.delete(each);
  }

  install(): void {
    const nowOf = () => this.now;
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(...given: [] | [number | string | Date]) {
        if (given.length === 0) super(nowOf());
        else super(...given);
      }
      static override now(): number {
        return nowOf();
      }
    } as DateConstructor;
    Object.defineProperty(performance, 'now', { value: () => this.#elapsed });
    const add =
      (repeats: boolean) =>
      (callback: Callback, delay?: number, ...args: readonly unknown[]) => {
        const timer = new Timer(this, () => callback(...args), delay ?? 1, repeats);
        this.#timers.add(timer);
        return timer;
      };
    const patched = {
      setTimeout: Object.assign(add(false), {
        [promisify.custom]: (delay: number, value: unknown) =>
          new Promise((resolve) => {
            setTimeout(resolve, delay, value);
          }),
      }),
      setInterval: add(true),
      clearTimeout: (timer: unknown) => this.clear(timer),
      clearInterval: (timer: unknown) => this.clear(timer),
    };
    Object.assign(globalThis, patched);
  }
}
