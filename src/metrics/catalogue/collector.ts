import type { Sample } from '../define.ts';

/** The states of a collector's target, as the label `state` has them. */
export const TARGET_STATUSES = ['up', 'connecting', 'down', 'untrusted'] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

/** The label that service discovery gives each target: while a collector is down, its alert mutes those about scrapes of them. */
export const READ_BY = { read_by: 'collector' } as const;

/** How the reading of one target goes. */
export interface TargetState {
  readonly name: string;
  /** As configured */
  readonly labels: Readonly<Record<string, string>>;
  /** `up`: the last inventory was read. `untrusted`: its host key is not the known one. */
  readonly status: TargetStatus;
  /** Stable name and text of what the last inventory failed with */
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  /** When the last inventory was read, Unix milliseconds */
  readonly lastSuccess?: number;
  /** Cumulative, of SSH */
  readonly connects?: { readonly ok: number; readonly failed: number };
  readonly bytes?: number;
  readonly restarts?: number;
}

/** What all hosts of a cluster together tell. */
export interface ClusterState {
  readonly cluster: string;
  /** By host: vNICs that would have no VF if it failed, by vSwitch name */
  readonly failovers: readonly { readonly host: string; readonly shortfall: ReadonlyMap<string, number> }[];
  readonly drift: readonly {
    readonly host: string;
    readonly object: string;
    readonly subject: string;
    readonly property: string;
    readonly severity: string;
  }[];
  /** Since when its hosts are being updated one by one */
  readonly updatingSince?: number | undefined;
}

/** How a collector does. */
export interface CollectorState {
  readonly targets: readonly TargetState[];
  readonly connectsWaiting: number;
  readonly clusters: readonly ClusterState[];
  /** Longest delay of the event loop since the last scrape, seconds; undefined before the first measurement */
  readonly eventLoopLag?: number | undefined;
}

/** One metric of a collector, on its /metrics only. */
export interface CollectorMetric {
  readonly name: `hyperv_${string}`;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (state: CollectorState) => readonly Sample[];
}

const each =
  (value: (target: TargetState) => number | undefined) =>
  (state: CollectorState): readonly Sample[] =>
    state.targets.flatMap((target) => {
      const known = value(target);
      return known === undefined ? [] : [{ labels: { target: target.name }, value: known }];
    });

/** The metrics of the collector itself; those of its targets are on /probe. */
export const collectorMetrics: readonly CollectorMetric[] = [
  {
    name: 'hyperv_exporter_target_up',
    type: 'gauge',
    help: 'Whether the last inventory of the target was read: 1 if so, 0 if not. `cluster` is the cluster of the target as configured.',
    labels: ['target', 'cluster'],
    samples: ({ targets }) =>
      targets.map(({ name, labels, status }) => ({
        labels: { target: name, cluster: labels['cluster'] ?? '' },
        value: status === 'up' ? 1 : 0,
      })),
  },
  {
    name: 'hyperv_exporter_target_info',
    type: 'gauge',
    help: 'The cluster of the target as configured, and in `code` why its last inventory could not be read; empty if it was read or not tried. The value is always 1.',
    labels: ['target', 'cluster', 'code'],
    samples: ({ targets }) =>
      targets.map(({ name, labels, code }) => ({
        labels: { target: name, cluster: labels['cluster'] ?? '', code: code ?? '' },
        value: 1,
      })),
  },
  {
    name: 'hyperv_exporter_target_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'Time when the last inventory of the target was read, in Unix seconds.',
    labels: ['target'],
    samples: each(({ lastSuccess }) => lastSuccess && lastSuccess / 1000),
  },
  {
    name: 'hyperv_exporter_target_connects_total',
    type: 'counter',
    help: 'Number of attempts to connect to the target over SSH, by result: ok or failed.',
    labels: ['target', 'result'],
    samples: ({ targets }) =>
      targets.flatMap(({ name, connects }) =>
        connects === undefined
          ? []
          : (['ok', 'failed'] as const).map((result) => ({
              labels: { target: name, result },
              value: connects[result],
            })),
      ),
  },
  {
    name: 'hyperv_exporter_target_bytes_total',
    type: 'counter',
    help: 'Bytes that the target has sent over SSH.',
    labels: ['target'],
    samples: each(({ bytes }) => bytes),
  },
  {
    name: 'hyperv_exporter_target_restarts_total',
    type: 'counter',
    help: 'Number of sessions with the target that were ended and started again.',
    labels: ['target'],
    samples: each(({ restarts }) => restarts),
  },
  {
    name: 'hyperv_exporter_targets',
    type: 'gauge',
    help: 'Number of targets by state: up, connecting (not tried yet, or the session is starting), down, untrusted (the host key is not the known one).',
    labels: ['state'],
    samples: ({ targets }) =>
      TARGET_STATUSES.map((state) => ({
        labels: { state },
        value: targets.filter(({ status }) => status === state).length,
      })),
  },
  {
    name: 'hyperv_cluster_failover_vf_shortfall',
    type: 'gauge',
    help: 'Number of virtual NICs that would be without a VF on the other hosts of the cluster if the host failed now: its VMs placed by first fit, the biggest first, with what is left of VFs, vPorts and queue pairs. Hosts that are paused or not known take none.',
    labels: ['cluster', 'host', 'vswitch'],
    samples: ({ clusters }) =>
      clusters.flatMap(({ cluster, failovers }) =>
        failovers.flatMap(({ host, shortfall }) =>
          [...shortfall].map(([vswitch, value]) => ({ labels: { cluster, host, vswitch }, value })),
        ),
      ),
  },
  {
    name: 'hyperv_cluster_drift',
    type: 'gauge',
    help: 'A property in which the host differs from most hosts of its cluster; `object` is host, vswitch or nic, and `subject` the name of the vSwitch or the model of the NIC. `severity` is warning if the property decides the path of virtual NICs. The value is always 1.',
    labels: ['cluster', 'host', 'object', 'subject', 'property', 'severity'],
    samples: ({ clusters }) =>
      clusters.flatMap(({ cluster, drift }) =>
        drift.map(({ host, object, subject, property, severity }) => ({
          labels: { cluster, host, object, subject, property, severity },
          value: 1,
        })),
      ),
  },
  {
    name: 'hyperv_cluster_rolling_update',
    type: 'gauge',
    help: 'Whether the hosts of the cluster are being updated one by one: they differ in build or driver, and one of them is paused or was within 24 hours. 0 after 72 hours.',
    labels: ['cluster'],
    samples: ({ clusters }) =>
      clusters.map(({ cluster, updatingSince }) => ({
        labels: { cluster },
        value: updatingSince === undefined ? 0 : 1,
      })),
  },
  {
    name: 'hyperv_exporter_connects_waiting',
    type: 'gauge',
    help: 'Number of SSH connections that wait because as many as fleet.connects allows are being made.',
    labels: [],
    samples: ({ connectsWaiting }) => [{ value: connectsWaiting }],
  },
  {
    name: 'hyperv_exporter_event_loop_lag_seconds',
    type: 'gauge',
    help: 'Longest delay of the event loop since the last scrape, in seconds. While it is delayed, nothing is read and nothing is served.',
    labels: [],
    samples: ({ eventLoopLag }) => (eventLoopLag === undefined ? [] : [{ value: eventLoopLag }]),
  },
];
