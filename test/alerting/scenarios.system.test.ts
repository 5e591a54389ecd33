import { expect, it } from 'vitest';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { withAddresses } from '../../tools/rule-tests/annotations.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { withMigrationsOf } from '../../src/simulated-host/migrations.ts';
import { makeSetup } from '../../src/simulated-host/setup.ts';
import { makeWorld, type World, worldOf } from '../../src/simulated-host/world.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { simulateFamilies } from '../support/simulated-families.ts';
import { NOON } from '../support/simulated-host.ts';
import { describeWith } from '../support/tools.ts';

const HOST = { cluster: 'c1', instance: 'hv01:10182' };
const TARGET = { ...HOST, host: 'hv01', job: defaultThresholds.job };
const RULES = rulesYaml(defaultThresholds);
const X520 = 'Intel[R] Ethernet 10G 2P X520 Adapter';
const LAN01 = { ...TARGET, vswitch: 'vSwitch_LAN01' };

interface Firing {
  /** Of a virtual NIC: the ids are looked up */
  readonly vm?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly description: string;
  readonly remedy?: string;
}
interface Expected {
  readonly alert: string;
  readonly severity: string;
  readonly summary: string;
  readonly at: number;
  readonly notYet: number;
  /** Most alerts on a virtual NIC name its vSwitch, so that one on that can mute them. */
  readonly withoutVswitch?: boolean;
  readonly fires: readonly Firing[];
}

const REMEDY =
  'The status page of hv01:10182 shows the reason for this virtual NIC and how to fix it. The reason alone is a label of hyperv_vnic_fallback.';

