import { bench as agent } from './agent.ts';
import { bench as diagnosis } from './diagnosis.ts';
import { bench as exposition } from './exposition.ts';
import { bench as memory } from './memory.ts';
import { bench as module } from './module.ts';
import { bench as poll } from './poll.ts';
import { bench as scrape } from './scrape.ts';

/** A ratio of one run on one machine, and what it must be. */
export interface Ratio {
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A figure: what was measured, as ratios, which carry from machine to machine, and the numbers behind them. */
export interface Figure {
  readonly name: string;
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Everything that `npm run bench` measures, one file each, by the name to ask for it alone. */
export const figures: Readonly<Record<string, () => Promise<Figure>>> = {
  exposition,
  diagnosis,
  module,
  poll,
  scrape,
  agent,
  memory,
};
