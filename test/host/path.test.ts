import { describe, expect, it } from 'vitest';
import type { Vnic } from '../../src/host/model.ts';
import { buildHost } from '../../src/host/build.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { windows } from '../../src/document/enumerations.ts';
import { hostFromDocuments, snapshotOf } from '../support/build.ts';
import { fixture, later, type LooseDocument, row, source } from '../support/documents.ts';

/** The fixture's vNIC of VM db that wants a VF, after the document was bent. */
function vnicAfter(bend: (document: LooseDocument) => void): Vnic {
  const document = fixture('set-inventory');
  bend(document);
  return theVnic(hostFromDocuments([document]).vnics);
}
const theVnic = (vnics: readonly Vnic[]) => vnics.find(({ id }) => id === 'aaaa0002-0000-4000-8000-000000000002')!;
const DB = '2222aaaa-0000-4000-8000-000000000002';
const vnicRow = (document: LooseDocument) => row(document, 'vm_network_adapter', 1);
const vmRow = (document: LooseDocument) => row(document, 'vm', 1);

/** The port as it looks to the cmdlet while it is missing: nothing but the instance names could witness it. */
function noWitness(document: LooseDocument): void {
  vnicRow(document)['status'] = [];
  for (const name of ['vnic_instance', 'net_adapter_vport', 'net_adapter_vmq_queue']) source(document, name).rows = [];
}

describe('path of a vNIC whose state is known', () => {
  it.each([
    { iovWeight: 0, iovUsage: 0, vfDataPathActive: false, path: 'not_requested' },
    { iovWeight: 100, iovUsage: 0, vfDataPathActive: false, path: 'synthetic' },
    { iovWeight: 100, iovUsage: 1, vfDataPathActive: false, path: 'assigned' },
    { iovWeight: 100, iovUsage: 1, vfDataPathActive: true, path: 'vf' },
    { iovWeight: 0, iovUsage: 1, vfDataPathActive: true, path: 'vf' },
    { iovWeight: undefined, iovUsage: 1, vfDataPathActive: true, path: 'vf' },
  ])('weight $iovWeight, usage $iovUsage, active $vfDataPathActive: $path', ({ path, ...fields }) => {
    const vnic = vnicAfter((document) => Object.assign(vnicRow(document), fields));
    expect([vnic.path, vnic.unknownCause, vnic.pathApplies]).toEqual([path, undefined, true]);
  });

  it.each(['status', 'vnic_instance', 'net_adapter_vport', 'net_adapter_vmq_queue'])(
    'believes it on the witness of %s alone',
    (witness) => {
      const vnic = vnicAfter((document) => {
        const rows = structuredClone(document.sources);
        noWitness(document);
        if (witness === 'status') vnicRow(document)['status'] = [windows.VMNetworkAdapterOperationalStatus.Ok];
        else if (witness === 'net_adapter_vmq_queue') {
          source(document, witness).rows = [
            { interfaceDescription: 'X', queueID: 0, filterMacAddresses: ['00-15-5D-00-00-02'] },
          ];
        } else source(document, witness).rows = rows[witness]!.rows;
      });
      expect(vnic.path).toBe('synthetic');
    },
  );

  it('needs no witness where this Windows lacks the counter set', () => {
    const vnic = vnicAfter((document) => {
      noWitness(document);
      source(document, 'vnic_instance').status = 'unsupported';
    });
    expect(vnic.path).toBe('synthetic');
  });
});

