import { EXTERNAL_PORT_MARK } from '../document/instance-names.ts';
import type { Guid, Mac } from './model.ts';

/**
 * The keys that join rows of Windows with different spellings: GUIDs with or without braces in either case, MACs with
 * dashes (NetAdapter cmdlets) or bare (Get-VMNetworkAdapter), and GUIDs inside longer ids.
 */
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const wholeGuid = new RegExp(`^\\{?(${GUID})\\}?$`, 'i');
const guidsWithin = new RegExp(GUID, 'gi');
const guidPair = new RegExp(`^(${GUID})--(${GUID})$`, 'i');
const guidAtEnd = new RegExp(`(${GUID})\\}?$`, 'i');
const GUID_PAIR_LENGTH = 74;
const BARE_MAC = /^[0-9A-Fa-f]{12}$/;
/** As NetAdapter cmdlets write MACs */
const DASHED_MAC = /^[0-9A-F]{2}(?:-[0-9A-F]{2}){5}$/;

/** A GUID in lower case without braces; undefined for anything else. */
export function toGuid(text: string | undefined): Guid | undefined {
  return text === undefined ? undefined : wholeGuid.exec(text)?.[1]?.toLowerCase();
}

/** `AA:BB:CC:DD:EE:FF` from any spelling; undefined for anything else and for the all-zero MAC, which nobody has. */
export function toMac(text: string | undefined): Mac | undefined {
  if (text === undefined) return undefined;
  if (DASHED_MAC.test(text)) return text === '00-00-00-00-00-00' ? undefined : text.replaceAll('-', ':');
  const digits = (BARE_MAC.test(text) ? text : text.replace(/[-:.\s]/g, '')).toUpperCase();
  if (!BARE_MAC.test(digits) || digits === '000000000000') return undefined;
  const pair = (at: number) => digits.slice(at, at + 2);
  return `${pair(0)}:${pair(2)}:${pair(4)}:${pair(6)}:${pair(8)}:${pair(10)}`;
}

/** The ids in `Microsoft:<VM GUID>\<vNIC GUID>`; those of the management OS carry the vNIC's GUID alone. */
export interface VnicKey {
  readonly vmId?: Guid;
  readonly nicId: Guid;
}

/**
 * The key of a vNIC from Get-VMNetworkAdapter's Id. Never empty: an id without a GUID is its own key, so that no
 * vNIC is without one.
 */
export function vnicKey(id: string): VnicKey {
  const [first, second] = id.match(guidsWithin) ?? [];
  if (first === undefined) return { nicId: id.toLowerCase() };
  if (second === undefined) return { nicId: first.toLowerCase() };
  return { vmId: first.toLowerCase(), nicId: second.toLowerCase() };
}

/**
 * The vNIC at the end of `<VM name>_<vNIC name>_<VM GUID>--<vNIC GUID>` (instances of `Hyper-V Virtual Network
 * Adapter`, and most likely VmNicID of MSFT_NetAdapterSriovVfSettingData). Names may hold any character, so only the
 * end is read. A single GUID at the end is taken for a vNIC of the management OS.
 */
export function trailingVnicKey(text: string | undefined): VnicKey | undefined {
  if (text === undefined) return undefined;
  const pair = guidPair.exec(text.slice(-GUID_PAIR_LENGTH));
  if (pair?.[1] !== undefined && pair[2] !== undefined) {
    return { vmId: pair[1].toLowerCase(), nicId: pair[2].toLowerCase() };
  }
  const single = guidAtEnd.exec(text.slice(-GUID_PAIR_LENGTH))?.[1]?.toLowerCase();
  return single === undefined ? undefined : { nicId: single };
}

const wholePair = new RegExp(`^\\{?(${GUID})\\}?--\\{?(${GUID})\\}?$`, 'i');

/** The vNIC that a text names and nothing else: `<VM GUID>--<vNIC GUID>`, or the GUID of one of the management OS. */
export function wholeVnicKey(text: string): VnicKey | undefined {
  const [, vmId, nicId] = wholePair.exec(text) ?? [];
  if (vmId !== undefined && nicId !== undefined) return { vmId: vmId.toLowerCase(), nicId: nicId.toLowerCase() };
  const single = toGuid(text);
  return single === undefined ? undefined : { nicId: single };
}

const externalPort = new RegExp(EXTERNAL_PORT_MARK);

/**
 * Whether an instance of `Hyper-V Virtual Network Adapter` is the port of a vSwitch's NIC or team, and so no vNIC's: it
 * holds the mark of such a port, and not a vNIC's pair of GUIDs at its end (names of VMs may hold anything).
 */
export const isExternalInstance = (instance: string): boolean =>
  externalPort.test(instance) && !guidPair.test(instance.slice(-GUID_PAIR_LENGTH));

/**
 * The VM's name and the processor's number from `<VM name>:Hv VP <n>`, split at the last mark since names may hold it
 * too. Of VMs of one name the second and later ones have `#1`, `#2` at the end, which .NET adds
 * (dotnet/runtime, PerformanceCounterLib.cs, which replaces no character either). Instances of hosts are in the tests of
 * microsoft/VirtualClient, those of the root partition and of logical processors too (in lower case, as Get-Counter prints).
 */
export function processorOf(instance: string): { readonly vmName: string; readonly number: string } | undefined {
  const [, vmName, number] = /^(.+):Hv VP (\d+)(?:#\d+)?$/s.exec(instance) ?? [];
  return vmName === undefined || number === undefined ? undefined : { vmName, number };
}

/** windows_exporter's label `nic`: its `net` collector replaces the characters that counter instances cannot hold. */
export function nicLabel(description: string): string {
  return description.replaceAll('(', '[').replaceAll(')', ']').replaceAll('#', '_');
}

/**
 * The processor of an affinity mask as `group,number`, windows_exporter's label `core`; undefined unless exactly one
 * bit is set. The mask is decimal text because a double cannot hold all 64 bits.
 */
export function coreOfMask(group: number | undefined, mask: string | undefined): string | undefined {
  if (group === undefined || mask === undefined) return undefined;
  const bits = BigInt(mask);
  if (bits === 0n || (bits & (bits - 1n)) !== 0n) return undefined;
  return `${group},${bits.toString(2).length - 1}`;
}
