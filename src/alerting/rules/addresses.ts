import type { Thresholds } from '../thresholds.ts';
import { figure, ifLabel, label, text } from '../text.ts';
import { aggregate, and, size, whereValue } from '../vector.ts';
import { type AlertGroup, get, lines, MINUTE, on, VM } from './define.ts';

const ZERO_MAC = '00:00:00:00:00:00';

/** Matcher that leaves out the addresses that are shared on purpose */
const shared = ({ duplicate_mac_ignored: ignored }: Thresholds): string =>
  ignored.length === 0 ? '' : `,mac!~"(${ignored.join('|')}).*"`;

/** Two running virtual NICs with one address. */
export const addressAlerts: AlertGroup = {
  name: 'sriov-addresses',
  alerts: [
    {
      name: 'SriovDuplicateMac',
      severity: 'warning',
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'Two running virtual NICs have the same MAC address.',
      description: text`The MAC address ${label('mac')} is on ${figure()} running virtual NICs${ifLabel('cluster', text` of the cluster ${label('cluster')}`)}. A VF and its synthetic NIC share one MAC inside a guest by design: they count as one here.`,
      // By vnic_id: a virtual machine in migration, seen on two hosts for a while, is no duplicate.
      expr: (t) =>
        lines(
          `count by (cluster, mac) (`,
          `  group by (cluster, mac, vnic_id) (`,
          `    hyperv_vnic_info{mac!="",mac!="${ZERO_MAC}"${shared(t)}} and ${on(VM)} hyperv_vm_running == 1`,
          `  )`,
          `) > 1`,
        ),
      when: (view) => {
        const running = whereValue(get(view, 'hyperv_vm_running'), (value) => value === 1);
        const addressed = get(view, 'hyperv_vnic_info').filter(
          ({ labels: { mac = '' } }) =>
            mac !== '' &&
            mac !== ZERO_MAC &&
            !view.thresholds.duplicate_mac_ignored.some((bytes) => mac.startsWith(bytes)),
        );
        const each = aggregate(and(addressed, VM, running), ['cluster', 'mac', 'vnic_id'], () => 1);
        return whereValue(aggregate(each, ['cluster', 'mac'], size), (count) => count > 1);
      },
    },
    {
      name: 'SriovDuplicateIp',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'Two virtual NICs with different MAC addresses report the same IP address.',
      description: text`On ${label('instance')} ${figure()} IP addresses are reported by virtual NICs with different MAC addresses. Only with the collection of guest addresses switched on; explain names them.`,
      expr: () => `hyperv_host_duplicate_ip_addresses > 0`,
      when: (view) => whereValue(get(view, 'hyperv_host_duplicate_ip_addresses'), (value) => value > 0),
    },
  ],
};
