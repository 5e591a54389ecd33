import type { Nic, Vnic } from '../host/model.ts';

/** Commands to be copied into a PowerShell window, with this host's names in them. */

/** PowerShell takes typographic quotes for the straight one. */
const QUOTES = /['\u2018\u2019\u201A\u201B]/g;
/** Line breaks and marks that a terminal acts on or does not show: they are written as numbers. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const WILDCARDS = /[*?[\]`]/;

/**
 * A PowerShell expression whose value is exactly this text, on one line, with nothing in it that PowerShell or a
 * terminal would act on.
 */
export function quote(text: string): string {
  const literal = (part: string) => `'${part.replace(QUOTES, '$&$&')}'`;
  if (!UNSEEN.test(text)) return literal(text);
  const parts: string[] = [];
  let plain = '';
  for (const char of text) {
    if (!UNSEEN.test(char)) plain += char;
    else {
      parts.push(literal(plain), ...Array.from({ length: char.length }, (_, at) => `[char]${char.charCodeAt(at)}`));
      plain = '';
    }
  }
  return `(${[...parts, literal(plain)].join(' + ')})`;
}

/** Name parameters of the NetAdapter and Hyper-V cmdlets take wildcards. */
const isPattern = (name: string) => WILDCARDS.test(name);

/** `Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 8`, or by a filter where the name would be a pattern. */
export function nicCommand(verb: string, noun: string, nic: Nic, parameters = ''): string {
  const tail = parameters === '' ? '' : ` ${parameters}`;
  const { friendlyName: name } = nic;
  if (name !== undefined && !isPattern(name)) return `${verb}-${noun} -Name ${quote(name)}${tail}`;
  const found = `Get-${noun} | Where-Object InterfaceDescription -eq ${quote(nic.description)}`;
  return verb === 'Get' ? found : `${found} | ${verb}-${noun}${tail}`;
}

/**
 * `Set-VMNetworkAdapter -VMName 'web07' -Name 'Network Adapter' -IovWeight 0`; by GUIDs where the names would mean
 * more than this one vNIC (two vNICs of a VM often have the same name) or are a pattern.
 */
export function vnicCommand(vnic: Vnic, ambiguous: boolean, verb: string, parameters: string): string {
  const { vmName: vm, name } = vnic;
  if (!ambiguous && vm !== undefined && name !== '' && !isPattern(vm) && !isPattern(name)) {
    return `${verb}-VMNetworkAdapter -VMName ${quote(vm)} -Name ${quote(name)} ${parameters}`;
  }
  const owner = vnic.vmId === undefined ? 'Get-VM' : `Get-VM -Id ${quote(vnic.vmId)}`;
  return `${owner} | Get-VMNetworkAdapter | Where-Object Id -like ${quote(`*${vnic.id}`)} | ${verb}-VMNetworkAdapter ${parameters}`;
}

/** A VM by its name where that is its own and no pattern, else by its GUID. */
export function vmCommand(
  verb: string,
  vm: { readonly id: string; readonly name: string; readonly nameShared: boolean },
): string {
  if (!vm.nameShared && !isPattern(vm.name)) return `${verb}-VM -Name ${quote(vm.name)}`;
  return `Get-VM -Id ${quote(vm.id)} | ${verb}-VM`;
}
