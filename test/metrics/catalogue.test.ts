import { describe, expect, it } from 'vitest';
import { osName } from '../../src/metrics/catalogue/os-name.ts';
import type { View } from '../../src/metrics/define.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { createUnmatchedTotals } from '../../src/metrics/unmatched.ts';
import { renderFamily } from '../../src/metrics/render.ts';
import type { Vnic } from '../../src/host/model.ts';
import { windows } from '../../src/document/enumerations.ts';
import { capacity, collection, part, viewOf } from '../support/hand-made/view.ts';

/** Sample lines of the families whose name has this prefix, comments left out. */
async function samples(view: View, prefix: string): Promise<string[]> {
  const families = collectFamilies(view).filter(({ name }) => name.startsWith(prefix));
  const rendered = await Promise.all(families.map((family) => renderFamily(family)));
  return rendered.flatMap((family) => (family === undefined ? [] : family.samples.trim().split('\n')));
}

const VM = '6f1c3b52-0000-4000-8000-000000000001';
const VNIC = 'aaaaaaaa-0000-4000-8000-000000000001';
const VSWITCH = '5a5a5a5a-0000-4000-8000-000000000001';
const fresh = (source: string) =>
  new Map([[source, { part: 'inventory', status: 'ok', fresh: true, takenAt: 1 }]] as const);
const vnic: Vnic = {
  id: VNIC,
  name: 'Network Adapter',
  vmId: VM,
  vmName: 'sql01',
  kind: 'synthetic',
  mac: '00:15:5D:00:00:01',
  vswitchId: VSWITCH,
  vswitchName: 'Prod',
  vlan: 7,
  connected: true,
  iovWeight: 100,
  pathApplies: true,
  path: 'synthetic',
  offload: { queuePairsRequested: 2, queuePairsAssigned: 0, vmqWeight: 100, vmqAllocated: false, vrssEnabled: true },
  traffic: { receiveBytes: 1e15, transmitBytes: 5 },
  counterInstance: 'sql01_Network Adapter_6F1C--AAAA',
  identityOnly: false,
};
const tracked = (path: 'vf' | 'assigned' | 'synthetic' | 'unknown') =>
  new Map([[VNIC, { path, since: 1_767_323_000_500, transitionsTo: { vf: 1, synthetic: 2 }, recentChanges: [] }]]);
const LABELS = `vm="sql01",vm_id="${VM}",vnic="Network Adapter",vnic_id="${VNIC}"`;

describe('host', () => {
  it('shows what is known and nothing else', async () => {
    const view = viewOf({
      host: {
        platform: {
          os: 'Microsoft Windows Server 2022 "Rechenzentrum"',
          build: '20348',
          productType: windows.ProductType.Server,
          model: 'ProLiant "Gen10"',
          iovSupported: false,
          logicalProcessors: 32,
        },
        cpu: { guestSeconds: 12.5, hypervisorSeconds: 3, rootGuestSeconds: 2 },
        processes: [{ process: 'vmms', residentBytes: 1024 }],
        cluster: { name: 'hv1', state: 'paused', draining: false },
      },
      diagnosis: {
        hostBlockers: ['host_io_virtualization_off'],
        host: [
          { id: 'vm_name_shared', severity: 'warning', detail: 'two are called a' },
          { id: 'vm_name_shared', severity: 'warning', detail: 'two are called b' },
        ],
        duplicateMacs: 0,
      },
    });
    expect(await samples(view, 'hyperv_host_')).toEqual([
      String.raw`hyperv_host_info{os="Windows Server 2022",build="20348",model="ProLiant \"Gen10\""} 1`,
      'hyperv_host_iov_supported 0',
      'hyperv_host_iov_blocker{reason="host_io_virtualization_off"} 1',
      'hyperv_host_logical_processors 32',
      'hyperv_host_cpu_seconds_total{state="guest"} 12.5',
      'hyperv_host_cpu_seconds_total{state="hypervisor"} 3',
      'hyperv_host_duplicate_mac_addresses 0',
      'hyperv_host_process_resident_bytes{process="vmms"} 1024',
      'hyperv_host_finding{finding="vm_name_shared",severity="warning"} 1',
    ]);
    expect(await samples(view, 'hyperv_root_')).toEqual(['hyperv_root_cpu_seconds_total{state="guest"} 2']);
    expect(await samples(view, 'hyperv_cluster_')).toEqual([
      'hyperv_cluster_node_state{state="unknown"} 0',
      'hyperv_cluster_node_state{state="up"} 0',
      'hyperv_cluster_node_state{state="down"} 0',
      'hyperv_cluster_node_state{state="paused"} 1',
      'hyperv_cluster_node_state{state="joining"} 0',
      'hyperv_cluster_node_state{state="draining"} 0',
    ]);
  });

  it('has no series if nothing is known', () => {
    const names = collectFamilies(viewOf({})).filter((family) => family.samples.length > 0);
    expect(names.map(({ name }) => name)).toEqual(['hyperv_exporter_simulated']);
  });
});

