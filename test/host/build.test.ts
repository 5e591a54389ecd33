import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/model.ts';
import { windows } from '../../src/document/enumerations.ts';
import { hostFromDocuments } from '../support/build.ts';
import { fixture, type LooseDocument, row, source } from '../support/documents.ts';

const PORT1 = 'Mellanox ConnectX-5 Adapter (Port 1)';
const PORT2 = 'Mellanox ConnectX-5 Adapter (Port 1) #2';
const WEB = '1111aaaa-0000-4000-8000-000000000001';
const DB = '2222aaaa-0000-4000-8000-000000000002';
const vnicId = (n: number) => `aaaa000${n}-0000-4000-8000-00000000000${n}`;
const vnic = (host: Host, n: number) => host.vnics.find(({ id }) => id === vnicId(n))!;
const whole = () => hostFromDocuments([fixture('set-inventory'), fixture('set-activity')]);

describe('the Host of a German host with a SET team', () => {
  it('has the NICs by description, without the vSwitch port, labelled as windows_exporter does', () => {
    const [one, two, ...more] = whole().nics;
    expect(more).toEqual([]);
    expect(one).toEqual({
      description: PORT1,
      label: 'Mellanox ConnectX-5 Adapter [Port 1]',
      friendlyName: 'SLOT 2 Port 1',
      guid: 'aaaa1111-0000-4000-8000-00000000000a',
      mac: 'A0:88:C2:00:00:01',
      up: true,
      present: true,
      speedBytes: 3_125_000_000,
      driverVersion: '24.4.26429.0',
      isLbfoTeam: false,
      vswitchId: '5555aaaa-0000-4000-8000-000000000009',
      sriovCapable: true,
      sriovSupport: 'supported',
      sriovEnabled: true,
      vfLimit: 16,
      vfAllocated: 1,
      vfHardwareLimit: 127,
      vportLimit: 64,
      vportActive: 4,
      queuePairLimit: 127,
      vmq: {
        enabled: true,
        queueLimit: 62,
        baseProcessorGroup: 0,
        baseProcessor: 2,
        maxProcessors: 8,
        maxProcessorNumber: 16,
      },
      // sent multicast and broadcast packets were not read: no sum of what is left
      traffic: { receiveBytes: 2 ** 64, receivePackets: 8, transmitBytes: 7 },
    });
    expect(two).toMatchObject({
      description: PORT2,
      label: 'Mellanox ConnectX-5 Adapter [Port 1] _2',
      up: false,
      speedBytes: undefined,
      sriovSupport: 'no_bus_resources',
      sriovEnabled: false,
      vfAllocated: 0,
      vportLimit: undefined,
      vmq: undefined,
      traffic: undefined,
    });
  });

  it('joins the team by the GUID list, not by the one description', () => {
    expect(whole().vswitches).toEqual([
      {
        id: '5555aaaa-0000-4000-8000-000000000009',
        name: 'vSwitch SET',
        type: 'external',
        teaming: 'set',
        memberNics: [PORT1, PORT2],
        physicalNics: [PORT1, PORT2],
        queueMode: 'sum',
        iovEnabled: true,
        iovSupported: true,
        iovReasons: [],
        vfLimit: 32,
        vfInUse: 1,
        queuePairLimit: 127,
        queuePairInUse: 9,
        vmqLimit: 62,
        vmqAllocated: 3,
        bandwidthMode: 'none',
        allowManagementOs: true,
        traffic: {
          receiveBytes: 1000,
          transmitBytes: 2000,
          receivePackets: 10,
          transmitPackets: 20,
          receiveDropped: 1,
          transmitDropped: 0,
          vmqMoves: 4,
        },
        identityOnly: false,
        nameShared: false,
      },
    ]);
  });

  it('has VMs with CPU seconds by name', () => {
    const host = whole();
    expect(host.vms.find(({ id }) => id === WEB)).toEqual({
      id: WEB,
      name: 'web',
      state: 'running',
      migrating: false,
      uptimeSeconds: 3600,
      processors: 2,
      generation: 2,
      version: '10.0',
      sriovStatus: [],
      heartbeat: windows.VMHeartbeatStatus.NoContact,
      real: true,
      cpu: {
        guestSeconds: 15,
        hypervisorSeconds: 2,
        remoteSeconds: 1,
        waitSeconds: 6,
        dispatches: 1400,
        instances: 2,
      },
      identityOnly: false,
      nameShared: false,
    });
    expect(host.vms.map(({ name, state }) => [name, state])).toEqual([
      ['web', 'running'],
      ['db', 'running'],
      ['alt', 'off'],
    ]);
  });

  it('gives the path of each vNIC', () => {
    expect(
      whole().vnics.map(({ vmName, path, pathApplies, kind, mac }) => [vmName, path, pathApplies, kind, mac]),
    ).toEqual([
      ['web', 'vf', true, 'synthetic', '00:15:5D:00:00:01'],
      ['db', 'synthetic', true, 'synthetic', '00:15:5D:00:00:02'],
      ['db', 'not_requested', true, 'synthetic', '00:15:5D:00:00:03'],
      ['alt', 'unknown', false, 'synthetic', undefined],
      [undefined, 'unknown', false, 'management_os', 'A0:88:C2:00:00:01'],
    ]);
    expect(vnic(whole(), 1).offload).toEqual({
      vfAssigned: true,
      vfActive: true,
      queuePairsRequested: 1,
      queuePairsAssigned: 1,
      vmqWeight: 100,
      vmqAllocated: true,
      vrssEnabled: true,
      vmmqEnabled: true,
      vmmqQueuePairs: 4,
      vmmqQueuePairsRequested: 16,
    });
    expect(vnic(whole(), 4).offload).toBeUndefined();
    expect(vnic(whole(), 2)).toMatchObject({
      counterInstance: `db_Netzwerkkarte_${DB}--${vnicId(2)}`,
      traffic: { receiveBytes: 1000, transmitPackets: 20 },
    });
  });

  it('gives VFs, vPorts and queues their owners', () => {
    const host = whole();
    expect(host.vfs).toEqual([
      {
        nic: PORT1,
        functionId: 3,
        vmId: WEB,
        vnicId: vnicId(1),
        vmName: 'web',
        mac: '00:15:5D:00:00:01',
        vportIds: [5],
      },
    ]);
    expect(host.vports).toEqual([
      { nic: PORT1, vportId: 0, activated: true, queuePairs: 4 },
      {
        nic: PORT1,
        vportId: 5,
        functionId: 3,
        vmId: WEB,
        vnicId: vnicId(1),
        vmName: 'web',
        activated: true,
        queuePairs: 1,
      },
      { nic: PORT1, vportId: 6, vmId: DB, vnicId: vnicId(2), vmName: 'db', activated: false, queuePairs: 4 },
    ]);
    expect(host.vmQueues).toEqual([
      {
        nic: PORT2,
        queueId: 1,
        vmId: DB,
        vnicId: vnicId(3),
        vmName: 'db',
        mac: '00:15:5D:00:00:03',
        running: true,
        core: '1,63',
      },
      // bits 63 and 0: a double would make it one bit
      { nic: PORT2, queueId: 2, mac: '02:00:00:00:00:01', running: false, core: undefined },
    ]);
  });

  it('sums traffic without an owner and counts rows that match nothing', () => {
    const host = whole();
    expect(host.cpu).toEqual({ guestSeconds: 4, hypervisorSeconds: 2, idleSeconds: 6, logicalInstances: 2 });
    expect(host.processes).toEqual([
      { process: 'vmms', residentBytes: 1000, handles: 20 },
      { process: 'WmiPrvSE', residentBytes: 1200, handles: 11 },
    ]);
    expect([...host.unmatched].filter(([, { count }]) => count > 0)).toEqual([
      ['net_adapter_vmq_queue', { part: 'inventory', count: 1 }],
      ['counters_virtual_network_adapter', { part: 'activity', count: 1 }],
    ]);
  });
});

