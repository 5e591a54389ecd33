import type { ClusterNode, Nic, Vnic } from '../host/model.ts';
import { nicCommand, vnicCommand } from './commands.ts';
import type { Names } from './names.ts';
import { call, type Command, exactName, ON, pipeline, type Plan, type Step, word } from './powershell.ts';

/** Plans and steps that several reasons share. */

/** Moves the VMs off the host. Printed before every step that restarts the host or a NIC, or recreates a vSwitch. */
export function drain(cluster: ClusterNode | undefined): Step {
  const name = exactName(cluster?.name);
  return name === undefined
    ? { text: 'Drain the host: live-migrate its VMs to other hosts, or shut them down.' }
    : {
        text: 'Drain the host. Check first that the other nodes have room for its VMs and their VFs.',
        command: pipeline(call('Suspend-ClusterNode', { Name: name, Drain: ON, Wait: ON })),
      };
}

/** Brings the VMs back. */
export function resume(cluster: ClusterNode | undefined): Step {
  const name = exactName(cluster?.name);
  return name === undefined
    ? { text: 'Move the VMs back, or start them.' }
    : {
        text: 'Resume the node, so that the VMs move back.',
        command: pipeline(call('Resume-ClusterNode', { Name: name, Failback: word('Immediate') })),
      };
}

/**
 * Removes the VF of a vNIC and assigns it again; undefined if no command can select the vNIC or the vNIC asks for no
 * VF.
 *
 * A changed IovWeight acts on a running VM, both ways: SR-IOV_Ping_DisableVF.ps1 of microsoft/lis-test expects it
 * within 30 s each (a run that passed: microsoft/lisa pull request 474), and Microsoft's page on managing accelerated
 * networking tests the loss of a VF in the same way.
 */
export function reassignVf(facts: { readonly vnic: Vnic; readonly names: Names }): Plan | undefined {
  const { iovWeight } = facts.vnic;
  if (iovWeight === undefined || iovWeight === 0) return undefined;
  const off = vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: 0 });
  const on = vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: iovWeight });
  return (
    off &&
    on && {
      steps: [
        { text: 'Stop asking for a VF.', command: off },
        { text: 'Wait until the vNIC is on the synthetic path (some seconds), then ask for a VF again.', command: on },
      ],
    }
  );
}

/** Sets NumVFs to the hardware limit; undefined unless the limit is known to be above NumVFs. */
export function offerAllVfs(facts: { readonly nic: Nic; readonly names: Names }): Command | undefined {
  const { vfLimit, vfHardwareLimit } = facts.nic;
  if (vfLimit === undefined || vfHardwareLimit === undefined || vfLimit >= vfHardwareLimit) return undefined;
  return nicCommand(facts, 'Set-NetAdapterSriov', { NumVFs: vfHardwareLimit });
}
