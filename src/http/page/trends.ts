import type { Vm, VnicPath, VSwitch } from '../../host/model.ts';
import type { View } from '../../metrics/define.ts';
import { poolsOf } from '../../report/pools.ts';
import type { VnicRow } from '../../report/vnic-rows.ts';
import { type Point, TREND_SHAPES, type Trends, type VSwitchTrend } from '../../trend/trends.ts';
import type { Steps } from '../../turn.ts';
import { bandChart, lineChart, stackChart } from './chart.ts';
import { roundUp, type TimeWindow, windowOf } from './chart-geometry.ts';
import { html, type Html, name } from './html.ts';
import { bitRate, busy, percent } from './quantity.ts';

export type ShownTrends = Pick<Trends, 'host' | 'vswitch' | 'vnic' | 'vmCpu' | 'vfBytes'>;

/** Maximum number of vSwitches with charts: more would push the rest of the page out of sight. */
const MAX_VSWITCHES = 4;

const PATH_NAMES: Readonly<Record<VnicPath | 'none', string>> = {
  vf: 'On its VF',
  assigned: 'VF assigned, not used',
  synthetic: 'Synthetic path',
  not_requested: 'Not requested',
  unknown: 'Unknown',
  none: 'Not running',
};
const LAYERS = (['vf', 'not_requested', 'unknown', 'assigned', 'synthetic'] as const).map((key) => ({
  key,
  name: PATH_NAMES[key],
  look: `path-${key}`,
}));

/**
 * The last hours of the host as charts: VFs and VM queues of each vSwitch, vNICs by path, CPU of the root partition. A pool
 * is in the colour of a warning where the verdict counts it as one. Each chart is a step.
 */
export function* hostTrends(view: View, trends: ShownTrends): Steps<Html | undefined> {
  const { host } = view.tracked;
  const { now } = view.collection;
  const { paths, rootCpu } = trends.host();
  yield;
  const ended = new Set(
    poolsOf(view).flatMap(({ id, pools }) => pools.filter((pool) => pool.ended).map(({ what }) => `${id} ${what}`)),
  );
  const hasEnded = (id: string): boolean => ended.has(`${id} VFs`) || ended.has(`${id} VM queues`);
  const withPools: ({ readonly vswitch: VSwitch } & VSwitchTrend)[] = [];
  for (const vswitch of host.vswitches) {
    const trend = trends.vswitch(vswitch.id);
    if (hasPool(trend.vfs) || hasPool(trend.vmQueues)) withPools.push({ vswitch, ...trend });
    yield;
  }
  const vswitches = withPools
    .sort((one, other) => Number(hasEnded(other.vswitch.id)) - Number(hasEnded(one.vswitch.id)))
    .slice(0, MAX_VSWITCHES);
  const window = windowOf([paths, rootCpu, ...vswitches.map(({ vfs }) => vfs)], now);
  const frame = { window, step: TREND_SHAPES.host.step };
  const charts: Html[] = [];
  for (const [index, { vswitch, vfs }] of vswitches.entries()) {
    yield;
    if (hasPool(vfs)) charts.push(poolChart(`chart-vfs-${index}`, 'VFs', vswitch, vfs, window, ended));
  }
  yield;
  if (paths.some(({ value }) => value !== undefined))
    charts.push(
      yield* stackChart({
        ...frame,
        id: 'chart-paths',
        title: 'vNICs by path',
        points: paths,
        layers: LAYERS,
        printTotal,
      }),
    );
  for (const [index, { vswitch, vmQueues }] of vswitches.entries()) {
    yield;
    if (hasPool(vmQueues))
      charts.push(poolChart(`chart-queues-${index}`, 'VM queues', vswitch, vmQueues, window, ended));
  }
  yield;
  const cpu = latest(rootCpu);
  if (cpu !== undefined)
    charts.push(
      lineChart({
        ...frame,
        id: 'chart-root-cpu',
        title: 'CPU of the host',
        of: html`root partition`,
        lines: [{ name: 'Busy', look: 'cpu', points: rootCpu, filled: true }],
        max: topOf(rootCpu, 1),
        print: percent,
        present: percent(cpu),
      }),
    );
  return section(charts, window);
}

type PoolPoint = Point<{ readonly used: number; readonly limit: number }>;

/** Whether a pool offered anything in this time. */
const hasPool = (points: readonly PoolPoint[]): boolean => points.some(({ value }) => (value?.limit ?? 0) > 0);

