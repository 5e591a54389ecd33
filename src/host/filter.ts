import type { Host } from './model.ts';

/** Which VMs and NICs are shown, by name. */
export interface HostFilter {
  readonly vm: (name: string) => boolean;
  readonly nic: (description: string) => boolean;
}

/**
 * The Host without the VMs and NICs that the administrator left out, and without what hangs on them. vNICs of the
 * management OS always stay. A pool's figures stay whole: they are the NIC's and the vSwitch's.
 */
export function filterHost(host: Host, filter: HostFilter): Host {
  const hidden = new Set(host.vms.filter(({ name }) => !filter.vm(name)).map(({ id }) => id));
  const showsVm = (owned: { readonly vmId?: string; readonly vmName?: string }) =>
    !(owned.vmId !== undefined && hidden.has(owned.vmId)) && (owned.vmName === undefined || filter.vm(owned.vmName));
  const shows = (owned: { readonly nic: string; readonly vmId?: string; readonly vmName?: string }) =>
    filter.nic(owned.nic) && showsVm(owned);
  return {
    ...host,
    vms: host.vms.filter(({ id }) => !hidden.has(id)),
    vnics: host.vnics.filter(showsVm),
    nics: host.nics.filter(({ description }) => filter.nic(description)),
    vswitches: host.vswitches.map((vswitch) => {
      const { memberNics, ...rest } = vswitch;
      const shown = memberNics?.filter(filter.nic);
      // No member left to evaluate is "not known", not "has none".
      return shown === undefined || shown.length === 0 ? rest : { ...rest, memberNics: shown };
    }),
    vfs: host.vfs.filter(shows),
    vports: host.vports.filter(shows),
    vmQueues: host.vmQueues.filter(shows),
  };
}
