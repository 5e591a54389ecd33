import type { Snapshot } from '../document/snapshot.ts';
import { toMac } from './keys.ts';
import type { Guid, Vf, VmQueue, VPort } from './model.ts';
import { hasSpoken, rowsOf } from './sources.ts';
import type { VnicIndex } from './vnic-index.ts';

/** What other sources show of vNICs, joined. */
export interface Seen {
  readonly vfs: readonly Vf[];
  readonly vports: readonly VPort[];
  readonly queues: readonly VmQueue[];
  /** ids of vNICs that have an instance in `Hyper-V Virtual Network Adapter` */
  readonly instances: Iterable<Guid>;
}

/**
 * Ids of vNICs whose port is shown to be live by a row other than their own. A source that did not answer in the
 * latest document proves nothing: its rows are from an earlier document, and the port may be gone since.
 */
export function livePorts({ inventory }: Snapshot, index: VnicIndex, seen: Seen): ReadonlySet<Guid> {
  const live = new Set<Guid>();
  const witness = (source: Parameters<typeof hasSpoken>[0], ids: Iterable<Guid | undefined>) => {
    if (!hasSpoken(source)) return;
    for (const id of ids) if (id !== undefined) live.add(id);
  };
  const { net_adapter_sriov_vf, net_adapter_vport, net_adapter_vmq_queue, vnic_instance } = inventory;
  function* filtered(rows: readonly { readonly filterMacAddresses?: readonly string[] | undefined }[]) {
    for (const row of rows) for (const mac of row.filterMacAddresses ?? []) yield index.byMac(toMac(mac))?.id;
  }

  witness(
    net_adapter_sriov_vf,
    seen.vfs.map((vf) => vf.vnicId),
  );
  // Only the row of the VF says which vNIC owns its vPort.
  const own = seen.vports.filter((vport) => vport.functionId === undefined);
  witness(
    net_adapter_vport,
    own.map((vport) => vport.vnicId),
  );
  witness(net_adapter_vport, filtered(rowsOf(net_adapter_vport)));
  witness(
    net_adapter_vmq_queue,
    seen.queues.map((queue) => queue.vnicId),
  );
  witness(net_adapter_vmq_queue, filtered(rowsOf(net_adapter_vmq_queue)));
  witness(vnic_instance, seen.instances);
  return live;
}