describe('names and teams', () => {
  it('gives CPU time to neither of two VMs with the same name', () => {
    const inventory = fixture('set-inventory');
    row(inventory, 'vm', 2)['name'] = 'web';
    const host = hostFromDocuments([inventory, fixture('set-activity')]);
    expect(host.vms.map(({ nameShared, cpu }) => [nameShared, cpu])).toEqual([
      [true, undefined],
      [false, undefined],
      [true, undefined],
    ]);
  });

  it('gives counters to neither of two vSwitches with the same name', () => {
    const inventory = fixture('set-inventory');
    const copy = { ...row(inventory, 'vm_switch', 0), id: '66666666-0000-4000-8000-000000000009' };
    source(inventory, 'vm_switch').rows.push(copy);
    const host = hostFromDocuments([inventory, fixture('set-activity')]);
    expect(host.vswitches.map(({ nameShared, traffic }) => [nameShared, traffic])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('knows an LBFO team NIC by its driver, whatever the language', () => {
    const inventory = fixture('set-inventory');
    const team = 'Microsoft-Netzwerkadapter-Multiplexortreiber';
    const guid = '{BBBB1111-0000-4000-8000-00000000000B}';
    source(inventory, 'net_adapter').rows.push({
      interfaceDescription: team,
      interfaceGuid: guid,
      driverFileName: 'NdisImPlatform.sys',
      hardwareInterface: false,
      virtual: true,
    });
    Object.assign(row(inventory, 'vm_switch', 0), {
      embeddedTeamingEnabled: false,
      netAdapterInterfaceDescriptions: [team],
      netAdapterInterfaceGuid: [guid],
    });
    const host = hostFromDocuments([inventory]);
    expect(host.vswitches[0]).toMatchObject({ teaming: 'lbfo', memberNics: [team] });
    expect(host.nics.map(({ isLbfoTeam, vswitchId }) => [isLbfoTeam, vswitchId !== undefined])).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ]);
  });

  it('joins a VF by its MAC if VmNicID is empty, but not if two vNICs share the MAC', () => {
    const inventory = fixture('set-inventory');
    delete row(inventory, 'net_adapter_sriov_vf', 0)['vmNicID'];
    delete row(inventory, 'net_adapter_sriov_vf', 0)['vmID'];
    expect(hostFromDocuments([inventory]).vfs[0]).toMatchObject({ vnicId: vnicId(1), vmId: WEB });
    row(inventory, 'vm_network_adapter', 1)['macAddress'] = '00155D000001';
    expect(hostFromDocuments([inventory]).vfs[0]?.vnicId).toBeUndefined();
    expect(hostFromDocuments([inventory]).unmatched.get('net_adapter_sriov_vf')?.count).toBe(1);
  });
});

describe('a VF joined by its MAC', () => {
  const owner = (bend: (inventory: LooseDocument) => void) => {
    const inventory = fixture('set-inventory');
    const vf = row(inventory, 'net_adapter_sriov_vf', 0);
    delete vf['vmNicID'];
    delete vf['vmID'];
    bend(inventory);
    return hostFromDocuments([inventory]).vfs[0];
  };
  const setMac = (inventory: LooseDocument, mac: string) => {
    row(inventory, 'net_adapter_sriov_vf', 0)['currentMacAddress'] = mac;
    delete row(inventory, 'net_adapter_sriov_vf', 0)['permanentMacAddress'];
  };

  it('belongs to the running VM, not to one with the same MAC that is off', () => {
    const off = (inventory: LooseDocument) => (row(inventory, 'vm_network_adapter', 3)['macAddress'] = '00155D000001');
    expect(owner(off)).toMatchObject({ vnicId: vnicId(1) });
    expect(
      owner((inventory) => {
        off(inventory);
        row(inventory, 'vm', 0)['state'] = windows.VMState.Off;
      }),
    ).toMatchObject({ vnicId: undefined });
  });

  it('belongs to no vNIC if the MAC is all zeros', () => {
    const zeros = (inventory: LooseDocument) => {
      setMac(inventory, '00-00-00-00-00-00');
      row(inventory, 'vm_network_adapter', 0)['macAddress'] = '000000000000';
    };
    expect(owner(zeros)).toMatchObject({ vnicId: undefined, mac: undefined });
  });

  it('is not matched by the name that Windows shows', () => {
    const named = owner((inventory) => setMac(inventory, '00-15-5D-FF-FF-FF'));
    expect(named).toMatchObject({ vmName: 'web', vnicId: undefined, vmId: undefined });
  });

  it('follows the GUIDs if they and the MAC disagree', () => {
    const inventory = fixture('set-inventory');
    setMac(inventory, '00-15-5D-00-00-02');
    expect(hostFromDocuments([inventory]).vfs[0]).toMatchObject({ vnicId: vnicId(1), mac: '00:15:5D:00:00:02' });
  });
});

describe('what the part config reads', () => {
  const withConfig = (bend: (document: LooseDocument) => void = () => {}) => {
    const config = fixture('set-config');
    bend(config);
    return hostFromDocuments([fixture('set-inventory'), config]);
  };

  it('joins settings, rules and team members to vNICs by their GUIDs', () => {
    const host = withConfig();
    expect(vnic(host, 1)).toMatchObject({ vlan: 110, settings: { virtualSubnetId: 0, aclRules: 0 } });
    expect(vnic(host, 2)).toMatchObject({
      vlan: undefined,
      settings: {
        virtualSubnetId: 5001,
        isolationMode: windows.VMNetworkAdapterIsolationMode.NativeVirtualSubnet,
        maximumBandwidthBytes: 1e8,
        aclRules: 3,
        teamMember: 'SLOT 2 Port 1',
      },
    });
    expect(host.vswitches[0]?.forwardingExtensions).toEqual(['Überwachung']);
    expect(host.nics.map(({ pciAddress, numaNode }) => [pciAddress, numaNode])).toEqual([
      ['0000:41:00.0', 1],
      ['0000:41:00.1', undefined],
    ]);
    expect(host.platform).toMatchObject({ iovOverride: false, isVirtualMachine: false, physicalCores: 16 });
  });

  it('does not count rules and extensions that could not be read as zero', () => {
    const partial = withConfig((config) => {
      for (const name of ['vm_network_adapter_acl', 'vm_switch_extension', 'registry']) {
        Object.assign(source(config, name), { status: 'partial', errors: ['busy'] });
      }
      source(config, 'vm_switch_extension').rows.splice(1, 1);
    });
    expect(vnic(partial, 1).settings?.aclRules).toBeUndefined();
    // at least these
    expect(vnic(partial, 2).settings?.aclRules).toBe(3);
    expect(partial.vswitches[0]?.forwardingExtensions).toBeUndefined();
    expect(partial.platform.iovOverride).toBeUndefined();
  });

  it.each(['switchId', 'extensionType', 'enabled', 'running'])(
    'knows of no vSwitch without forwarding extension where a row lacks its %s',
    (field) => {
      const host = withConfig((config) => {
        for (const one of source(config, 'vm_switch_extension').rows) if (one['enabled'] !== false) delete one[field];
      });
      expect(host.vswitches[0]?.forwardingExtensions).toBeUndefined();
    },
  );

  it('ignores both team members if one vNIC is reported as pinned to two', () => {
    const host = withConfig((config) => {
      const [mapping] = source(config, 'vm_network_adapter_team_mapping').rows;
      source(config, 'vm_network_adapter_team_mapping').rows.push({ ...mapping, netAdapterName: 'SLOT 2 Port 2' });
    });
    expect(vnic(host, 2).settings?.teamMember).toBeUndefined();
  });
});

describe('two rows that contradict each other', () => {
  it('gives a vNIC no counters if two instances end in its GUIDs', () => {
    const activity = fixture('set-activity');
    const its = source(activity, 'counters_virtual_network_adapter').rows;
    its.push({ ...its[0], instance: `renamed_${String(its[0]!['instance'])}` });
    const host = hostFromDocuments([fixture('set-inventory'), activity]);
    expect(vnic(host, 2).traffic).toBeUndefined();
    expect(host.unmatched.get('counters_virtual_network_adapter')?.count).toBe(3);
  });

  it.each([
    ['vSwitch SET___DEVICE_{0F2B5C1E-3B5D-4A55-9F0B-6A7B8C9D0E1F}', 0],
    ['vSwitch LBFO__TEAMNIC', 0],
    // vNICs of VMs with such names, which no row shows
    ['x__TEAMNIC_Network Adapter_9999aaaa-0000-4000-8000-000000000009--aaaa0009-0000-4000-8000-000000000009', 1],
    ['x__DEVICE_9999aaaa-0000-4000-8000-000000000009--aaaa0009-0000-4000-8000-000000000009', 1],
    ['x_DEVICE_{0F2B5C1E-3B5D-4A55-9F0B-6A7B8C9D0E1F}', 1],
  ])('counts %s as unmatched %i times: the port of a NIC or team is no vNIC', (instance, more) => {
    const count = (instances: readonly string[]) => {
      const inventory = fixture('set-inventory');
      const activity = fixture('set-activity');
      for (const each of instances) {
        source(inventory, 'vnic_instance').rows.push({ instance: each });
        source(activity, 'counters_virtual_network_adapter').rows.push({ instance: each, values: {} });
      }
      const { unmatched } = hostFromDocuments([inventory, activity]);
      return ['vnic_instance', 'counters_virtual_network_adapter'].map((name) => unmatched.get(name)?.count ?? 0);
    };
    expect(count([instance])).toEqual(count([]).map((before) => before + more));
  });

  it('has no speed for a NIC whose driver reports an unknown speed', () => {
    const inventory = fixture('set-inventory');
    row(inventory, 'net_adapter', 0)['receiveLinkSpeed'] = '18446744073709551615';
    expect(hostFromDocuments([inventory]).nics[0]?.speedBytes).toBeUndefined();
  });
});

describe('entries of the event log', () => {
  const VNIC_KEY = '2222AAAA-0000-4000-8000-000000000002--AAAA0002-0000-4000-8000-000000000002';
  const logOf = (rows: Record<string, unknown>[], status = 'ok') => {
    const inventory = fixture('set-inventory');
    const log = {
      ...inventory,
      part: 'eventlog',
      sources: { vmswitch_event: { status, takenAt: 1, rows, errors: [] } },
    };
    return { host: hostFromDocuments([inventory, log]) };
  };
  const entry = (recordId: number, more: object = {}) => ({ recordId, id: 113, time: recordId * 1000, ...more });

  it('belong to the vNIC whose NIC name they contain and to the vSwitch whose GUID they contain', () => {
    const { host } = logOf([entry(1, { message: 'abgelehnt', values: ['1', VNIC_KEY, 'db'] })]);
    const [found] = host.logEntries!;
    expect(found).toMatchObject({
      kind: 'vm_queue_refused',
      eventId: 113,
      at: 1000,
      text: 'abgelehnt',
      vswitchId: undefined,
    });
    expect(host.vnics.find(({ id }) => id === found!.vnicId)?.vmName).toBe('db');
    const [vswitch] = host.vswitches;
    const other = logOf([entry(1, { id: 106, values: [`{${vswitch!.id.toUpperCase()}}`] })]).host.logEntries![0];
    expect(other).toMatchObject({ kind: 'team_processors', vswitchId: vswitch!.id, vnicId: undefined });
  });

  it('belong to no object if no value is the complete NIC name of an existing vNIC', () => {
    const gone = '9999AAAA-0000-4000-8000-000000000009--AAAA0009-0000-4000-8000-000000000009';
    for (const value of [`x${VNIC_KEY}`, `${VNIC_KEY} `, gone, ''])
      expect(logOf([entry(1, { values: [value] })]).host.logEntries![0]!.vnicId, value).toBeUndefined();
  });

  it('are the newest first, of known ids only', () => {
    const { host } = logOf([entry(1), entry(3, { id: 236 }), entry(2, { id: 232 })]);
    expect(host.logEntries!.map(({ kind, at }) => [kind, at])).toEqual([
      ['vf_refused', 3000],
      ['vm_queue_refused', 1000],
    ]);
  });

  it('are unknown, not empty, if the log could not be read or has not been read yet', () => {
    expect(logOf([], 'unsupported').host.logEntries).toBeUndefined();
    expect(hostFromDocuments([fixture('set-inventory')]).logEntries).toBeUndefined();
    expect(logOf([]).host.logEntries).toEqual([]);
  });
});
