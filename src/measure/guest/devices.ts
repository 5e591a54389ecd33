import { parseSamples } from './exposition-text.ts';

/** A network device as the guest's own exporter counts it. */
export interface GuestDevice {
  readonly device: string;
  /** AA:BB:CC:DD:EE:FF; absent where the exporter does not say */
  readonly mac?: string;
  /** In and out together, since the guest's boot */
  readonly bytes: number;
}

/** What two exporters call the same things. */
const EXPORTERS = [
  {
    received: 'windows_net_bytes_received_total',
    sent: 'windows_net_bytes_sent_total',
    info: 'windows_net_nic_info',
    device: 'nic',
    mac: 'mac',
  },
  {
    received: 'node_network_receive_bytes_total',
    sent: 'node_network_transmit_bytes_total',
    info: 'node_network_info',
    device: 'device',
    mac: 'address',
  },
] as const;
const FAMILIES = new Set<string>(EXPORTERS.flatMap(({ received, sent, info }) => [received, sent, info]));

const MAC = /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/;
/** A guest has a few; a longer list did not come from a guest. */
const MAX_DEVICES = 1000;

/**
 * The network devices in the exposition of a windows_exporter (collector net) or a node_exporter (netdev, netclass);
 * only those with both directions. Empty where it is of neither.
 */
export function guestDevices(text: string): readonly GuestDevice[] {
  const devices = new Map<string, { received?: number; sent?: number; mac?: string }>();
  for (const { name, labels, value } of parseSamples(text, FAMILIES)) {
    const exporter = EXPORTERS.find((names) => name === names.received || name === names.sent || name === names.info);
    const device = exporter && labels[exporter.device];
    if (exporter === undefined || device === undefined) continue;
    const figures = devices.get(device) ?? {};
    if (devices.size >= MAX_DEVICES && !devices.has(device)) continue;
    devices.set(device, figures);
    if (name === exporter.received) figures.received = value;
    else if (name === exporter.sent) figures.sent = value;
    else {
      const mac = (labels[exporter.mac] ?? '').toUpperCase().replaceAll('-', ':');
      if (MAC.test(mac)) figures.mac = mac;
    }
  }
  return [...devices].flatMap(([device, { received, sent, mac }]) =>
    received === undefined || sent === undefined
      ? []
      : [{ device, bytes: received + sent, ...(mac !== undefined && { mac }) }],
  );
}
