import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { count, group, isNot, matchesNot, metric, perCluster } from '../expr/expr.ts';
import { figure, ifLabel, label, text } from '../text.ts';
import { MINUTE, VM, type RuleGroup } from './define.ts';

const ZERO_MAC = '00:00:00:00:00:00';

/** Two running virtual NICs share a MAC or an IP address. */
export const addressGroup: RuleGroup = {
  name: 'sriov-addresses',
  interval: 2 * MINUTE,
  records: [],
  alerts: [
    {
      name: 'SriovDuplicateMac',
      severity: ALERT_SEVERITY.SriovDuplicateMac,
      scope: 'host',
      hostPage: false,
      for: 10 * MINUTE,
      summary: 'Two running virtual NICs have the same MAC address.',
      description: text`The MAC address ${label('mac')} is on ${figure()} running virtual NICs${ifLabel('cluster', text` of the cluster ${label('cluster')}`)}. A VF and its synthetic NIC share one MAC inside a guest by design and count as one here.`,
      // Grouped by vnic_id: during a live migration two hosts report the same vNIC, which is not a duplicate.
      expr: ({ duplicate_mac_ignored: ignored }) => {
        const onPurpose = ignored.length === 0 ? [] : [matchesNot('mac', `(${ignored.join('|')}).*`)];
        const addressed = metric('hyperv_vnic_info', isNot('mac', ''), isNot('mac', ZERO_MAC), ...onPurpose);
        const running = addressed.and(VM, metric('hyperv_vm_running').eq(1));
        return count(perCluster('mac'), group(perCluster('mac', 'vnic_id'), running)).gt(1);
      },
    },
    {
      name: 'SriovDuplicateIp',
      severity: ALERT_SEVERITY.SriovDuplicateIp,
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'Two virtual NICs with different MAC addresses report the same IP address.',
      description: text`On ${label('instance')}, ${figure()} IP addresses are each reported by virtual NICs with different MAC addresses. The command explain lists them. This alert needs the collection of guest IP addresses, which is off by default.`,
      expr: () => metric('hyperv_host_duplicate_ip_addresses').gt(0),
    },
  ],
};
