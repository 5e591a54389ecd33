import { windows } from '../../document/enumerations.ts';
import { getVSwitch, vnicCommand } from '../commands.ts';
import { call, formatTable, pipeline } from '../powershell.ts';
import { all, any, when } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'policy', step: 'vnic', kind: 'reason' });

const { VMNetworkAdapterIsolationMode: IsolationMode } = windows;
const VIRTUAL_SUBNET: ReadonlySet<number> = new Set([
  IsolationMode.NativeVirtualSubnet,
  IsolationMode.ExternalVirtualSubnet,
]);

/** Settings and features that do not allow a VF. */
export const policyReasons: readonly VnicReason[] = [
  reason({
    id: 'overlay_network',
    alert: 'SriovVfFallback',
    meaning:
      'The vNIC is in a virtual network (NVGRE or VXLAN). Hyper-V cannot apply a virtual network to the traffic of a VF.',
    condition: 'VirtualSubnetId is not 0, or the isolation mode is a virtual subnet',
    remedy: 'Use VLANs for VMs that need a VF, or set IovWeight to 0.',
    impact: IMPACT.otherNetwork,
    source: SOURCE.features,
    holds: ({ vnic: { settings } }) =>
      any(
        when(settings?.virtualSubnetId, (id) => id > 0),
        when(settings?.isolationMode, (mode) => VIRTUAL_SUBNET.has(mode)),
      ),
    detail: (facts) => `${vnicName(facts)} is in virtual subnet ${facts.vnic.settings?.virtualSubnetId ?? ''}.`,
    command: (facts) => vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: 0 }),
  }),
];

/** A suspected cause only, so it is checked after all certain ones. */
export const suspicions: readonly VnicReason[] = [
  reason({
    id: 'forwarding_extension_suspect',
    topic: 'last',
    step: 'vswitch',
    alert: 'SriovVfFallback',
    meaning:
      'A forwarding extension of the vSwitch may have removed the VF so that its policies apply. This is only suspected, because no other cause was found.',
    condition: 'the vSwitch has an enabled extension of type Forwarding and nothing above holds',
    remedy: 'Ask the vendor of the extension, or disable the extension as a test.',
    impact: {
      class: 'nic_or_vswitch',
      detail: 'The policies of the extension no longer apply to any vNIC of the vSwitch.',
    },
    source: SOURCE.removeVf,
    holds: ({ vswitch }) => when(vswitch?.vswitch.forwardingExtensions, (names) => names.length > 0),
    detail: ({ vswitch }) =>
      `vSwitch ${vswitch?.vswitch.name ?? ''} has ${(vswitch?.vswitch.forwardingExtensions ?? []).join(', ')} enabled.`,
    command: ({ vswitch }) => {
      const get = vswitch && getVSwitch(vswitch);
      return get && pipeline(get, call('Get-VMSwitchExtension'), formatTable('Name', 'ExtensionType', 'Enabled'));
    },
  }),
];

/** Settings that cost traffic on a VF or will prevent one. */
export const policyFindings: readonly VnicReason[] = [
  reason({
    id: 'policy_not_enforced_on_vf',
    kind: 'finding',
    severity: 'warning',
    meaning:
      'The vNIC is on its VF and has access rules or a bandwidth limit. The vSwitch does not apply them to VF traffic.',
    condition: 'the vNIC is on its VF and has ACLs, extended ACLs or a maximum bandwidth',
    remedy: 'Set IovWeight to 0 so that the vNIC uses no VF, or enforce the rules in the guest or in the network.',
    impact: IMPACT.syntheticPath,
    source: SOURCE.features,
    holds: ({ path, vnic: { settings } }) =>
      all(
        path === 'vf',
        any(
          when(settings?.aclRules, (rules) => rules > 0),
          when(settings?.maximumBandwidthBytes, (bytes) => bytes > 0),
        ),
      ),
    detail: (facts) => {
      const { aclRules = 0, maximumBandwidthBytes = 0 } = facts.vnic.settings ?? {};
      const what = [
        ...(aclRules > 0 ? [`${aclRules} access rules`] : []),
        ...(maximumBandwidthBytes > 0 ? ['a bandwidth limit'] : []),
      ];
      return `${vnicName(facts)} is on its VF, so ${what.join(' and ')} do not apply to its traffic.`;
    },
    command: (facts) => vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: 0 }),
  }),
];
