import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drift, driftOf } from '../../src/cluster/drift.ts';
import { failoverInSteps, failoverOf } from '../../src/cluster/failover.ts';
import type { Node, VmDemand } from '../../src/cluster/node.ts';
import { MAX_PLACED, placementsOf, placesFor } from '../../src/cluster/placement.ts';
import { IMPACT, impactText } from '../../src/diagnosis/impact.ts';
import { atOnce } from '../../src/turn.ts';
import { diagnoseWorld, nic, NIC, NIC_2, ordinary, trackedHost, type World } from '../support/hand-made/host.ts';

const vm = (id: string, ...vnics: readonly (readonly [vswitch: string, queuePairs?: number])[]): VmDemand => ({
  id,
  name: id,
  vnics: vnics.map(([vswitch, queuePairs = 1]) => ({ vswitch, queuePairs })),
});
const node = (
  name: string,
  pools: Readonly<Record<string, number>>,
  vms: readonly VmDemand[] = [],
  state: Node['state'] = 'up',
): Node => ({ name, state, vms, pools: new Map(Object.entries(pools).map(([vswitch, vfs]) => [vswitch, { vfs }])) });

/**
 * The worked example of docs/fleet.md: hv01 has 5 vNICs that ask for a VF on LAN. hv02 has 3 free VFs and hv03 one, so
 * the sum says that one is short. But the VM of two vNICs and one of the others fill hv02, and a VM of two does not fit
 * into what is left.
 */
const EXAMPLE: readonly Node[] = [
  node('hv01', { LAN: 0 }, [vm('sql', ['LAN'], ['LAN']), vm('web', ['LAN'], ['LAN']), vm('dns', ['LAN'])]),
  node('hv02', { LAN: 3 }, [vm('app', ['LAN'])]),
  node('hv03', { LAN: 1 }),
];

describe('failover', () => {
  it('of the worked example: a VM goes to one host whole', () => {
    const { shortfall, short, complete } = failoverOf('hv01', EXAMPLE);
    expect([[...shortfall], short, complete]).toEqual([[['LAN', 1]], [{ id: 'web', name: 'web', without: 1 }], true]);
    // Without the third VF of hv02 sql takes both, web one of hv03, dns none.
    const tight = EXAMPLE.map((each) =>
      each.name === 'hv02' ? { ...each, pools: new Map([['LAN', { vfs: 2 }]]) } : each,
    );
    expect([...failoverOf('hv01', tight).shortfall]).toEqual([['LAN', 2]]);
  });

  it('counts paused and unknown hosts as none, and says so of unknown ones', () => {
    const one = node('hv01', {}, [vm('a', ['LAN'])]);
    expect([...failoverOf('hv01', [one, node('hv02', { LAN: 9 }, [], 'paused')]).shortfall]).toEqual([['LAN', 1]]);
    const { shortfall, complete } = failoverOf('hv01', [one, node('hv02', { LAN: 9 }, [], 'unknown')]);
    expect([[...shortfall], complete]).toEqual([[['LAN', 1]], false]);
  });

  it('counts vPorts and queue pairs, where the NIC counts them', () => {
    const one = node('hv01', {}, [vm('a', ['LAN', 4]), vm('b', ['LAN', 4])]);
    const other = (pool: { vfs: number; vports?: number; queuePairs?: number }): Node => ({
      ...node('hv02', {}),
      pools: new Map([['LAN', pool]]),
    });
    expect(failoverOf('hv01', [one, other({ vfs: 9, queuePairs: 7 })]).shortfall.get('LAN')).toBe(1);
    expect(failoverOf('hv01', [one, other({ vfs: 9, vports: 1 })]).shortfall.get('LAN')).toBe(1);
    expect(failoverOf('hv01', [one, other({ vfs: 9 })]).shortfall.get('LAN')).toBe(0);
  });

  const vswitches = ['A', 'B'] as const;
  const someVms = (most: number) =>
    fc.array(fc.array(fc.constantFrom(...vswitches), { minLength: 1, maxLength: most }), { maxLength: 5 });
  const someHosts = fc.array(fc.record({ A: fc.nat(4), B: fc.nat(4) }), { minLength: 1, maxLength: 3 });
  const cluster = (vms: readonly (readonly string[])[], hosts: readonly Record<string, number>[]): readonly Node[] => [
    node(
      'failing',
      {},
      vms.map((vnics, index) => vm(`vm${index}`, ...vnics.map((vswitch) => [vswitch] as const))),
    ),
    ...hosts.map((pools, index) => node(`other${index}`, pools)),
  ];
  const total = (nodes: readonly Node[]): number =>
    [...failoverOf('failing', nodes).shortfall.values()].reduce((sum, each) => sum + each, 0);

  /** Tries every host for every VM. */
  function best(vms: readonly (readonly string[])[], hosts: readonly Record<string, number>[]): number {
    const [first, ...rest] = vms;
    if (first === undefined) return 0;
    return Math.min(
      ...hosts.map((_, chosen) => {
        const pools = { ...hosts[chosen] };
        let without = 0;
        for (const vswitch of first) {
          if ((pools[vswitch] ?? 0) > 0) pools[vswitch] = (pools[vswitch] ?? 0) - 1;
          else without += 1;
        }
        return (
          without +
          best(
            rest,
            hosts.map((host, index) => (index === chosen ? pools : host)),
          )
        );
      }),
    );
  }

  it('is never better than the best of all placements, and equal to the sum for VMs of one vNIC', () => {
    let above = 0;
    fc.assert(
      fc.property(someVms(3), someHosts, (vms, hosts) => {
        const found = total(cluster(vms, hosts));
        const least = best(vms, hosts);
        if (found > least) above += 1;
        expect(found).toBeGreaterThanOrEqual(least);
      }),
      { numRuns: 300 },
    );
    // First fit is near to the best, not equal to it.
    expect(above).toBeLessThan(60);
    fc.assert(
      fc.property(someVms(1), someHosts, (vms, hosts) => {
        const short = vswitches.map((vswitch) => {
          const asked = vms.filter(([only]) => only === vswitch).length;
          return Math.max(0, asked - hosts.reduce((sum, host) => sum + host[vswitch], 0));
        });
        expect(total(cluster(vms, hosts))).toBe(short.reduce((sum, each) => sum + each, 0));
      }),
    );
  });
});

