import { clusterOf, ELSEWHERE, flat, HV1, HV2, never, one, type RuleTest, steps, vnic, vnicIds } from './define.ts';

const MAC = '00:15:5D:00:00:AA';
const duplicate = {
  labels: { ...clusterOf(HV1), mac: MAC, severity: 'warning' },
  annotations: {
    summary: 'Two running virtual NICs have the same MAC address.',
    description: `The MAC address ${MAC} is on 2 running virtual NICs of the cluster c1. A VF and its synthetic NIC share one MAC inside a guest by design and count as one here.`,
  },
};
const not = (what: string, series: RuleTest['series']): RuleTest => ({
  alert: 'SriovDuplicateMac',
  case: what,
  series,
  checks: never(13, 60),
});

export const addressTests: readonly RuleTest[] = [
  {
    alert: 'SriovDuplicateMac',
    case: 'a clone on another host',
    series: [...vnic(HV1, 1, { mac: MAC }), ...vnic(HV2, 2, { mac: MAC })],
    checks: [...never(8), { at: 13, fires: [duplicate] }],
  },
  not('a virtual machine in migration is seen on two hosts', [
    ...vnic(HV1, 1, { mac: MAC }),
    ...vnic(HV2, 1, { mac: MAC }),
  ]),
  not('another site is another network', [...vnic(HV1, 1, { mac: MAC }), ...vnic(ELSEWHERE, 2, { mac: MAC })]),
  not('nodes of Network Load Balancing share one', [
    ...vnic(HV1, 1, { mac: '02:BF:0A:00:00:05' }),
    ...vnic(HV2, 2, { mac: '02:BF:0A:00:00:05' }),
  ]),
  not('virtual machines that never started have none yet', [
    ...vnic(HV1, 1, { mac: '00:00:00:00:00:00' }),
    ...vnic(HV1, 2, { mac: '00:00:00:00:00:00' }),
  ]),
  not('the copy of a replica does not run', [
    ...vnic(HV1, 1, { mac: MAC }),
    one(HV2, 'hyperv_vnic_info', { ...vnicIds(2), mac: MAC, kind: 'synthetic' }, flat(1)),
    one(HV2, 'hyperv_vm_running', { vm: 'sql02', vm_id: 'vm-2' }, flat(0)),
  ]),
  {
    alert: 'SriovDuplicateIp',
    case: 'one address reported twice',
    series: [one(HV1, 'hyperv_host_duplicate_ip_addresses', {}, steps([0, 10], [1, 60]))],
    checks: [
      ...never(9, 23),
      {
        at: 27,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'Two virtual NICs with different MAC addresses report the same IP address.',
              description:
                'On hv01:10182, 1 IP addresses are each reported by virtual NICs with different MAC addresses. The command explain lists them. This alert needs the collection of guest IP addresses, which is off by default.',
            },
          },
        ],
      },
    ],
  },
  {
    alert: 'SriovDuplicateIp',
    case: 'none',
    series: [one(HV1, 'hyperv_host_duplicate_ip_addresses', {}, flat(0))],
    checks: never(27, 60),
  },
];
