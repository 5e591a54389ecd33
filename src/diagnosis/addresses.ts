import type { Guid, Host, Vnic } from '../host/model.ts';

/** Addresses that two running vNICs of this host share. */
export interface Addresses {
  readonly sameMac: ReadonlyMap<Guid, readonly Vnic[]>;
  readonly sameIp: ReadonlyMap<Guid, readonly { readonly ip: string; readonly other: Vnic }[]>;
  /** How many MACs and IP addresses are shared; undefined where they could not be read */
  readonly duplicateMacs: number | undefined;
  readonly duplicateIps: number | undefined;
}

/** Link-local, loopback and unspecified addresses say nothing of who is who. */
const NOBODY = /^(169\.254\.|127\.|0\.0\.0\.0$|fe[89ab][0-9a-f]:|::1?$)/;
const isAddress = (ip: string) => ip !== '' && !NOBODY.test(ip);

/**
 * The same MAC on two running vNICs, and the same IP address on two with different MACs. A guest that shows a second
 * NIC ("... Virtual Function") with its address once more is no conflict: both are one vNIC with one MAC. Pure.
 */
export function findAddresses(host: Host): Addresses {
  const speaks = (source: string) => host.sources.get(source)?.fresh === true;
  const running = new Set(host.vms.filter((vm) => vm.state === 'running' && vm.real).map((vm) => vm.id));
  const live = host.vnics.filter(
    (vnic) => !vnic.identityOnly && (vnic.vmId === undefined ? vnic.kind === 'management_os' : running.has(vnic.vmId)),
  );
  const readable = speaks('vm') && speaks('vm_network_adapter');

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
          if (!found.some((one) => one.ip === ip && one.other.id === other.id))
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

export const addressesOf = (vnic: Vnic): readonly string[] =>
  (vnic.ipAddresses ?? []).map((ip) => ip.toLowerCase()).filter(isAddress);

/**
 * Tenants may use the same addresses: one counts within its network. A vNIC whose network is not known is left out, as is
 * one in trunk or private mode: its addresses may be in any of several VLANs.
 */
function networkAddresses(vnic: Vnic): readonly string[] {
  const { settings, vlanMode, vlan } = vnic;
  if (settings?.virtualSubnetId === undefined) return [];
  if (vlanMode !== 'untagged' && (vlanMode !== 'access' || vlan === undefined)) return [];
  const network = `${vlan ?? 'untagged'}/${settings.virtualSubnetId}`;
  return [...new Set(addressesOf(vnic))].map((ip) => `${network}/${ip}`);
}

/** The groups of more than one that share a key, members by id. */
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
