import { type Changes, fold, type Timeline } from './timeline.ts';

/** A load that swings around 1: 1 + depth·sin(2π·t/period + phase). Its period divides the script's loop. */
export interface Wave {
  readonly depth: number;
  readonly period: number;
  readonly phase: number;
}

/** Value of a wave at a time (seconds). */
export function waveAt(wave: Wave, time: number): number {
  return 1 + wave.depth * Math.sin((2 * Math.PI * time) / wave.period + wave.phase);
}

/** Its integral from 0 to `time`. */
function waveIntegral({ depth, period, phase }: Wave, time: number): number {
  const turn = (2 * Math.PI) / period;
  return time + (depth / turn) * (Math.cos(phase) - Math.cos(turn * time + phase));
}

const add = (sums: Float64Array, state: number, amount: number): void => {
  sums[state] = (sums[state] ?? 0) + amount;
};

/**
 * How much of the wave fell into each state: the integral of the wave over the time spent there, from the first
 * change on. Every counter of the demo host is a rate times one of these, so it advances exactly as stated, for any
 * time asked.
 */
export class StateIntegral {
  readonly #changes: Changes<number>;
  readonly #wave: Wave;
  readonly #timeline: Timeline;
  /** Sums by state up to each change */
  readonly #before: Float64Array[] = [];
  readonly #perLoop: Float64Array;

  /** `changes` holds the number of the state, 0 to `states` - 1, and begins at a finite time. */
  constructor(changes: Changes<number>, states: number, wave: Wave, timeline: Timeline) {
    this.#changes = changes;
    this.#wave = wave;
    this.#timeline = timeline;
    const sums = new Float64Array(states);
    for (const [index, { value }] of changes.entries.entries()) {
      this.#before.push(sums.slice());
      const next = changes.entries[index + 1];
      if (next) add(sums, value, this.#piece(index, next.from));
    }
    const start = this.#within(timeline.prefix);
    this.#perLoop = this.#within(timeline.prefix + timeline.loop).map((value, state) => value - (start[state] ?? 0));
  }

  /** Integrals by state until `at`. */
  at(at: number): Float64Array {
    const { time, loops } = fold(this.#timeline, at);
    const sums = this.#within(time);
    if (loops > 0) for (const [state, amount] of this.#perLoop.entries()) add(sums, state, loops * amount);
    return sums;
  }

  #piece(index: number, until: number): number {
    const from = this.#changes.entries[index]?.from ?? until;
    return Math.max(0, waveIntegral(this.#wave, until) - waveIntegral(this.#wave, from));
  }

  #within(time: number): Float64Array {
    const index = this.#changes.indexAt(time);
    const sums = (this.#before[index] ?? new Float64Array()).slice();
    add(sums, this.#changes.entries[index]?.value ?? 0, this.#piece(index, time));
    return sums;
  }
}

/** A count as Windows shows it: whole, never negative. */
export const integer = (value: number): number => Math.max(0, Math.floor(value));