/** What each scenario of the demo host raises, in full, by what the exporter shows of it. */
const RAISED: readonly (readonly [scenario: Scenario, expected: readonly Expected[]])[] = [
  [
    'vf-pool-exhausted',
    [
      {
        alert: 'SriovVfPoolExhausted',
        severity: 'warning',
        summary: 'A vSwitch has no VF left and virtual NICs wait for one.',
        notYet: 7,
        at: 20,
        fires: [
          {
            labels: LAN01,
            description:
              'All VFs of the vSwitch vSwitch_LAN01 on hv01:10182 are in use, and 5 virtual NICs that ask for one are on the synthetic path. Set IovWeight to 0 on a virtual machine that does not need its VF, raise NumVFs (at the hardware limit, raise the number of VFs in the firmware of the NIC), or move a virtual machine to another host.',
          },
        ],
      },
      {
        alert: 'SriovVfPoolNearExhaustion',
        severity: 'info',
        summary: 'A vSwitch has few VFs left.',
        notYet: 20,
        at: 40,
        fires: [
          {
            labels: LAN01,
            description:
              'The vSwitch vSwitch_LAN01 on hv01:10182 has 0 VFs left. The next virtual machines that start will run on the synthetic path.',
          },
        ],
      },
      {
        alert: 'SriovVfFallback',
        severity: 'warning',
        summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
        notYet: 7,
        at: 20,
        fires: ['vdi-215', 'vdi-216', 'vdi-217', 'vdi-218', 'proxy-201'].map((vm) => ({
          vm,
          description: `The virtual NIC Network Adapter of ${vm} on hv01:10182 (vSwitch vSwitch_LAN01) has had no VF for 10 minutes. It works, but it is slower and uses host CPU.`,
          remedy: REMEDY,
        })),
      },
    ],
  ],
  [
    'guest-driver-missing',
    [
      {
        alert: 'SriovVfNotUsedByGuest',
        severity: 'warning',
        summary: 'A virtual NIC has a VF that its guest does not use.',
        notYet: 12,
        at: 25,
        fires: ['mail-201', 'files-201', 'app-201'].map((vm) => ({
          vm,
          description: `The host has assigned a VF to the virtual NIC Network Adapter of ${vm} on hv01:10182 (vSwitch vSwitch_LAN01), but the guest has not used it for 15 minutes. Check the VF driver in the guest, then the NIC driver of the host.`,
          remedy: REMEDY,
        })),
      },
    ],
  ],
  [
    'host-blocked',
    [
      {
        alert: 'SriovHostIovUnsupported',
        severity: 'warning',
        summary: 'A Hyper-V host does not support SR-IOV, but its virtual machines ask for VFs.',
        notYet: 1,
        at: 10,
        fires: [
          {
            labels: TARGET,
            description:
              'Windows reports that hv01:10182 does not support SR-IOV (Get-VMHost IovSupport), while running virtual NICs ask for a VF. The metric hyperv_host_iov_blocker has the reasons.',
          },
        ],
      },
    ],
  ],
  [
    'nic-disabled',
    [
      {
        alert: 'SriovNicIovDisabled',
        severity: 'warning',
        summary: 'SR-IOV is disabled on a NIC whose vSwitch was created with SR-IOV.',
        notYet: 2,
        at: 10,
        fires: [
          {
            labels: { ...LAN01, nic: X520 },
            description: `On hv01:10182, the NIC ${X520} of the vSwitch vSwitch_LAN01 supports SR-IOV, but it is disabled. A driver update often resets this setting. Enable-NetAdapterSriov enables it and restarts the NIC.`,
          },
        ],
      },
    ],
  ],
  [
    'switch-not-iov',
    [
      {
        alert: 'SriovVswitchNotIov',
        severity: 'warning',
        summary: 'Virtual NICs ask for a VF on a vSwitch that was created without SR-IOV.',
        notYet: 2,
        at: 10,
        fires: [
          {
            labels: LAN01,
            description:
              'On hv01:10182, the external vSwitch vSwitch_LAN01 was created without SR-IOV, and virtual NICs on it ask for a VF. SR-IOV cannot be enabled later: the vSwitch must be recreated.',
          },
        ],
      },
    ],
  ],
  [
    'queue-pairs-exhausted',
    [
      {
        alert: 'SriovQueuePairsExhausted',
        severity: 'warning',
        summary: 'A vSwitch has VFs left, but too few queue pairs or vPorts for them.',
        notYet: 12,
        at: 25,
        fires: [
          {
            labels: LAN01,
            description:
              'On hv01:10182, vSwitch vSwitch_LAN01, VFs are left but no queue pairs or vPorts for them, and virtual NICs wait for a VF. Check IovQueuePairsRequested of the virtual NICs.',
          },
        ],
      },
    ],
  ],
  [
    'flapping',
    [
      {
        alert: 'SriovVfPathFlapping',
        severity: 'warning',
        summary: 'A virtual NIC keeps switching between its VF and the synthetic path.',
        notYet: 10,
        at: 28,
        withoutVswitch: true,
        fires: [
          {
            vm: 'web-201',
            description:
              'The virtual NIC Network Adapter of web-201 on hv01:10182 changed its path 9 times in 30 minutes. Two or three changes at a boot and one at a live migration are normal.',
          },
        ],
      },
    ],
  ],
  [
    'vmq-starved',
    [
      {
        alert: 'SriovVmqStarved',
        severity: 'warning',
        summary: 'A virtual NIC with heavy inbound traffic has no VM queue and none is free.',
        notYet: 12,
        at: 25,
        fires: [
          ['iis-6', '81.74k'],
          ['iis-7', '70.63k'],
          ['iis-8', '80.99k'],
        ].map(([vm = '', packets]) => ({
          vm,
          description: `The virtual NIC Network Adapter of ${vm} on hv01:10182 (vSwitch vSwitch_LAN02) receives ${packets} packets per second through the default queue, because every VM queue is in use. Hyper-V allocates VM queues first come, first served.`,
        })),
      },
    ],
  ],
];

/** What comes and goes by itself raises nothing. */
const migrating = makeSetup(1, 'live-migration', 'x520', 1);
const pair = [migrating, withMigrationsOf(migrating, makeSetup(3, 'healthy', 'x520', 3))];
/** What is true of every simulated host, and of two alone: neither can take over all VMs of the other. */
const ALWAYS = 'SriovSimulatedHost|SriovFailoverVfShort';
const QUIET: readonly (readonly [title: string, minutes: number, hosts: readonly World[]])[] = [
  ['live migration between two hosts of a cluster', 60, pair.map((setup) => worldOf(setup, NOON))],
  ['boot-storm', 40, [makeWorld(1, 'boot-storm', NOON)]],
  ['nic-restart', 40, [makeWorld(1, 'nic-restart', NOON)]],
];

