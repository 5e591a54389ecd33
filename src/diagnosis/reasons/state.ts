import { vmCommand, vnicCommand } from '../commands.ts';
import type { VnicFacts } from '../facts.ts';
import { all, not, when } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type VnicReason } from './reason.ts';

/** A vNIC by its names, for texts. */
export const vnicName = ({ vnic }: VnicFacts): string =>
  vnic.vmName === undefined ? `vNIC ${vnic.name}` : `${vnic.vmName} (${vnic.name})`;

const reason = (rest: Omit<VnicReason, 'subject' | 'kind' | 'topic' | 'step'>): VnicReason => ({
  subject: 'vnic',
  kind: 'reason',
  topic: 'state',
  step: 'vnic',
  ...rest,
});

/** Id of the reason for every vNIC of a VM that does not run. */
export const VM_NOT_RUNNING = 'vm_not_running';

/** Why a vNIC is not on a VF although nothing is wrong. Checked first, and never a fallback. */
export const stateReasons: readonly VnicReason[] = [
  reason({
    id: 'management_os_vnic',
    meaning: 'A vNIC of the management operating system has no SR-IOV properties: Hyper-V gives VFs to VMs only.',
    condition: 'the vNIC belongs to the management OS',
    remedy: 'Nothing needs to be fixed.',
    impact: IMPACT.none,
    source: SOURCE.getVnic,
    holds: ({ vnic }) => when(vnic.kind, (kind) => kind === 'management_os'),
    detail: (facts) => `${vnicName(facts)} belongs to the management OS.`,
  }),
  reason({
    id: 'legacy_adapter',
    meaning: 'A legacy (emulated) network adapter of a generation 1 VM cannot use a VF.',
    condition: 'IsLegacy is true',
    remedy: 'Add a synthetic network adapter to the VM, move the addresses to it, and remove the legacy one.',
    impact: { class: 'vnic', detail: 'The VM must be off. Its guest then sees a new NIC.' },
    source: SOURCE.featureTable,
    holds: ({ vnic }) => when(vnic.kind, (kind) => kind === 'legacy'),
    detail: (facts) => `${vnicName(facts)} is a legacy network adapter.`,
  }),
  reason({
    id: 'vm_not_real',
    meaning: 'A planned VM or a replica copy that does not run needs no VF.',
    condition: 'VirtualMachineType is planned, or ReplicationMode is replica and the VM does not run',
    remedy: 'Nothing needs to be fixed.',
    impact: IMPACT.none,
    source: SOURCE.getVm,
    holds: ({ vm }) => when(vm, ({ real }) => !real),
    detail: (facts) => `${vnicName(facts)} belongs to a planned VM or a replica copy that does not run.`,
  }),
  reason({
    id: VM_NOT_RUNNING,
    meaning: 'The VM does not run, so it has no port on the vSwitch and no VF.',
    condition: 'State is known and not Running',
    remedy: 'Start the VM if it should run.',
    impact: { class: 'none', detail: 'The VM uses memory, processors and a VF of this host.' },
    source: SOURCE.getVm,
    holds: ({ vm }) => when(vm?.state, (state) => state !== 'running'),
    detail: (facts) => `${facts.vm?.name ?? ''} is ${facts.vm?.state ?? ''}.`,
    command: ({ vm, names }) => vm && vmCommand(vm, names, 'Start-VM'),
  }),
  reason({
    id: 'vnic_disconnected',
    meaning: 'The vNIC is not connected to a vSwitch.',
    condition: 'Connected is false',
    remedy: 'Connect it to an external vSwitch with IOV.',
    impact: { class: 'vnic', detail: 'The guest sees that a network cable is connected.' },
    source: SOURCE.getVnic,
    holds: ({ vnic }) => not(vnic.connected),
    detail: (facts) => `${vnicName(facts)} is not connected to a vSwitch.`,
  }),
  reason({
    id: 'iov_not_requested',
    meaning: 'IovWeight is 0, the default: the vNIC does not ask for a VF.',
    condition: 'IovWeight is 0',
    remedy: 'Set IovWeight to 100 if the VM should have a VF.',
    impact: { class: 'vnic', detail: 'The vNIC moves to a VF while the VM runs. The VF is taken from the pool.' },
    source: SOURCE.setVnic,
    holds: ({ vnic }) => when(vnic.iovWeight, (weight) => weight === 0),
    detail: (facts) => `${vnicName(facts)} has IovWeight 0.`,
    command: (facts) => vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: 100 }),
  }),
  reason({
    id: 'vf_not_expected',
    meaning: 'IovWeight asks for a VF, but the configuration (expect_vf) says that this vNIC does not need one.',
    condition: 'IovWeight is above 0 and expect_vf is false for the vNIC',
    remedy: 'Change expect_vf if the vNIC should have a VF.',
    impact: IMPACT.none,
    source: SOURCE.setVnic,
    holds: ({ vnic, expected }) =>
      all(
        !expected,
        when(vnic.iovWeight, (weight) => weight > 0),
      ),
    detail: (facts) => `${vnicName(facts)} asks for a VF, but expect_vf excludes it.`,
  }),
];