function poolChart(
  id: string,
  what: 'VFs' | 'VM queues',
  vswitch: VSwitch,
  points: readonly PoolPoint[],
  window: TimeWindow,
  ended: ReadonlySet<string>,
): Html {
  const now = points.findLast(({ value }) => value !== undefined)?.value;
  const limits = points.map(({ at, value }) => ({ at, value: value?.limit }));
  return lineChart({
    id,
    title: `${what} in use`,
    of: name(vswitch.name),
    window,
    step: TREND_SHAPES.vswitches.step,
    lines: [
      {
        name: 'In use',
        look: ended.has(`${vswitch.id} ${what}`) ? 'full' : 'used',
        points: points.map(({ at, value }) => ({ at, value: value?.used })),
        filled: true,
      },
      { name: 'Limit', look: 'limit', points: limits },
    ],
    max: Math.max(1, ...points.flatMap(({ value }) => (value === undefined ? [] : [value.limit, value.used]))),
    print: String,
    present: now === undefined ? 'not known' : `${now.used} of ${now.limit}`,
  });
}

/** The last hours of a VM: for each vNIC its path and its traffic by path, then the CPU of the guest. */
export function vmTrends(
  vm: Pick<Vm, 'id' | 'processors'>,
  rows: readonly Pick<VnicRow, 'id' | 'vnic'>[],
  trends: ShownTrends,
  now: number,
): Html | undefined {
  const vnics = rows.map((row) => ({ row, ...trends.vnic(row.id) }));
  const cpu = trends.vmCpu(vm.id);
  const window = windowOf([cpu, ...vnics.map(({ path }) => path)], now);
  const frame = { window, step: TREND_SHAPES.vnics.step };
  const charts = [
    ...vnics.flatMap(({ row, path, syntheticBytes, vfBytes }, index) => [
      ...(path.some(({ value }) => value !== undefined)
        ? [
            bandChart({
              ...frame,
              id: `chart-path-${index}`,
              title: 'Path',
              of: name(row.vnic),
              points: path,
              names: PATH_NAMES,
            }),
          ]
        : []),
      ...trafficChart(`chart-traffic-${index}`, name(row.vnic), syntheticBytes, vfBytes, frame),
    ]),
    ...cpuChart(vm, cpu, frame),
  ];
  return section(charts, window);
}

/** The charts under the time that they show; undefined if there are none. */
const section = (charts: readonly Html[], window: TimeWindow): Html | undefined =>
  charts.length === 0
    ? undefined
    : html`<section aria-labelledby="trends-title">
        <h2 id="trends-title">Last ${span(window)}</h2>
        <div class="charts">${charts}</div>
      </section>`;

function trafficChart(
  id: string,
  of: Html,
  synthetic: readonly Point<number>[],
  vf: readonly Point<number>[],
  frame: { readonly window: TimeWindow; readonly step: number },
): readonly Html[] {
  const onVf = latest(vf);
  const onSynthetic = latest(synthetic);
  if (onVf === undefined && onSynthetic === undefined) return [];
  const all = [...synthetic, ...vf].flatMap(({ value }) => value ?? []);
  return [
    lineChart({
      ...frame,
      id,
      title: 'Traffic by path',
      of,
      lines: [
        { name: 'Synthetic path', look: 'synthetic', points: synthetic, filled: true },
        ...(onVf === undefined ? [] : [{ name: 'VF', look: 'vf' as const, points: vf, filled: true }]),
      ],
      max: roundUp(Math.max(...all) * 8) / 8,
      print: bitRate,
      present: [
        ...(onVf === undefined ? [] : [`${bitRate(onVf)} on the VF`]),
        ...(onSynthetic === undefined ? [] : [`${bitRate(onSynthetic)} synthetic`]),
      ].join(', '),
    }),
  ];
}

function cpuChart(
  { processors }: Pick<Vm, 'processors'>,
  cpu: readonly Point<number>[],
  frame: { readonly window: TimeWindow; readonly step: number },
): readonly Html[] {
  const now = latest(cpu);
  if (now === undefined) return [];
  return [
    lineChart({
      ...frame,
      id: 'chart-vm-cpu',
      title: 'CPU of the VM',
      lines: [{ name: 'Processors busy', look: 'cpu', points: cpu, filled: true }],
      max: topOf(cpu, processors),
      print: busy,
      present: processors === undefined ? `${busy(now)} processors` : `${busy(now)} of ${processors} processors`,
    }),
  ];
}

/** The top of a chart: the next round number above all values, so that changes can be seen, but at most `limit`. */
const topOf = (points: readonly Point<number>[], limit?: number): number => {
  const top = roundUp(Math.max(0, ...points.flatMap(({ value }) => value ?? [])));
  return limit === undefined ? top : Math.min(limit, Math.max(limit / 10, top));
};

const latest = (points: readonly Point<number>[]): number | undefined =>
  points.findLast(({ value }) => value !== undefined)?.value;
const printTotal = (total: number): string => `${total} virtual NIC${total === 1 ? '' : 's'}`;
const span = ({ minutes }: TimeWindow): string =>
  minutes < 60 ? `${minutes} minutes` : minutes === 60 ? 'hour' : `${minutes / 60} hours`;