describe('placement', () => {
  it('puts hosts that fit first, then those whose cluster is better off, and says what speaks against the others', () => {
    const sql = vm('sql', ['LAN'], ['LAN']);
    const places = atOnce(
      placesFor(sql, [
        node('hv01', { LAN: 0 }, [sql]),
        node('hv02', { LAN: 9 }),
        node('hv03', { LAN: 5 }),
        node('hv04', { LAN: 1 }),
        node('hv05', { WAN: 9 }),
        node('hv06', { LAN: 9 }, [], 'paused'),
        node('hv07', {}, [], 'unknown'),
      ]),
    );
    expect(places.map(({ host, fits, against }) => [host, fits, ...against])).toEqual([
      ['hv02', true],
      ['hv03', true],
      ['hv01', true],
      ['hv04', false, 'LAN: 1 VFs left, 2 needed'],
      ['hv05', false, 'no vSwitch LAN with IOV'],
      ['hv06', false, 'the host is paused or being drained'],
      ['hv07', false, 'the host is not reachable or its data are too old'],
    ]);
    expect(places[0]).toMatchObject({ vfsLeft: 7, worstFailover: 0 });
  });

  it('says where the VM takes what the failure of a host would need', () => {
    const a = vm('a', ['LAN']);
    // The VF that a leaves behind is on a paused host. Of hv02's two VFs it takes one, or b and c have a third beside them.
    const nodes = [
      node('hv01', { LAN: 0 }, [a], 'paused'),
      node('hv02', { LAN: 2 }),
      node('hv03', { LAN: 9 }, [vm('b', ['LAN']), vm('c', ['LAN'])]),
    ];
    expect([...failoverOf('hv03', nodes).shortfall]).toEqual([['LAN', 0]]);
    expect(atOnce(placesFor(a, nodes)).map(({ host, worstFailover }) => [host, worstFailover])).toEqual([
      ['hv03', 1],
      ['hv02', 1],
      ['hv01', undefined],
    ]);
  });
});