describe('NIC', () => {
  const nic = { description: 'Intel(R) X520 #2', label: 'Intel[R] X520 _2', isLbfoTeam: false } as const;

  it('is named as windows_exporter names it', async () => {
    const view = viewOf({
      host: {
        nics: [
          {
            ...nic,
            mac: 'AA:BB:CC:DD:EE:FF',
            numaNode: 0,
            vswitchId: VSWITCH,
            up: true,
            speedBytes: 1.25e9,
            vfLimit: 62,
            traffic: { receiveBytes: 7, receiveErrors: 0 },
          },
        ],
        vswitches: [{ id: VSWITCH, name: 'Prod', identityOnly: false, nameShared: false }],
      },
    });
    expect(await samples(view, 'hyperv_nic_')).toEqual([
      'hyperv_nic_info{mac="AA:BB:CC:DD:EE:FF",vswitch="Prod",numa_node="0",nic="Intel[R] X520 _2"} 1',
      'hyperv_nic_up{nic="Intel[R] X520 _2"} 1',
      'hyperv_nic_speed_bytes{nic="Intel[R] X520 _2"} 1250000000',
      'hyperv_nic_vf_limit{nic="Intel[R] X520 _2"} 62',
      'hyperv_nic_receive_bytes_total{nic="Intel[R] X520 _2"} 7',
      'hyperv_nic_receive_error_packets_total{nic="Intel[R] X520 _2"} 0',
    ]);
  });

  it.each([
    [{ sriovCapable: false }, ['hyperv_nic_sriov_supported{nic="Intel[R] X520 _2"} 0']],
    [{ sriovCapable: true, sriovSupport: 'supported' }, ['hyperv_nic_sriov_supported{nic="Intel[R] X520 _2"} 1']],
    [{ sriovCapable: true, sriovSupport: 'missing_acs' }, ['hyperv_nic_sriov_supported{nic="Intel[R] X520 _2"} 0']],
    [{ sriovCapable: true, sriovSupport: 'unknown' }, []],
    [{}, []],
  ] as const)('with %j supports SR-IOV as %j', async (state, expected) => {
    const view = viewOf({ host: { nics: [{ ...nic, ...state }] } });
    expect(await samples(view, 'hyperv_nic_sriov_supported')).toEqual(expected);
  });
});

describe('vSwitch', () => {
  const vswitch = { id: VSWITCH, name: 'Prod', type: 'external', identityOnly: false, nameShared: false } as const;

  it('counts its vNICs by all five paths', async () => {
    const byPath = { vf: 3, assigned: 0, synthetic: 1, not_requested: 2, unknown: 0 };
    const view = viewOf({
      host: { vswitches: [{ ...vswitch, iovEnabled: true, vfLimit: 62, traffic: { vmqMoves: 4 } }] },
      diagnosis: {
        capacity: {
          nics: new Map(),
          vswitches: new Map([[VSWITCH, capacity({ requested: 4, waiting: 1, byPath })]]),
        },
      },
    });
    expect(await samples(view, 'hyperv_vswitch_')).toEqual([
      `hyperv_vswitch_info{vswitch_id="${VSWITCH}",type="external",vswitch="Prod"} 1`,
      'hyperv_vswitch_iov_enabled{vswitch="Prod"} 1',
      'hyperv_vswitch_vf_limit{vswitch="Prod"} 62',
      'hyperv_vswitch_vf_requested{vswitch="Prod"} 4',
      'hyperv_vswitch_vf_waiting{vswitch="Prod"} 1',
      'hyperv_vswitch_vnics{path="vf",vswitch="Prod"} 3',
      'hyperv_vswitch_vnics{path="assigned",vswitch="Prod"} 0',
      'hyperv_vswitch_vnics{path="synthetic",vswitch="Prod"} 1',
      'hyperv_vswitch_vnics{path="not_requested",vswitch="Prod"} 2',
      'hyperv_vswitch_vnics{path="unknown",vswitch="Prod"} 0',
      'hyperv_vswitch_vmq_moves_total{vswitch="Prod"} 4',
    ]);
  });

  it('has identity series but no values if it shares its name with another', async () => {
    const twin = { ...vswitch, nameShared: true, vfLimit: 62 };
    const view = viewOf({ host: { vswitches: [twin, { ...twin, id: 'ffffffff-0000-4000-8000-000000000002' }] } });
    expect((await samples(view, 'hyperv_vswitch_')).map((line) => line.split('{')[0])).toEqual([
      'hyperv_vswitch_info',
      'hyperv_vswitch_info',
    ]);
  });
});

