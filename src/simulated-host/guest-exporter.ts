import type { World } from './world.ts';

/**
 * What a windows_exporter in a guest of the demo host would answer at a time (Unix milliseconds): Windows counts on
 * the synthetic NIC what goes over the VSP, and on the VF, which has the same MAC, what goes over the VF.
 */
export function guestExposition(world: World, vmId: string, at: number): string {
  const lines = world(at)
    .vnics.filter((vnic) => vnic.vmId === vmId && vnic.port === 'live')
    .flatMap(({ mac, guestBytes, vfBytes }, index) => {
      const number = index === 0 ? '' : ` _${index + 1}`;
      const address = mac.match(/../g)?.join(':') ?? '';
      return [
        ...device(`Microsoft Hyper-V Network Adapter${number}`, address, guestBytes - vfBytes),
        ...(vfBytes > 0 ? device(`Virtual Function${number}`, address, vfBytes) : []),
      ];
    });
  return `${lines.join('\n')}\n`;
}

/** Of bytes both ways, more come in. */
const INBOUND = 0.6;

function device(nic: string, mac: string, bytes: number): readonly string[] {
  const received = Math.round(bytes * INBOUND);
  return [
    `windows_net_nic_info{friendly_name="Ethernet",mac="${mac}",nic="${nic}"} 1`,
    `windows_net_bytes_received_total{nic="${nic}"} ${received}`,
    `windows_net_bytes_sent_total{nic="${nic}"} ${bytes - received}`,
  ];
}