describe('many VMs of one name', () => {
  const named = (count: number): readonly VmDemand[] =>
    Array.from({ length: count }, (_, index) => ({ ...vm(`id-${index}`, ['LAN']), name: 'web' }));
  const clusterOf = (count: number) => [
    { cluster: 'a', nodes: [node('hv01', { LAN: 0 }, named(count)), node('hv02', { LAN: 4 })] },
  ];

  it('are answered up to a number, and any other by its id', () => {
    const found = atOnce(placementsOf('web', clusterOf(500)));
    expect([found.vms.length, found.more]).toEqual([MAX_PLACED, 500 - MAX_PLACED]);
    expect(atOnce(placementsOf('id-499', clusterOf(500))).vms.map(({ vmId }) => vmId)).toEqual(['id-499']);
    expect(atOnce(placementsOf('web', clusterOf(MAX_PLACED)))).toMatchObject({ more: 0 });
  });

  it('are placed a few in a step', () => {
    const vms = 500;
    let steps = 0;
    const walk = failoverInSteps('hv01', clusterOf(vms)[0]?.nodes ?? []);
    while (walk.next().done !== true) steps += 1;
    expect(steps).toBeGreaterThanOrEqual(vms / 10);
  });
});

describe('drift', () => {
  const examined = (name: string, change: (world: World) => void = () => undefined) => {
    const world = ordinary();
    world.host.platform = {
      ...world.host.platform,
      build: '20348',
      bios: '1.0',
      iovSupported: true,
      iovOverride: false,
    };
    world.host.cluster = { name: `${name}-node` };
    world.host.nics = [nic(NIC, 'SLOT 2 Port 1'), nic(NIC_2, 'SLOT 2 Port 2')];
    for (const port of world.host.nics) port.driverVersion = '4.1';
    change(world);
    return { name, view: { tracked: trackedHost(world), diagnosis: diagnoseWorld(world) } };
  };
  const driftOfOdd = (change: (world: World) => void, others?: (world: World) => void) =>
    driftOf([examined('hv01', others), examined('hv02', others), examined('hv03', change)]);
  /** What differs on hv03, without the fix */
  const rowsOf = (drift: readonly Drift[]) =>
    drift.map(({ host, object, subject, property, value, norm, severity }) => [
      host,
      object,
      subject,
      property,
      value,
      norm,
      severity,
    ]);

  it('is nothing where all are alike, and without a majority', () => {
    expect(driftOfOdd(() => undefined)).toEqual([]);
    expect(driftOf([examined('a')])).toEqual([]);
    const two = ['1', '2'].map((build) => examined(build, ({ host }) => void (host.platform = { build })));
    expect(driftOf(two)).toEqual([]);
  });

  it('is what differs from most; IOV off is never the norm, VMQ off may be', () => {
    const off = ({ host }: World) => {
      host.vswitches[0]!.iovEnabled = false;
    };
    expect(
      rowsOf(
        driftOf([
          examined('hv01', off),
          examined('hv02', off),
          examined('hv03', ({ host }) => {
            host.platform = { ...host.platform, build: '26100' };
            for (const port of host.nics) {
              port.driverVersion = '4.2';
              port.vmq = { ...port.vmq, enabled: true };
            }
          }),
        ]),
      ),
    ).toEqual([
      ['hv01', 'vswitch', 'Production', 'IOV', 'off', 'on', 'warning'],
      ['hv02', 'vswitch', 'Production', 'IOV', 'off', 'on', 'warning'],
      ['hv03', 'host', '', 'build', '26100', '20348', 'info'],
      ['hv03', 'nic', NIC, 'driver', '4.2', '4.1', 'info'],
      ['hv03', 'nic', NIC, 'VMQ', 'on', 'off', 'info'],
    ]);
  });

  it('of a vSwitch without IOV has the plan that recreates it, after its impact and with the node drained', () => {
    const [{ fix } = { fix: undefined }, ...others] = driftOfOdd(({ host }) => {
      Object.assign(host.vswitches[0]!, { iovEnabled: false, physicalNics: [NIC], allowManagementOs: false });
    });
    expect(others).toEqual([]);
    expect(fix).toMatchObject({ impact: IMPACT.vswitchRecreated, commands: [] });
    const steps = fix?.plans.flat().flatMap(({ command }) => command ?? []) ?? [];
    expect(steps).toContain("Suspend-ClusterNode -Name 'hv03-node' -Drain -Wait");
    expect(steps.find((step) => step.startsWith('New-VMSwitch'))).toMatch(/-Name 'Production' .*-EnableIov \$true$/);
    expect(steps.at(-1)).toBe("Resume-ClusterNode -Name 'hv03-node' -Failback Immediate");
  });

  /** Each setting that a command changes: on the NIC that differs, and on no other. */
  it.each<[what: string, change: (world: World) => void, commands: readonly string[]]>([
    [
      'SR-IOV',
      ({ host }) => void (host.nics[1]!.sriovEnabled = false),
      ["Enable-NetAdapterSriov -Name 'SLOT 2 Port 2'"],
    ],
    ['VFs', ({ host }) => void (host.nics[0]!.vfLimit = 8), ["Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 62"]],
    [
      'VFs',
      ({ host }) => {
        for (const port of host.nics) port.vfLimit = 8;
      },
      ["Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 62", "Set-NetAdapterSriov -Name 'SLOT 2 Port 2' -NumVFs 62"],
    ],
  ])('of %s has the command for each NIC that differs', (property, change, commands) => {
    const found = driftOfOdd(change).find(({ object, property: its }) => object === 'nic' && its === property);
    expect(found).toMatchObject({ host: 'hv03', severity: 'warning', fix: { impact: IMPACT.nicRestart, commands } });
  });

  it('of VMQ has the command', () => {
    const on = ({ host }: World) => {
      for (const port of host.nics) port.vmq = { ...port.vmq, enabled: true };
    };
    const [found] = driftOfOdd((world) => {
      on(world);
      world.host.nics[0]!.vmq = { enabled: false };
    }, on);
    expect(found?.fix.commands).toEqual(["Enable-NetAdapterVmq -Name 'SLOT 2 Port 1'"]);
  });

  it('of the registry value that only one host has has the command that removes it', () => {
    const [found] = driftOfOdd(({ host }) => {
      host.platform = { ...host.platform, iovOverride: true };
    });
    expect(found).toMatchObject({ property: 'IOV override', value: 'set', norm: 'not set', severity: 'info' });
    expect(found?.fix).toMatchObject({
      impact: { class: 'host_restart' },
      commands: [expect.stringMatching(/^Remove-ItemProperty .* -Name IovEnableOverride$/)],
    });
  });

  it('of IOV support has the plan for the reason that Windows gives', () => {
    const [found] = driftOfOdd(({ host }) => {
      host.platform = {
        ...host.platform,
        iovSupported: false,
        iovReasons: ['The system is configured to disable the use of I/O remapping hardware.'],
      };
    });
    expect(found).toMatchObject({ property: 'IOV support', fix: { impact: { class: 'host_restart' } } });
    expect(found?.fix.plans.flat().map(({ command }) => command)).toContain(
      'bcdedit /deletevalue hypervisoriommupolicy',
    );
  });

  it.each<[what: string, change: (world: World) => void]>([
    ['driver', ({ host }) => host.nics.forEach((port) => (port.driverVersion = '4.2'))],
    ['build', ({ host }) => void (host.platform = { ...host.platform, build: '26100' })],
    ['bios', ({ host }) => void (host.platform = { ...host.platform, bios: '2.0' })],
    ['queue pairs', ({ host }) => void (host.vswitches[0]!.queuePairLimit = 64)],
    ['teaming', ({ host }) => void (host.vswitches[0]!.teaming = 'set')],
    // The hardware has fewer: a command would fail.
    ['VFs', ({ host }) => host.nics.forEach((port) => Object.assign(port, { vfLimit: 8, vfHardwareLimit: 8 }))],
    ['IOV override', ({ host }) => void (host.platform = { ...host.platform, iovOverride: false })],
  ])('of %s has no command, says so, and says the impact', (property, change) => {
    const others =
      property === 'IOV override' ? ({ host }: World) => void (host.platform.iovOverride = true) : undefined;
    const found = driftOfOdd(change, others).find((each) => each.property === property);
    expect(found?.fix).toMatchObject({ commands: [], plans: [] });
    expect(found?.fix.remedy).toContain('There is no command');
    expect(impactText(found!.fix.impact)).not.toBe('none');
  });

  it('never has a command with a name that PowerShell would act on', () => {
    const drift = driftOfOdd(({ host }) => {
      host.nics[0] = { ...nic(NIC, "x'; Remove-VM *"), sriovEnabled: false };
      host.nics[1] = { ...nic(NIC_2, 'SLOT *'), sriovEnabled: false };
    });
    const { fix } = drift.find(({ property }) => property === 'SR-IOV')!;
    // Picked by the description, which a comparison takes literally.
    expect(fix.commands).toEqual(
      [NIC, NIC_2].map(
        (description) =>
          `Get-NetAdapterSriov | Where-Object InterfaceDescription -EQ '${description}' | Enable-NetAdapterSriov`,
      ),
    );
  });
});
