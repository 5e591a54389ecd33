import { MappingType, type Threshold, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';

/** What a board is made of, in our words: panel.ts and board.ts make Grafana's JSON of it. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** One value now, for stats, bars and tables; a range otherwise */
  readonly now?: boolean;
}

export interface Look {
  readonly unit?: string;
  readonly decimals?: number;
  readonly thresholds?: readonly Threshold[];
  readonly mappings?: readonly ValueMapping[];
}

/** A column of a table: its title, and how its cells look where that differs from the panel. */
export interface Column extends Look {
  readonly title: string;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface PanelSpec extends Look {
  readonly kind: 'stat' | 'table' | 'timeseries' | 'timeline' | 'history' | 'bars';
  readonly title: string;
  /** What is shown, where it comes from, what good looks like */
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly width: number;
  readonly height: number;
  readonly min?: number;
  readonly max?: number;
  /** Shown in place of "No data": what it means that there is none */
  readonly noValue?: string;
  /** Columns of a table by field: those named, `false` is left out; the others keep their name */
  readonly columns?: Readonly<Record<string, Column | string | false>>;
  /** By which columns a table is sorted, the first one before the others */
  readonly sort?: readonly (readonly [column: string, order: 'up' | 'down'])[];
  readonly links?: readonly Link[];
  /** A time range of its own, `30d` */
  readonly timeFrom?: string;
}

/** What the variable `top` offers: enough for a screen, and never more than some hundred */
export const TOPS = [10, 25, 50, 100] as const;

export interface BoardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whose board it is: of all hosts that are chosen, of one host, of one VM wherever it runs */
  readonly of: 'hosts' | 'host' | 'vm';
  /** How many rows or series `topk($top, …)` gives until the reader chooses another number */
  readonly top?: (typeof TOPS)[number];
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
}

export const steps = (...pairs: readonly (readonly [from: number | null, color: string])[]): Threshold[] =>
  pairs.map(([value, color]) => ({ value, color }));

export const values = (options: Readonly<Record<string, readonly [text: string, color: string]>>): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(options).map(([value, [text, color]], index) => [value, { text, color, index }]),
    ),
  },
];

/** The path of a vNIC as a number, for timelines: the metrics are three booleans. */
export const PATH_VALUES = values({
  '3': ['on its VF', 'green'],
  '2': ['VF not used by the guest', 'orange'],
  '1': ['synthetic path', 'red'],
  '0': ['no VF requested', 'text'],
});

export const YES_NO = values({ '1': ['yes', 'green'], '0': ['no', 'red'] });
export const UP_DOWN = values({ '1': ['up', 'green'], '0': ['down', 'red'] });
export const SEVERITIES = values({ '3': ['critical', 'red'], '2': ['warning', 'orange'], '1': ['info', 'blue'] });

/** Occupancy of a pool: colours change where the alerts begin */
export const POOL = steps([null, 'green'], [t.vf_pool_ratio, 'orange'], [1, 'red']);
/** Counts that should be 0 */
export const NONE = steps([null, 'green'], [1, 'red']);
/** The age of data */
export const AGE = steps([null, 'green'], [t.poll_stale_floor_seconds, 'orange']);