describe('state that is not known', () => {
  const cases: Record<string, [cause: string, bend: (document: LooseDocument) => void]> = {
    'no witness of a live port': ['no_live_port', noWitness],
    'the counter set failed and nothing else is a witness': [
      'no_live_port',
      (document) => {
        noWitness(document);
        source(document, 'vnic_instance').status = 'failed';
      },
    ],
    'a VF of its own and no usage': [
      'contradiction',
      (document) =>
        Object.assign(row(document, 'net_adapter_sriov_vf', 0), {
          vmNicID: '',
          vmID: '',
          currentMacAddress: '00155D000002',
        }),
    ],
    // What it shows while its port is missing, and the VF that was handed out a moment later
    'a VF of its own and a weight of 0': [
      'contradiction',
      (document) => {
        Object.assign(row(document, 'net_adapter_sriov_vf', 0), {
          vmNicID: `${DB}--aaaa0002-0000-4000-8000-000000000002`,
        });
        Object.assign(vnicRow(document), { iovWeight: 0, iovUsage: 0, vfDataPathActive: false });
      },
    ],
    'Get-VM failed': ['source_missing', (document) => (source(document, 'vm').status = 'failed')],
    'Get-VMSwitch failed': ['source_missing', (document) => (source(document, 'vm_switch').status = 'failed')],
    'its VM is missing': ['vm_unknown', (document) => source(document, 'vm').rows.splice(1, 1)],
    'its VM has no state': ['vm_unknown', (document) => delete vmRow(document)['state']],
    'its VM migrates': [
      'vm_in_motion',
      (document) =>
        (vmRow(document)['operationalStatus'] = [
          windows.VMOperationalStatus.Ok,
          windows.VMOperationalStatus.MigratingVirtualMachine,
        ]),
    ],
    'its VM moves storage': [
      'vm_in_motion',
      (document) => (vmRow(document)['operationalStatus'] = [windows.VMOperationalStatus.StorageMigrationPhaseOne]),
    ],
    'whether its VM migrates was not read': [
      'field_missing',
      (document) => delete vmRow(document)['operationalStatus'],
    ],
    'its vSwitch is not there': ['vswitch_unknown', (document) => (source(document, 'vm_switch').rows = [])],
    'connected was not read': ['field_missing', (document) => delete vnicRow(document)['connected']],
    'usage was not read': ['field_missing', (document) => delete vnicRow(document)['iovUsage']],
    'active was not read': ['field_missing', (document) => (vnicRow(document)['vfDataPathActive'] = null)],
    'weight was not read': ['field_missing', (document) => (vnicRow(document)['iovWeight'] = '100')],
  };
  it.each(Object.entries(cases))('%s', (_, [cause, bend]) => {
    const vnic = vnicAfter(bend);
    expect([vnic.path, vnic.unknownCause]).toEqual(['unknown', cause]);
    expect(vnic.pathApplies).not.toBe(false);
  });

  it.each(['vnic_instance', 'net_adapter_vport', 'net_adapter_vmq_queue'])(
    'its only witness is what %s said in an earlier document',
    (name) => {
      const before = fixture('set-inventory');
      const after = later(before, 60_000);
      noWitness(after);
      Object.assign(source(after, name), { status: 'failed' });
      if (name === 'net_adapter_vmq_queue') {
        source(before, name).rows = [
          { interfaceDescription: 'X', queueID: 0, filterMacAddresses: ['00-15-5D-00-00-02'] },
        ];
      }
      const vnic = theVnic(hostFromDocuments([before, after]).vnics);
      expect([vnic.path, vnic.unknownCause]).toEqual(['unknown', 'no_live_port']);
    },
  );

  it('shows no default values when two sources contradict each other', () => {
    expect(vnicAfter(cases['a VF of its own and no usage']![1]).offload).toBeUndefined();
  });

  it('keeps only the names of a vNIC held over from an earlier document', () => {
    const snapshot = snapshotOf([parseDocument(fixture('set-inventory'))]);
    const its = snapshot.inventory.vm_network_adapter!;
    const host = buildHost({
      ...snapshot,
      inventory: { ...snapshot.inventory, vm_network_adapter: { ...its, fresh: false, rows: [], heldOver: its.rows } },
    });
    const { offload, status, iovWeight, connected, pathApplies, ...vnic } = theVnic(host.vnics);
    expect([offload, status, iovWeight, connected, pathApplies].every((value) => value === undefined)).toBe(true);
    expect(vnic).toMatchObject({
      path: 'unknown',
      unknownCause: 'held_over',
      identityOnly: true,
      vmName: 'db',
      mac: '00:15:5D:00:00:02',
    });
  });
});

describe('a vNIC that does not ask for a VF', () => {
  it.each<[string, (document: LooseDocument) => void]>([
    ['its VM is off', (document) => (vmRow(document)['state'] = windows.VMState.Off)],
    [
      'its VM is a planned one',
      (document) => (vmRow(document)['virtualMachineType'] = windows.VirtualMachineType.PlannedVirtualMachine),
    ],
    [
      'a replica copy that does not run',
      (document) =>
        Object.assign(vmRow(document), {
          replicationMode: windows.VMReplicationMode.Replica,
          state: windows.VMState.Off,
        }),
    ],
    ['not connected', (document) => (vnicRow(document)['connected'] = false)],
    ['a legacy adapter', (document) => (vnicRow(document)['isLegacy'] = true)],
  ])('%s', (_, bend) => {
    const vnic = vnicAfter(bend);
    expect([vnic.pathApplies, vnic.path, vnic.unknownCause, vnic.offload]).toEqual([
      false,
      'unknown',
      undefined,
      undefined,
    ]);
  });
});
