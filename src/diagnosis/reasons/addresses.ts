import { addressesOf } from '../addresses.ts';
import { vmCommand, vnicCommand } from '../commands.ts';
import { ON } from '../powershell.ts';
import type { Vnic } from '../../host/model.ts';
import { all, when } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type HostReason, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'addresses', step: 'vnic', kind: 'finding' });
const nameOf = (vnic: Vnic) => (vnic.vmName === undefined ? `vNIC ${vnic.name}` : `${vnic.vmName} (${vnic.name})`);

/** The guest names the same address more than once, and no other vNIC has the MAC. */
const addressTwice = (vnic: Vnic): boolean => {
  const addresses = addressesOf(vnic);
  return new Set(addresses).size < addresses.length;
};

const MAC = {
  meaning: 'Two running vNICs have the same MAC address. The network delivers the traffic of both to one of them.',
  remedy:
    'Change the MAC address of one of the two vNICs. The usual cause is a static address that was copied with the VM.',
  impact: { class: 'vnic', detail: 'The VM must be off. Its guest then sees the new MAC address.' },
  alert: 'SriovDuplicateMac',
} as const;
const IP = {
  meaning: 'Two running vNICs with different MAC addresses have the same IP address in the same network.',
  remedy: 'Change the address in one of the guests.',
  impact: { class: 'vnic', detail: 'The open connections of that guest are lost.' },
  alert: 'SriovDuplicateIp',
} as const;

/** MAC and IP addresses of a vNIC that another uses too. */
export const addressFindings: readonly VnicReason[] = [
  reason({
    ...MAC,
    id: 'duplicate_mac',
    condition: 'another running vNIC of the host has the same MAC',
    source: SOURCE.setVnic,
    holds: ({ sameMac }) => sameMac.length > 0,
    detail: (facts) =>
      `${vnicName(facts)} has the MAC address ${facts.vnic.mac ?? ''}. The same address is used by ${facts.sameMac.map(nameOf).join(', ')}.`,
    plan: (facts) => {
      const vm = { id: facts.vnic.vmId, name: facts.vnic.vmName };
      const set = vnicCommand(facts, 'Set-VMNetworkAdapter', { DynamicMacAddress: ON });
      return (
        set && {
          steps: [
            { text: 'Shut down the VM.', command: vmCommand(vm, facts.names, 'Stop-VM') },
            { text: 'Let Hyper-V choose a MAC address when the VM starts.', command: set },
            { text: 'Start the VM.', command: vmCommand(vm, facts.names, 'Start-VM') },
          ],
        }
      );
    },
  }),
  reason({
    ...IP,
    id: 'duplicate_ip',
    condition:
      'addresses are read (opt-in) and another running vNIC with another MAC has the same IP address, VLAN and virtual subnet',
    source: SOURCE.getVnic,
    holds: ({ sameIp }) => sameIp.length > 0,
    detail: (facts) =>
      `${vnicName(facts)} has ${facts.sameIp.map(({ ip, other }) => `${ip}, which ${nameOf(other)} has too`).join('; ')}.`,
  }),
  reason({
    id: 'address_shown_twice',
    step: 'guest',
    meaning:
      'The guest shows its IP address twice, once on the synthetic NIC and once on its VF ("... Virtual Function"). Both belong to one vNIC with one MAC address. This is harmless.',
    condition:
      'addresses are read (opt-in), the vNIC is on its VF, reports an address twice, and no other vNIC has its MAC',
    remedy: 'Nothing needs to be fixed. In the guest, only the synthetic NIC should have IP addresses.',
    impact: IMPACT.none,
    source: SOURCE.vfDataPath,
    holds: ({ path, vnic, sameMac }) =>
      all(path === 'vf', sameMac.length === 0, vnic.mac !== undefined && addressTwice(vnic)),
    detail: (facts) =>
      `The guest of ${vnicName(facts)} shows an address twice: the synthetic NIC and the VF share one MAC address.`,
  }),
];

const hostReason = (rest: Omit<HostReason, 'subject' | 'kind' | 'topic' | 'step'>): HostReason => ({
  subject: 'host',
  kind: 'finding',
  topic: 'addresses',
  step: 'vnic',
  ...rest,
});

/** MAC and IP addresses that more than one running vNIC of the host uses. */
export const addressHostFindings: readonly HostReason[] = [
  hostReason({
    ...MAC,
    id: 'host_duplicate_mac',
    follows: ['duplicate_mac'],
    condition: 'more than one running vNIC of the host has the same MAC',
    source: SOURCE.setVnic,
    holds: ({ addresses }) => when(addresses.duplicateMacs, (count) => count > 0),
    detail: ({ addresses }) => `${addresses.duplicateMacs ?? ''} MAC addresses are used by more than one running vNIC.`,
  }),
  hostReason({
    ...IP,
    id: 'host_duplicate_ip',
    follows: ['duplicate_ip'],
    condition:
      'addresses are read (opt-in) and more than one running vNIC of the host, with different MACs, has the same IP address',
    source: SOURCE.getVnic,
    holds: ({ addresses }) => when(addresses.duplicateIps, (count) => count > 0),
    detail: ({ addresses }) => `${addresses.duplicateIps ?? ''} IP addresses are used by more than one running vNIC.`,
  }),
];