describe('vNIC', () => {
  const fallback = { id: 'vf_pool_exhausted', severity: 'critical', detail: 'no VF left' } as const;

  it('in fallback has the reason as a label', async () => {
    const view = viewOf({
      host: { vnics: [vnic] },
      tracked: { vnics: tracked('synthetic') },
      diagnosis: {
        vnics: new Map([[VNIC, { fallback: true, reason: fallback, vfRequested: true, findings: [] }]]),
      },
    });
    expect(await samples(view, 'hyperv_vnic_')).toEqual([
      `hyperv_vnic_info{vswitch="Prod",mac="00:15:5D:00:00:01",vlan="7",kind="synthetic",${LABELS}} 1`,
      `hyperv_vnic_adapter_info{adapter="sql01_Network Adapter_6F1C--AAAA",${LABELS}} 1`,
      `hyperv_vnic_iov_weight{${LABELS}} 100`,
      `hyperv_vnic_vf_requested{${LABELS}} 1`,
      `hyperv_vnic_vf_assigned{${LABELS}} 0`,
      `hyperv_vnic_vf_active{${LABELS}} 0`,
      `hyperv_vnic_fallback{reason="vf_pool_exhausted",${LABELS}} 1`,
      `hyperv_vnic_path_transitions_total{to="vf",${LABELS}} 1`,
      `hyperv_vnic_path_transitions_total{to="synthetic",${LABELS}} 2`,
      `hyperv_vnic_path_change_timestamp_seconds{${LABELS}} 1767323000.5`,
      `hyperv_vnic_path_change_seen{${LABELS}} 0`,
      `hyperv_vnic_queue_pairs_requested{${LABELS}} 2`,
      `hyperv_vnic_queue_pairs_assigned{${LABELS}} 0`,
      `hyperv_vnic_vmq_weight{${LABELS}} 100`,
      `hyperv_vnic_vmq_allocated{${LABELS}} 0`,
      `hyperv_vnic_vrss_enabled{${LABELS}} 1`,
      `hyperv_vnic_receive_bytes_total{${LABELS}} 1000000000000000`,
      `hyperv_vnic_transmit_bytes_total{${LABELS}} 5`,
    ]);
  });

  it.each([
    ['vf', 1, 1],
    ['assigned', 1, 0],
    ['synthetic', 0, 0],
  ] as const)('on path %s has assigned %i, active %i', async (path, assigned, active) => {
    const view = viewOf({ host: { vnics: [vnic] }, tracked: { vnics: tracked(path) } });
    expect(await samples(view, 'hyperv_vnic_vf_')).toEqual([
      `hyperv_vnic_vf_assigned{${LABELS}} ${assigned}`,
      `hyperv_vnic_vf_active{${LABELS}} ${active}`,
    ]);
  });

  it.each([
    ['of an unknown path', vnic, 'unknown'],
    ['whose path does not apply (VM off)', { ...vnic, pathApplies: false }, 'synthetic'],
    ['of which it is not known whether its path applies', { ...vnic, pathApplies: undefined }, 'synthetic'],
  ] as const)('%s has no VF state', async (_, given, path) => {
    const view = viewOf({ host: { vnics: [given] }, tracked: { vnics: tracked(path) } });
    expect(await samples(view, 'hyperv_vnic_vf_')).toEqual([]);
  });

  it('has only the cause of settling while it settles', async () => {
    const settling = new Map(
      [...tracked('synthetic')].map(([id, state]) => [id, { ...state, settling: 'migration' as const }]),
    );
    const view = viewOf({ host: { vnics: [vnic] }, tracked: { vnics: settling } });
    expect(await samples(view, 'hyperv_vnic_settling')).toEqual([
      `hyperv_vnic_settling{cause="migration",${LABELS}} 1`,
    ]);
    expect(await samples(view, 'hyperv_vnic_fallback')).toEqual([]);
  });

  describe('of which only the identity is known', () => {
    const held: Vnic = {
      ...vnic,
      pathApplies: undefined,
      path: 'unknown',
      offload: undefined,
      iovWeight: undefined,
      identityOnly: true,
    };
    const names = async (view: View) => (await samples(view, 'hyperv_vnic_')).map((line) => line.split('{')[0]);

    it('keeps its counters while its counter instance exists', async () => {
      expect(await names(viewOf({ host: { vnics: [held] } }))).toEqual([
        'hyperv_vnic_info',
        'hyperv_vnic_adapter_info',
        'hyperv_vnic_receive_bytes_total',
        'hyperv_vnic_transmit_bytes_total',
      ]);
    });

    it('is gone with its counter instance, once its source has expired', async () => {
      const gone = { ...held, counterInstance: undefined, traffic: undefined };
      expect(await names(viewOf({ host: { vnics: [gone] } }))).toEqual([]);
    });

    it('stays while a fresh but partial document lacks it', async () => {
      const gone = { ...held, counterInstance: undefined, traffic: undefined };
      const view = viewOf({ host: { vnics: [gone], sources: fresh('vm_network_adapter') } });
      expect(await names(view)).toEqual(['hyperv_vnic_info']);
    });
  });
});

