import { z } from 'zod';
import { windows } from './enumerations.ts';
import { int, requiredInt, requiredText, wide } from './fields.ts';

/** Rows of the activity part: cumulative counters only. */

/** Get-NetAdapterStatistics: one row a NIC, cumulative */
const netAdapterStatistics = z.object({
  interfaceDescription: requiredText,
  receivedBytes: wide,
  receivedUnicastPackets: wide,
  receivedMulticastPackets: wide,
  receivedBroadcastPackets: wide,
  receivedDiscardedPackets: wide,
  receivedPacketErrors: wide,
  sentBytes: wide,
  sentUnicastPackets: wide,
  sentMulticastPackets: wide,
  sentBroadcastPackets: wide,
  outboundDiscardedPackets: wide,
  outboundPacketErrors: wide,
});

/** Get-Process vmms, WmiPrvSE: one row a process */
const process = z.object({ name: requiredText, id: requiredInt, workingSet: wide, handles: int });

/**
 * A counter set as read by PerformanceCounterCategory.ReadCategory: one row an instance, `values` holds the raw
 * cumulative value by the counter's English name, as decimal text. A counter of type averageBulk has its base
 * (CounterSample.BaseValue) beside it as `<name> Base`.
 */
const counterRow = z.object({ instance: requiredText, values: z.record(z.string(), wide) });

const { CounterType } = windows;
const rate = [CounterType.PERF_COUNTER_BULK_COUNT, CounterType.PERF_COUNTER_LARGE_RAWCOUNT];
const timer = [CounterType.PERF_100NSEC_TIMER, CounterType.PERF_PRECISION_100NS_TIMER];

/** A counter set that we read: its English name and, for each counter used, the types that we can make a counter of. */
export interface CounterSet {
  readonly set: string;
  readonly counters: Readonly<Record<string, readonly number[]>>;
}

const traffic = {
  'Bytes Received/sec': rate,
  'Bytes Sent/sec': rate,
  'Packets Received/sec': rate,
  'Packets Sent/sec': rate,
  'Dropped Packets Incoming/sec': rate,
  'Dropped Packets Outgoing/sec': rate,
};

/**
 * The counter sets read, by source. A set whose counter has another type than those listed is unsupported: its raw
 * value would not be a count. Names and types: data-model section 11; not yet read off a host (docs/unverified.md).
 */
export const counterSets = {
  counters_virtual_network_adapter: { set: 'Hyper-V Virtual Network Adapter', counters: traffic },
  counters_virtual_switch: { set: 'Hyper-V Virtual Switch', counters: { ...traffic, 'Number of VMQ Moves/sec': rate } },
  counters_virtual_processor: {
    set: 'Hyper-V Hypervisor Virtual Processor',
    counters: {
      '% Guest Run Time': timer,
      '% Hypervisor Run Time': timer,
      '% Remote Run Time': timer,
      'CPU Wait Time Per Dispatch': [CounterType.PERF_AVERAGE_BULK],
    },
  },
  counters_root_virtual_processor: {
    set: 'Hyper-V Hypervisor Root Virtual Processor',
    counters: { '% Guest Run Time': timer, '% Hypervisor Run Time': timer },
  },
  counters_logical_processor: {
    set: 'Hyper-V Hypervisor Logical Processor',
    counters: { '% Guest Run Time': timer, '% Hypervisor Run Time': timer, '% Idle Time': timer },
  },
  counters_mellanox_vf: {
    set: 'Mellanox WinOF-2 VF Internal Traffic Counters',
    counters: { 'Rx octets': rate, 'Rx packets': rate, 'Tx octets': rate, 'Tx packets': rate },
  },
} as const satisfies Record<string, CounterSet>;

export type CounterSource = keyof typeof counterSets;

export const activityRows = {
  net_adapter_statistics: netAdapterStatistics,
  process,
  counters_virtual_network_adapter: counterRow,
  counters_virtual_switch: counterRow,
  counters_virtual_processor: counterRow,
  counters_root_virtual_processor: counterRow,
  counters_logical_processor: counterRow,
  counters_mellanox_vf: counterRow,
} as const;
