import { bench as diagnosis } from './diagnosis.ts';
import { bench as exposition } from './exposition.ts';
import { bench as module } from './module.ts';

/** A figure: what was measured, as ratios of one run on one machine, and the numbers behind them. */
export interface Figure {
  readonly name: string;
  readonly ratios: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Everything that `npm run bench` measures, one file each. */
export const figures: readonly (() => Promise<Figure>)[] = [exposition, diagnosis, module];
