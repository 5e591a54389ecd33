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
  /** Numbers of several subjects side by side; the first row is the heading */
  readonly table?: readonly (readonly string[])[];
  /** What could not be measured here, and how to make it possible */
  readonly missing?: string;
}
