import { Changes, fold, type Timeline } from './timeline.ts';

/** A load that swings around 1: 1 + depth·sin(2π·t/period + phase). Its period divides the script's loop. */
export interface Wave {
  readonly depth: number;
  readonly period: number;
  readonly phase: number;
}

export function waveAt(wave: Wave, time: number): number {
  return 1 + wave.depth * Math.sin((2 * Math.PI * time) / wave.period + wave.phase);
}

/** Its integral from 0 to `time`. */
function waveIntegral({ depth, period, phase }: Wave, time: number): number {
  const turn = (2 * Math.PI) / period;
  return time + (depth / turn) * (Math.cos(phase) - Math.cos(turn * time + phase));
}

/**
 * How much of the wave fell into each state: the integral of the wave over the time spent there, from `origin` on.
 * Every counter of the demo host is a rate times one of these, so it advances exactly as stated, for any time asked.
 */
export class StateIntegral {
  readonly #changes: Changes<number>;
  readonly #wave: Wave;
  readonly #timeline: Timeline;
  readonly #states: number;
  /** Sums up to each change, `states` numbers a change */
  readonly #before: Float64Array;
  readonly #perLoop: Float64Array;

  /** `changes` holds the number of the state, 0 to `states` - 1; state at −∞ is counted from `origin` on. */
  constructor(changes: Changes<number>, states: number, wave: Wave, timeline: Timeline, origin: number) {
    this.#changes = changes;
    this.#wave = wave;
    this.#timeline = timeline;
    this.#states = states;
    this.#before = new Float64Array(changes.times.length * states);
    changes.times[0] = origin;
    for (let index = 1; index < changes.times.length; index++) {
      for (let state = 0; state < states; state++) {
        this.#before[index * states + state] = this.#before[(index - 1) * states + state] as number;
      }
      const slot = index * states + (changes.values[index - 1] as number);
      this.#before[slot] = (this.#before[slot] as number) + this.#piece(index - 1, changes.times[index] as number);
    }
    const end = this.#within(timeline.prefix + timeline.loop);
    const start = this.#within(timeline.prefix);
    this.#perLoop = end.map((value, state) => value - (start[state] as number));
  }

  /** Integrals by state from the origin to `at`. */
  at(at: number): Float64Array {
    const { time, loops } = fold(this.#timeline, at);
    const sums = this.#within(time);
    if (loops > 0) {
      for (let state = 0; state < this.#states; state++) {
        sums[state] = (sums[state] as number) + loops * (this.#perLoop[state] as number);
      }
    }
    return sums;
  }

  #piece(index: number, until: number): number {
    const from = this.#changes.times[index] as number;
    return waveIntegral(this.#wave, until) - waveIntegral(this.#wave, from);
  }

  #within(time: number): Float64Array {
    const index = this.#changes.indexAt(time);
    const sums = this.#before.slice(index * this.#states, (index + 1) * this.#states);
    const state = this.#changes.values[index] as number;
    sums[state] = (sums[state] as number) + Math.max(0, this.#piece(index, time));
    return sums;
  }
}
