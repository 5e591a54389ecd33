import type { Nic, Vf, VmQueue, VPort } from '../../host/model.ts';
import type { View } from '../define.ts';
import { known } from './common.ts';
import { once } from '../../once.ts';

/** NIC labels by NIC description, made once for a host's list of NICs. */
const nicLabels = once((nics: readonly Nic[]) => new Map(nics.map((nic) => [nic.description, nic.label])));
/** The `nic` label of the NIC with this description; the description itself if no NIC of the host has it. */
export const nicLabel = (view: View, description: string): string =>
  nicLabels(view.tracked.host.nics).get(description) ?? description;

/** Who holds a VF, vPort or queue, as far as it is known. */
export const ownerLabels = ({ vmName, vmId, vnicId }: Vf | VPort | VmQueue) =>
  known({ vm: vmName, vm_id: vmId, vnic_id: vnicId });
