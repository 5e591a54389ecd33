import { defaultThresholds } from '../../src/alerting/thresholds.ts';

/** Values of a series, one a minute from the beginning; undefined where it is not scraped (it ends, stale). */
export type Values = readonly (number | undefined)[];

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Values;
}

export interface Firing {
  /** Beside alertname */
  readonly labels: Readonly<Record<string, string>>;
  /** Its own texts; index.ts adds the object and the addresses */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Check {
  /** Minutes from the beginning */
  readonly at: number;
  readonly fires: readonly Firing[];
}

/** One case of one alert: what is scraped, and what fires when. */
export interface RuleTest {
  readonly alert: string;
  /** In words, what the case is */
  readonly case: string;
  readonly series: readonly Series[];
  readonly checks: readonly Check[];
}

/** A value of a recording rule. */
export interface RecordingTest {
  readonly record: string;
  readonly case: string;
  readonly series: readonly Series[];
  readonly at: number;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Minutes that a series lasts unless said otherwise. */
const LENGTH = 100;

export const flat = (value: number, minutes = LENGTH): Values => Array.from({ length: minutes + 1 }, () => value);
/** One value after the other, each for so many minutes; the last one to the end. */
export const steps = (...parts: readonly (readonly [value: number | undefined, minutes: number])[]): Values =>
  parts.flatMap(([value, minutes]) => Array.from({ length: minutes }, () => value));
/** A counter, or a clock. */
export const ramp = (perMinute: number, minutes = LENGTH, start = 0): Values =>
  Array.from({ length: minutes + 1 }, (_, minute) => start + perMinute * minute);
/** Scraped from one minute on, not before. */
export const from = (minute: number, values: Values): Values => [
  ...Array.from({ length: minute }, () => undefined),
  ...values.slice(0, -minute),
];
/** Scraped until a minute, and then no more. */
export const until = (minute: number, series: readonly Series[]): Series[] =>
  series.map((one) => ({ ...one, values: one.values.map((value, at) => (at < minute ? value : undefined)) }));
/** Not scraped from one minute to another. */
export const gap = (start: number, to: number, values: Values): Values =>
  values.map((value, minute) => (minute >= start && minute < to ? undefined : value));
/** The same series from a minute on. */
export const after = (minute: number, series: readonly Series[]): Series[] =>
  series.map((one) => ({ ...one, values: from(minute, one.values) }));

/** What a scrape adds to every series; site and team are labels of the user's own. */
export interface Target extends Readonly<Record<string, string>> {
  readonly site: string;
  readonly team: string;
  readonly cluster: string;
  readonly instance: string;
  readonly job: string;
  readonly host: string;
}
const target = (host: string, site = 'north'): Target => ({
  site,
  team: 'virtualisation',
  cluster: 'c1',
  host,
  instance: `${host}:10182`,
  job: defaultThresholds.job,
});
/** The target among the labels of a series */
export const targetOf = (labels: Readonly<Record<string, string>>): Target => {
  const { site = '', team = '', cluster = '', instance = '', job = '', host = '' } = labels;
  return { site, team, cluster, instance, job, host };
};
export const HV1 = target('hv01');
export const HV2 = target('hv02');
export const HV3 = target('hv03');
/** A healthy host of the same cluster */
export const HV9 = target('hv09');
/** A host of the same name in a cluster of the same name, at another site */
export const ELSEWHERE = target('hv01', 'south');

export const one = (of: Target, name: string, labels: Readonly<Record<string, string>>, values: Values): Series => ({
  name,
  labels: { ...labels, ...of },
  values,
});

/** A virtual NIC's labels; vm-N and vnic-N belong together. */
export const vnicIds = (number: number) => ({
  vm: `sql0${number}`,
  vm_id: `vm-${number}`,
  vnic: 'Network Adapter',
  vnic_id: `vnic-${number}`,
});

interface VnicState {
  readonly vswitch?: string;
  readonly mac?: string;
  readonly requested?: Values;
  readonly assigned?: Values;
  readonly active?: Values;
  readonly settling?: readonly [cause: string, values: Values];
  readonly reason?: string;
}

/**
 * A running virtual NIC as the exporter shows it: asks for a VF and has none, unless said otherwise. It is in fallback
 * while it asks, is known to be off its VF, and does not settle.
 */
export function vnic(of: Target, number: number, state: VnicState = {}): Series[] {
  const ids = vnicIds(number);
  const { vswitch = 'vSwitch01', mac = `00:15:5D:00:00:0${number}`, settling, reason = 'vf_pool_exhausted' } = state;
  const { requested = flat(1), assigned = flat(0), active = flat(0) } = state;
  const fallback = active.map((value, minute) =>
    value === 0 && requested[minute] === 1 && settling?.[1][minute] === undefined ? 1 : undefined,
  );
  return [
    one(of, 'hyperv_vnic_info', { ...ids, vswitch, mac, kind: 'synthetic' }, flat(1)),
    one(of, 'hyperv_vm_running', { vm: ids.vm, vm_id: ids.vm_id }, flat(1)),
    one(of, 'hyperv_vnic_vf_requested', ids, requested),
    one(of, 'hyperv_vnic_vf_assigned', ids, assigned),
    one(of, 'hyperv_vnic_vf_active', ids, active),
    ...(settling === undefined ? [] : [one(of, 'hyperv_vnic_settling', { ...ids, cause: settling[0] }, settling[1])]),
    ...(fallback.every((value) => value === undefined)
      ? []
      : [one(of, 'hyperv_vnic_fallback', { ...ids, reason }, fallback)]),
  ];
}

/** Running virtual NICs of a vSwitch by their path: so many that ask for a VF and are on it, and some with an unknown path. */
export const vnicsByPath = (of: Target, asking: Values | number, unknown: Values | number = 0): Series[] => [
  ...['hyperv_vswitch_vf_requested', 'hyperv_vswitch_vnics'].map((name) =>
    one(
      of,
      name,
      { vswitch: 'vSwitch01', ...(name.endsWith('vnics') && { path: 'vf' }) },
      typeof asking === 'number' ? flat(asking) : asking,
    ),
  ),
  ...['assigned', 'synthetic', 'not_requested'].map((path) =>
    one(of, 'hyperv_vswitch_vnics', { vswitch: 'vSwitch01', path }, flat(0)),
  ),
  one(
    of,
    'hyperv_vswitch_vnics',
    { vswitch: 'vSwitch01', path: 'unknown' },
    typeof unknown === 'number' ? flat(unknown) : unknown,
  ),
];

/** Gauges of a vSwitch by the end of their names, such as vf_limit: 62. */
export const vswitch = (of: Target, values: Readonly<Record<string, Values | number>>, name = 'vSwitch01'): Series[] =>
  Object.entries(values).map(([metric, value]) =>
    one(of, `hyperv_vswitch_${metric}`, { vswitch: name }, typeof value === 'number' ? flat(value) : value),
  );

export const NIC = 'Intel[R] Ethernet 10G 2P X520 Adapter';
/** A NIC, as a rule a member of vSwitch01, and its gauges. */
export const nic = (of: Target, values: Readonly<Record<string, Values | number>>, member = 'vSwitch01'): Series[] => [
  one(of, 'hyperv_nic_info', { nic: NIC, friendly_name: 'SLOT 2', ...(member && { vswitch: member }) }, flat(1)),
  ...Object.entries(values).map(([metric, value]) =>
    one(of, `hyperv_nic_${metric}`, { nic: NIC }, typeof value === 'number' ? flat(value) : value),
  ),
];

/** Where a rule file says that the reason and the remedy are shown. */
export const remedyIn = ({ instance }: Target): string =>
  `The status page of ${instance} shows the reason for this virtual NIC and how to fix it. The reason alone is a label of hyperv_vnic_fallback.`;

/** A node of a cluster in one of its states */
const node = (of: Target, isPaused: boolean): Series[] => [
  one(of, 'hyperv_cluster_node_state', { state: 'up' }, flat(isPaused ? 0 : 1)),
  one(of, 'hyperv_cluster_node_state', { state: 'paused' }, flat(isPaused ? 1 : 0)),
];
export const paused = (of: Target): Series[] => node(of, true);
export const up = (of: Target): Series[] => node(of, false);

/** The labels that are left where something is counted over the hosts of a cluster. */
export const clusterOf = ({ instance: _instance, host: _host, ...others }: Target): Readonly<Record<string, string>> =>
  others;

export const never = (...minutes: readonly number[]): Check[] => minutes.map((at) => ({ at, fires: [] }));
