import type { TrafficCost } from './cost.ts';
import { table } from '../report/table.ts';

const PATH: Readonly<Record<TrafficCost['path'], string>> = {
  vf: 'on its VF',
  assigned: 'synthetic path, VF assigned',
  synthetic: 'synthetic path',
  not_requested: 'synthetic path, no VF requested',
  unknown: 'path not known',
  mixed: 'more than one path',
};
const UNKNOWN = 'not known';
const UNSEEN = 'not visible from the host';

interface Row {
  readonly title: string;
  readonly value: (cost: TrafficCost) => number | undefined;
  readonly show: (value: number) => string;
  /** The unit of a difference */
  readonly unit: string;
  readonly scale: number;
  readonly missing: string;
  /** What a percentage is a share of, where a rate comes from */
  readonly note: (cost: TrafficCost) => string;
}

const ROWS: readonly Row[] = [
  {
    title: 'Guest CPU',
    value: ({ guestCpu }) => guestCpu,
    show: (value) => `${(value * 100).toFixed(1)} %`,
    unit: 'points',
    scale: 100,
    missing: UNKNOWN,
    note: ({ processors }) => `of the VM's ${processors ?? ''} virtual processors`,
  },
  {
    title: 'Root CPU',
    value: ({ rootCpu }) => rootCpu,
    show: (value) => `${(value * 100).toFixed(1)} %`,
    unit: 'points',
    scale: 100,
    missing: UNKNOWN,
    note: ({ hostProcessors }) => `of the host's ${hostProcessors ?? ''} logical processors, for all VMs together`,
  },
  {
    title: 'Throughput',
    value: ({ bytesPerSecond }) => bytesPerSecond,
    show: (value) => `${(value / 1e6).toFixed(1)} MB/s`,
    unit: 'MB/s',
    scale: 1e-6,
    missing: UNSEEN,
    note: ({ bytesFrom }) => (bytesFrom === undefined ? 'see --guest-exporter' : `in and out, by ${bytesFrom}`),
  },
  {
    title: 'CPU per gigabyte',
    value: ({ guestSecondsPerGigabyte }) => guestSecondsPerGigabyte,
    show: (value) => `${value.toFixed(2)} s`,
    unit: 's',
    scale: 1,
    missing: UNKNOWN,
    note: () => 'guest CPU seconds for 10^9 bytes',
  },
];

/** A measurement as a small table, next to an earlier one with the difference, if there is one. */
export function costTable(cost: TrafficCost, earlier: TrafficCost | undefined): string {
  const both = earlier === undefined ? [cost] : [earlier, cost];
  const header = ['', ...both.map(({ vm }) => vm), ...(earlier === undefined ? [] : ['difference']), ''];
  const line = (title: string, text: (cost: TrafficCost) => string) => [
    title,
    ...both.map(text),
    ...(earlier === undefined ? [] : ['']),
    '',
  ];
  return table(header, [
    line('Path', ({ path }) => PATH[path]),
    line('Measured for', ({ seconds }) => `${Math.round(seconds)} s`),
    ...ROWS.map((row) => [
      row.title,
      ...both.map((measured) => {
        const value = row.value(measured);
        return value === undefined ? row.missing : row.show(value);
      }),
      ...(earlier === undefined ? [] : [difference(row, earlier, cost)]),
      row.note(cost),
    ]),
  ]);
}

function difference({ value, unit, scale }: Row, earlier: TrafficCost, cost: TrafficCost): string {
  const [a, b] = [value(earlier), value(cost)];
  if (a === undefined || b === undefined) return '';
  const by = (b - a) * scale;
  const digits = unit === 's' ? 2 : 1;
  return `${by < 0 ? '-' : '+'}${Math.abs(by).toFixed(digits)} ${unit}`;
}