describe('VF, vPort and VM queue', () => {
  const nics = [{ description: 'NIC (1)', label: 'NIC [1]', isLbfoTeam: false }];
  const owner = { vmId: VM, vmName: 'sql01', vnicId: VNIC };
  const OWNER = `vm="sql01",vm_id="${VM}",vnic_id="${VNIC}"`;

  it('name their NIC and their owner', async () => {
    const view = viewOf({
      host: {
        nics,
        vfs: [{ nic: 'NIC (1)', functionId: 0, vportIds: [1], ...owner, traffic: { receiveBytes: 9 } }],
        vports: [
          { nic: 'NIC (1)', vportId: 0, activated: true, queuePairs: 1 },
          { nic: 'NIC (1)', vportId: 1, functionId: 0, ...owner, activated: false },
        ],
        vmQueues: [{ nic: 'NIC (1)', queueId: 3, ...owner, running: true, core: '0,17' }],
      },
    });
    expect(await samples(view, 'hyperv_vf_')).toEqual([
      `hyperv_vf_info{nic="NIC [1]",vf="0",${OWNER}} 1`,
      `hyperv_vf_receive_bytes_total{nic="NIC [1]",vf="0",vm_id="${VM}",vnic_id="${VNIC}"} 9`,
    ]);
    expect(await samples(view, 'hyperv_vport_')).toEqual([
      'hyperv_vport_info{nic="NIC [1]",vport="0"} 1',
      `hyperv_vport_info{nic="NIC [1]",vport="1",vf="0",${OWNER}} 1`,
      'hyperv_vport_activated{nic="NIC [1]",vport="0"} 1',
      'hyperv_vport_activated{nic="NIC [1]",vport="1"} 0',
      'hyperv_vport_queue_pairs{nic="NIC [1]",vport="0"} 1',
    ]);
    expect(await samples(view, 'hyperv_vmq_')).toEqual([
      `hyperv_vmq_queue_info{nic="NIC [1]",queue="3",${OWNER}} 1`,
      'hyperv_vmq_queue_core{nic="NIC [1]",queue="3",core="0,17"} 1',
      'hyperv_vmq_queue_running{nic="NIC [1]",queue="3"} 1',
    ]);
  });

  it('have no traffic for a VF without a known owner, as the next owner would continue its counter', async () => {
    const view = viewOf({
      host: { nics, vfs: [{ nic: 'NIC (1)', functionId: 0, vportIds: [], traffic: { receiveBytes: 9 } }] },
    });
    expect(await samples(view, 'hyperv_vf_')).toEqual(['hyperv_vf_info{nic="NIC [1]",vf="0"} 1']);
  });
});

describe('VM', () => {
  const vm = { id: VM, name: 'sql01', real: true, identityOnly: false, nameShared: false };
  const labels = `vm="sql01",vm_id="${VM}"`;

  it('shows its state, its CPU time and the SR-IOV status that Windows reports', async () => {
    const view = viewOf({
      host: {
        vms: [
          {
            ...vm,
            state: 'running',
            migrating: false,
            generation: 2,
            version: '10.0',
            sriovStatus: [
              windows.VMOperationalStatus.IovNoAvailResources,
              windows.VMOperationalStatus.IovNoAvailResources,
              windows.VMOperationalStatus.Ok,
            ],
            cpu: { guestSeconds: 1.5, hypervisorSeconds: 0.25, dispatches: 12, instances: 4 },
          },
        ],
      },
    });
    expect(await samples(view, 'hyperv_vm_')).toEqual([
      `hyperv_vm_info{generation="2",version="10.0",${labels}} 1`,
      `hyperv_vm_state{state="running",${labels}} 1`,
      `hyperv_vm_running{${labels}} 1`,
      `hyperv_vm_migrating{${labels}} 0`,
      `hyperv_vm_cpu_seconds_total{state="guest",${labels}} 1.5`,
      `hyperv_vm_cpu_seconds_total{state="hypervisor",${labels}} 0.25`,
      `hyperv_vm_cpu_dispatches_total{${labels}} 12`,
      `hyperv_vm_sriov_status{status="iov_no_available_resources",${labels}} 1`,
    ]);
  });

  it('has no state if the state was not read', async () => {
    expect(await samples(viewOf({ host: { vms: [vm] } }), 'hyperv_vm_')).toEqual([`hyperv_vm_info{${labels}} 1`]);
  });
});

