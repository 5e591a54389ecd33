import type { Traffic } from './model.ts';

/** Traffic from the raw values of `Hyper-V Virtual Network Adapter` or `Hyper-V Virtual Switch`, cumulative. */
export function trafficOf(values: Readonly<Record<string, number | undefined>>): Traffic {
  return {
    receiveBytes: values['Bytes Received/sec'],
    transmitBytes: values['Bytes Sent/sec'],
    receivePackets: values['Packets Received/sec'],
    transmitPackets: values['Packets Sent/sec'],
    receiveDropped: values['Dropped Packets Incoming/sec'],
    transmitDropped: values['Dropped Packets Outgoing/sec'],
  };
}
