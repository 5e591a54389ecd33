import type { Guid, Host, Vnic } from '../host/model.ts';

/** Addresses that more than one running vNIC of this host uses. */
export interface Addresses {
  readonly sameMac: ReadonlyMap<Guid, readonly Vnic[]>;
  readonly sameIp: ReadonlyMap<Guid, readonly { readonly ip: string; readonly other: Vnic }[]>;
  /** How many MACs and IP addresses are shared; undefined where they could not be read */
  readonly duplicateMacs: number | undefined;
  readonly duplicateIps: number | undefined;
}

/** Link-local, loopback and unspecified addresses do not identify a guest. */
const NOBODY = /^(169\.254\.|127\.|0\.0\.0\.0$|fe[89ab][0-9a-f]:|::1?$)/;
const isAddress = (ip: string) => ip !== '' && !NOBODY.test(ip);

/**
 * Finds MACs that two running vNICs share, and IP addresses that two running vNICs with different MACs share. A guest
 * that shows its address again on a second NIC ("... Virtual Function") is not a conflict: both are one vNIC with one
 * MAC. Pure.
 */
export function findAddresses(host: Host): Addresses {
  const isFresh = (source: string) => host.sources.get(source)?.fresh === true;
  const running = new Set(host.vms.filter((vm) => vm.state === 'running' && vm.real).map((vm) => vm.id));
  const live = host.vnics.filter(
    (vnic) => !vnic.identityOnly && (vnic.vmId === undefined ? vnic.kind === 'management_os' : running.has(vnic.vmId)),
  );
  const readable = isFresh('vm') && isFresh('vm_network_adapter');

  const sameMac = new Map<Guid, readonly Vnic[]>();
  let duplicateMacs = 0;
  for (const group of groups(live, (vnic) =>
    vnic.mac === undefined || vnic.mac === '00:00:00:00:00:00' ? [] : [vnic.mac],
  )) {
    duplicateMacs += 1;
    for (const vnic of group)
      sameMac.set(
        vnic.id,
        group.filter((other) => other.id !== vnic.id),
      );
  }

  const sameIp = new Map<Guid, { readonly ip: string; readonly other: Vnic }[]>();
  const shared = new Set<string>();
  for (const group of groups(live, networkAddresses)) {
    const ips = new Set(group[0] === undefined ? [] : addressesOf(group[0]));
    for (const ip of ips) {
      if (!group.every((vnic) => addressesOf(vnic).includes(ip))) continue;
      for (const vnic of group) {
        for (const other of group) {
          if (vnic.mac === undefined || other.mac === undefined || vnic.mac === other.mac) continue;
          const found = sameIp.get(vnic.id) ?? [];
          if (!found.some((pair) => pair.ip === ip && pair.other.id === other.id))
            sameIp.set(vnic.id, [...found, { ip, other }]);
          shared.add(ip);
        }
      }
    }
  }
  return {
    sameMac,
    sameIp,
    duplicateMacs: readable ? duplicateMacs : undefined,
    duplicateIps: readable && live.some((vnic) => vnic.ipAddresses !== undefined) ? shared.size : undefined,
  };
}

/** IP addresses that the guest of a vNIC reports, in lower case, without those that do not identify a guest. */
export const addressesOf = (vnic: Vnic): readonly string[] =>
  (vnic.ipAddresses ?? []).map((ip) => ip.toLowerCase()).filter(isAddress);

/**
 * The addresses of a vNIC, each prefixed with its network. Tenants may use the same addresses, so only addresses of one
 * network are compared. A vNIC whose network is unknown is left out. So is one in trunk or private mode: its addresses
 * may be in any of several VLANs.
 */
function networkAddresses(vnic: Vnic): readonly string[] {
  const { settings, vlanMode, vlan } = vnic;
  if (settings?.virtualSubnetId === undefined) return [];
  if (vlanMode !== 'untagged' && (vlanMode !== 'access' || vlan === undefined)) return [];
  const network = `${vlan ?? 'untagged'}/${settings.virtualSubnetId}`;
  return [...new Set(addressesOf(vnic))].map((ip) => `${network}/${ip}`);
}

/** Groups of two or more vNICs that share a key, sorted by key; members sorted by id. */
function groups(vnics: readonly Vnic[], keys: (vnic: Vnic) => readonly string[]): readonly (readonly Vnic[])[] {
  const byKey = new Map<string, Vnic[]>();
  for (const vnic of vnics) {
    for (const key of keys(vnic)) {
      const group = byKey.get(key);
      if (group === undefined) byKey.set(key, [vnic]);
      else group.push(vnic);
    }
  }
  return [...byKey]
    .filter(([, group]) => group.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => group.sort((a, b) => (a.id < b.id ? -1 : 1)));
}