const named = (text: string): Set<string> => new Set(text.match(/\bhyperv_\w+/g) ?? []);

function record(world: World, minutes: number, only: ReadonlySet<string>, target = TARGET) {
  const recorder = recordScrapes({ target, only: (name) => only.has(name) });
  let families: readonly MetricFamily[] = [];
  const isRead = (name: string) => only.has(name) || name === 'hyperv_vnic_info';
  for (const moment of simulateFamilies(world, NOON, minutes, isRead)) {
    families = moment.families;
    recorder.scrape(families, moment.at);
  }
  const vnics = families.find(({ name }) => name === 'hyperv_vnic_info')?.samples ?? [];
  const labelsOf = (vm: string, withoutVswitch: boolean): Record<string, string> => {
    const found = vnics
      .map(({ shared, labels }): Record<string, string> => ({ ...shared, ...labels }))
      .find((labels) => labels['vm'] === vm && labels['vnic'] === 'Network Adapter');
    const { vm_id = '', vnic = '', vnic_id = '', vswitch = '' } = found ?? {};
    return { vm, vm_id, vnic, vnic_id, ...(withoutVswitch ? {} : { vswitch }) };
  };
  return { rows: recorder.rows(), labelsOf };
}

/** The rule file of an alert, and the recordings. */
function rulesOf(alerts: readonly string[]): ReadonlyMap<string, string> {
  const files = [...RULES].filter(
    ([, text]) => text.includes('record: ') || alerts.some((alert) => text.includes(`alert: ${alert}\n`)),
  );
  return new Map(files);
}

describeWith(['promtool'], 'what the exporter shows of a demo host, judged by Prometheus', () => {
  it.each(RAISED)('%s', (scenario, expected) => {
    const rules = rulesOf(expected.map(({ alert }) => alert));
    const minutes = Math.max(...expected.map(({ at }) => at));
    const { rows, labelsOf } = record(makeWorld(1, scenario, NOON), minutes, named([...rules.values()].join('\n')));
    expect(rows.length).toBeGreaterThan(50);
    const tests: RuleTest = {
      interval: '60s',
      input_series: rows,
      alert_rule_test: expected.flatMap(({ alert, severity, summary, notYet, at, withoutVswitch = false, fires }) => [
        { eval_time: `${notYet}m`, alertname: alert, exp_alerts: [] },
        {
          eval_time: `${at}m`,
          alertname: alert,
          exp_alerts: fires.map(
            ({ vm, labels = { ...TARGET, ...labelsOf(vm ?? '', withoutVswitch) }, description, remedy }) => ({
              exp_labels: { ...labels, severity },
              exp_annotations: withAddresses(alert, labels, {
                summary,
                description,
                ...(remedy === undefined ? {} : { remedy }),
              }),
            }),
          ),
        },
      ]),
    };
    expect(failuresOf({ rules, evaluationInterval: '60s', tests: [tests] })).toBeUndefined();
  });

  it.each(QUIET)('%s raises no alert that needs action', (_title, minutes, hosts) => {
    const read = named([...RULES.values()].join('\n'));
    const rows = hosts.flatMap((world, index) => {
      const host = `hv0${index + 1}`;
      return record(world, minutes, read, { ...TARGET, host, instance: `${host}:10182` }).rows;
    });
    expect(rows.length).toBeGreaterThan(500);
    const at = Array.from({ length: Math.floor(minutes / 5) }, (_, index) => (index + 1) * 5 - 1);
    const tests: RuleTest = {
      interval: '60s',
      input_series: rows,
      promql_expr_test: at.map((minute) => ({
        expr: `ALERTS{alertstate="firing",severity!="info",alertname!~"${ALWAYS}"}`,
        eval_time: `${minute}m`,
        exp_samples: [],
      })),
    };
    expect(failuresOf({ rules: RULES, evaluationInterval: '60s', tests: [tests] })).toBeUndefined();
  });
});