describe('collection', () => {
  const source = {
    success: true,
    available: true,
    lastSuccess: 1_767_323_000_000,
    errorsTotal: 1,
    rowsSkippedTotal: 2,
  };

  it('shows each enabled collector, and no result of a poll that has not run', async () => {
    const inventory = part({
      tried: true,
      success: false,
      durationSeconds: 1.5,
      polls: { ok: 3, failed: 1, timeout: 0, starting: 0, skipped: 0 },
      sources: new Map([['vm_switch', source]]),
      powershell: { calls: 4, restarts: 1 },
    });
    const view = viewOf({ collection: collection({ inventory, activity: part({ intervalSeconds: 15 }) }) });
    const S = 'collector="inventory",source="vm_switch"';
    expect(await samples(view, 'hyperv_exporter_')).toEqual([
      'hyperv_exporter_simulated 0',
      'hyperv_exporter_collector_success{collector="inventory"} 0',
      'hyperv_exporter_collector_duration_seconds{collector="inventory"} 1.5',
      'hyperv_exporter_poll_interval_seconds{collector="inventory"} 60',
      'hyperv_exporter_poll_interval_seconds{collector="activity"} 15',
      'hyperv_exporter_polls_total{collector="inventory",result="ok"} 3',
      'hyperv_exporter_polls_total{collector="inventory",result="failed"} 1',
      'hyperv_exporter_polls_total{collector="inventory",result="timeout"} 0',
      'hyperv_exporter_polls_total{collector="inventory",result="starting"} 0',
      'hyperv_exporter_polls_total{collector="inventory",result="skipped"} 0',
      ...['ok', 'failed', 'timeout', 'starting', 'skipped'].map(
        (result) => `hyperv_exporter_polls_total{collector="activity",result="${result}"} 0`,
      ),
      `hyperv_exporter_source_success{${S}} 1`,
      `hyperv_exporter_source_available{${S}} 1`,
      `hyperv_exporter_source_last_success_timestamp_seconds{${S}} 1767323000`,
      `hyperv_exporter_source_errors_total{${S}} 1`,
      `hyperv_exporter_rows_skipped_total{${S}} 2`,
      'hyperv_exporter_powershell_calls_total{collector="inventory"} 4',
      'hyperv_exporter_powershell_restarts_total{collector="inventory"} 1',
    ]);
  });

  it('adds the unmatched rows of each document once, however often it is rendered', () => {
    const totals = createUnmatchedTotals();
    const at = (takenAt: number, count: number) =>
      totals(
        viewOf({
          host: {
            sources: new Map([['vm_switch', { part: 'inventory', status: 'ok', fresh: true, takenAt }]]),
            unmatched: new Map([['vm_switch', { part: 'inventory', count }]]),
          },
          collection: collection({ inventory: part({ sources: new Map([['vm_switch', source]]) }) }),
        }),
      ).collection.parts.inventory.sources.get('vm_switch')?.rowsUnmatchedTotal;
    expect([at(1, 2), at(1, 2), at(2, 0), at(3, 5)]).toEqual([2, 2, 2, 7]);
  });
});

describe('the name of a Windows release', () => {
  it.each([
    ['14393', 3, 'Windows Server 2016'],
    ['17763', 2, 'Windows Server 2019'],
    ['20348', 3, 'Windows Server 2022'],
    ['20349', 3, 'Windows Server 2022'],
    ['26100', 3, 'Windows Server 2025'],
    ['26100', 1, 'Windows 11'],
    ['19045', 1, 'Windows 10'],
    ['9600', 3, 'Windows Server'],
    [undefined, 3, undefined],
    ['20348', undefined, undefined],
    ['', 3, undefined],
  ] as const)('of build %s and product type %s is %s', (build, productType, name) => {
    expect(osName(build, productType)).toBe(name);
  });
});
