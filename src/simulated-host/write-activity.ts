import { windows } from '../document/enumerations.ts';
import { type SourceRows, wide, type SourceWriters } from './rows.ts';
import type { WorldNicCounters, WorldTraffic } from './world-model.ts';

type Values = Readonly<Record<string, number>>;

/** A counter set: its rows' values by counter name, and the type of each counter. */
function counterSet(
  types: Readonly<Record<string, number>>,
  instances: readonly (readonly [string, Values])[],
): SourceRows {
  const texts = (values: Values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wide(value)]));
  // Without an instance there is no sample that would tell a counter's type.
  return {
    rows: instances.map(([instance, values]) => ({ instance, values: texts(values) })),
    types: instances.length > 0 ? types : {},
  };
}

const rates = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, windows.CounterType.PERF_COUNTER_BULK_COUNT]));

const TRAFFIC_TYPES = rates(
  'Bytes Received/sec',
  'Bytes Sent/sec',
  'Packets Received/sec',
  'Packets Sent/sec',
  'Dropped Packets Incoming/sec',
  'Dropped Packets Outgoing/sec',
);

const trafficValues = (traffic: WorldTraffic): Values => ({
  'Bytes Received/sec': traffic.bytesReceived,
  'Bytes Sent/sec': traffic.bytesSent,
  'Packets Received/sec': traffic.packetsReceived,
  'Packets Sent/sec': traffic.packetsSent,
  'Dropped Packets Incoming/sec': traffic.droppedIncoming,
  'Dropped Packets Outgoing/sec': traffic.droppedOutgoing,
});

const RUN_TIME = {
  '% Guest Run Time': windows.CounterType.PERF_100NSEC_TIMER,
  '% Hypervisor Run Time': windows.CounterType.PERF_100NSEC_TIMER,
};

const wideValues = (counters: WorldNicCounters) =>
  Object.fromEntries(Object.entries(counters).map(([name, value]: [string, number]) => [name, wide(value)]));

/** Rows of the part activity, by source. */
export const writeActivity: SourceWriters = {
  net_adapter_statistics: ({ nics }) => ({
    rows: nics.map((nic) => ({ interfaceDescription: nic.description, ...wideValues(nic.counters) })),
  }),
  process: ({ processes }) => ({
    rows: processes.map((process) => ({ ...process, workingSet: wide(process.workingSet) })),
  }),
  counters_virtual_network_adapter: ({ vnics }) =>
    counterSet(
      TRAFFIC_TYPES,
      vnics.flatMap(({ counterInstance, traffic }) =>
        counterInstance === undefined ? [] : [[counterInstance, trafficValues(traffic)] as const],
      ),
    ),
  counters_virtual_switch: ({ vswitches }) =>
    counterSet(
      { ...TRAFFIC_TYPES, ...rates('Number of VMQ Moves/sec') },
      vswitches.map(({ name, traffic, vmqMoves }) => [
        name,
        { ...trafficValues(traffic), 'Number of VMQ Moves/sec': vmqMoves },
      ]),
    ),
  counters_virtual_processor: ({ vms }) =>
    counterSet(
      {
        ...RUN_TIME,
        '% Remote Run Time': windows.CounterType.PERF_100NSEC_TIMER,
        'CPU Wait Time Per Dispatch': windows.CounterType.PERF_AVERAGE_BULK,
      },
      vms
        .flatMap((vm) => vm.processors)
        .map((processor) => [
          processor.instance,
          {
            '% Guest Run Time': processor.guest100ns,
            '% Hypervisor Run Time': processor.hypervisor100ns,
            '% Remote Run Time': processor.remote100ns,
            'CPU Wait Time Per Dispatch': processor.waitNs,
            'CPU Wait Time Per Dispatch Base': processor.dispatches,
          },
        ]),
    ),
  counters_root_virtual_processor: ({ rootProcessors }) =>
    counterSet(
      RUN_TIME,
      rootProcessors.map((processor) => [
        processor.instance,
        { '% Guest Run Time': processor.guest100ns, '% Hypervisor Run Time': processor.hypervisor100ns },
      ]),
    ),
  counters_logical_processor: ({ logicalProcessors }) =>
    counterSet(
      { ...RUN_TIME, '% Idle Time': windows.CounterType.PERF_100NSEC_TIMER },
      logicalProcessors.map((processor) => [
        processor.instance,
        {
          '% Guest Run Time': processor.guest100ns,
          '% Hypervisor Run Time': processor.hypervisor100ns,
          '% Idle Time': processor.idle100ns,
        },
      ]),
    ),
  counters_mellanox_vf: ({ vfs }) =>
    counterSet(
      rates('Rx octets', 'Rx packets', 'Tx octets', 'Tx packets'),
      vfs.flatMap(({ counterInstance, traffic }) =>
        counterInstance === undefined || traffic === undefined
          ? []
          : [
              [
                counterInstance,
                {
                  'Rx octets': traffic.bytesReceived,
                  'Rx packets': traffic.packetsReceived,
                  'Tx octets': traffic.bytesSent,
                  'Tx packets': traffic.packetsSent,
                },
              ] as const,
            ],
      ),
    ),
};
