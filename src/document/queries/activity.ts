import * as f from './field.ts';
import { AVERAGE, counterSet, query, RATE, TIMER, vfCounterSet } from './query.ts';

const traffic = {
  'Bytes Received/sec': RATE,
  'Bytes Sent/sec': RATE,
  'Packets Received/sec': RATE,
  'Packets Sent/sec': RATE,
  'Dropped Packets Incoming/sec': RATE,
  'Dropped Packets Outgoing/sec': RATE,
};
const runTimes = { '% Guest Run Time': TIMER, '% Hypervisor Run Time': TIMER };

/** Cumulative counters only. */
export const activity = {
  net_adapter_statistics: query({
    origin: 'NetAdapter',
    since: '2012',
    command: 'Get-NetAdapterStatistics',
    type: 'MSFT_NetAdapterStatisticsSettingData',
    key: ['interfaceDescription'],
    fields: {
      interfaceDescription: f.required(f.nicDescription('InterfaceDescription')),
      receivedBytes: f.wide('ReceivedBytes'),
      receivedUnicastPackets: f.wide('ReceivedUnicastPackets'),
      receivedMulticastPackets: f.wide('ReceivedMulticastPackets'),
      receivedBroadcastPackets: f.wide('ReceivedBroadcastPackets'),
      receivedDiscardedPackets: f.wide('ReceivedDiscardedPackets'),
      receivedPacketErrors: f.wide('ReceivedPacketErrors'),
      sentBytes: f.wide('SentBytes'),
      sentUnicastPackets: f.wide('SentUnicastPackets'),
      sentMulticastPackets: f.wide('SentMulticastPackets'),
      sentBroadcastPackets: f.wide('SentBroadcastPackets'),
      outboundDiscardedPackets: f.wide('OutboundDiscardedPackets'),
      outboundPacketErrors: f.wide('OutboundPacketErrors'),
    },
  }),
  process: query({
    origin: 'process',
    since: '2012',
    command: 'Get-Process -Name vmms, WmiPrvSE',
    type: 'Process',
    key: ['name', 'id'],
    fields: {
      name: f.required(f.product('Name')),
      id: f.required(f.number('Id')),
      workingSet: f.wide('WorkingSet64'),
      handles: f.number('HandleCount'),
    },
  }),
  counters_virtual_network_adapter: counterSet('Hyper-V Virtual Network Adapter', 'vnic_instance', traffic),
  counters_virtual_switch: counterSet('Hyper-V Virtual Switch', 'vswitch_name', {
    ...traffic,
    'Number of VMQ Moves/sec': RATE,
  }),
  counters_virtual_processor: counterSet('Hyper-V Hypervisor Virtual Processor', 'vp_instance', {
    ...runTimes,
    '% Remote Run Time': TIMER,
    'CPU Wait Time Per Dispatch': AVERAGE,
  }),
  counters_root_virtual_processor: counterSet('Hyper-V Hypervisor Root Virtual Processor', 'lp_instance', runTimes),
  counters_logical_processor: counterSet('Hyper-V Hypervisor Logical Processor', 'lp_instance', {
    ...runTimes,
    '% Idle Time': TIMER,
  }),
  counters_mellanox_vf: vfCounterSet('NVIDIA WinOF-2', 'Mellanox WinOF-2 VF Internal Traffic Counters', {
    receiveBytes: 'Rx octets',
    transmitBytes: 'Tx octets',
    receivePackets: 'Rx packets',
    transmitPackets: 'Tx packets',
  }),
} as const;
