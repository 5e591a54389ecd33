import { type Scenario, SETTLE_SECONDS } from '../../src/simulated-host/scenarios.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { simulateHost } from './simulated-host.ts';

/** What a scenario's settled host shows. */
export interface Shown {
  readonly families: readonly MetricFamily[];
  /** The exposition in both formats, as served */
  readonly text: string;
  readonly openmetrics: string;
}

/** Runs a scenario, or another one for the same time and on the same hardware, until it has settled. */
export async function show(scenario: Scenario, seconds = SETTLE_SECONDS[scenario]): Promise<Shown> {
  const host = simulateHost(scenario, { tickSeconds: seconds % 60 === 0 ? 60 : 30 });
  const { families } = await host.settle(seconds);
  const [text = '', openmetrics = ''] = await Promise.all(
    (['text', 'openmetrics'] as const).map(async (kind) =>
      (await host.pipeline.exposition.body(kind)).plain().toString(),
    ),
  );
  await host.close();
  return { families, text, openmetrics };
}

type Labels = Readonly<Record<string, string>>;
interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly line: string;
}

/** What tells one VM's series from another's, and says nothing of how the VM does. */
const IDENTITY = new Set(
  ['vm', 'vm_id', 'vnic', 'vnic_id', 'mac', 'adapter', 'vlan'].concat('vf', 'vport', 'queue', 'core'),
);
/** Nor do these values. */
const SIZES = /^hyperv_vm_(uptime_seconds|processors)$/;
/** Counts of traffic and time differ at every look; that they are right is for the tests that know the truth. */
const COUNTS = /(?<!path_transitions)_total$|_timestamp_seconds$|_process_|_duration_seconds$/;

const text = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

/** By name and labels. */
function seriesOf(families: readonly MetricFamily[]): Map<string, Series> {
  const all = new Map<string, Series>();
  for (const { name, samples } of families) {
    if (COUNTS.test(name)) continue;
    for (const { shared, labels: own, value } of samples) {
      const labels = { ...shared, ...own };
      const key = name + text(labels);
      all.set(key, { name, labels, line: `${key} ${value}` });
    }
  }
  return all;
}

function groupBy<T>(all: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of all) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/**
 * What is otherwise on one host than on another: a line with `-` is gone, one with `+` has come or has this value now.
 * VMs with which the same happened are shown once, under the first one's name and their number.
 */
export function difference(base: readonly MetricFamily[], now: readonly MetricFamily[]): string {
  const [before, after] = [seriesOf(base), seriesOf(now)];
  const changes = [
    ...[...before].filter(([key]) => !after.has(key)).map(([, series]) => ({ sign: '-', ...series })),
    ...[...after].filter(([key, { line }]) => before.get(key)?.line !== line).map(([, its]) => ({ sign: '+', ...its })),
  ];
  const owners = new Map(
    [...before.values(), ...after.values()].flatMap(({ labels: { nic, vport, queue, vm_id: vm } }) =>
      vm !== undefined && (vport ?? queue) !== undefined ? [[`${nic} ${vport} ${queue}`, vm] as const] : [],
    ),
  );
  const byVm = groupBy(
    changes,
    ({ labels: { nic, vport, queue, vm_id: vm } }) => vm ?? owners.get(`${nic} ${vport} ${queue}`) ?? '',
  );
  const looks = groupBy(
    [...byVm].filter(([vm]) => vm !== ''),
    ([, lines]) =>
      lines
        .map(({ sign, name, labels, line }) => {
          const kept = Object.fromEntries(Object.entries(labels).filter(([label]) => !IDENTITY.has(label)));
          return `${sign}${name}${text(kept)}${SIZES.test(name) ? '' : line.slice(line.lastIndexOf(' '))}`;
        })
        .toSorted()
        .join('\n'),
  );
  const written = (lines: typeof changes | undefined = []) =>
    lines.map(({ sign, line }) => `${sign} ${line}\n`).join('');
  const vms = [...looks.values()].map((alike) => {
    const [first] = alike;
    const name = first?.[1].find(({ labels }) => labels['vm'] !== undefined)?.labels['vm'] ?? first?.[0];
    const others = alike.length === 1 ? '' : ` and ${alike.length - 1} like it`;
    return `# ${name}${others}\n${written(first?.[1])}`;
  });
  return [`# the host\n${written(byVm.get(''))}`, ...vms].join('\n');
}
