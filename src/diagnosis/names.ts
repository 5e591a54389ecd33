import type { Host, Nic, Vnic, VSwitch } from '../host/model.ts';
import { isComplete } from '../host/sources.ts';
import { exactName, type ExactName, type Literal, literal } from './powershell.ts';

/**
 * Names that select exactly one object of a host, even if a cmdlet ignores case or expands wildcards. Undefined for an
 * object that must be selected by its id.
 */
export interface Names {
  readonly nic: (nic: Nic) => ExactName | undefined;
  /** For a comparison, which does not expand wildcards */
  readonly nicDescription: (nic: Nic) => Literal | undefined;
  readonly vm: (name: string | undefined) => ExactName | undefined;
  readonly vnic: (vnic: Vnic) => { readonly vm: ExactName; readonly vnic: ExactName } | undefined;
  /** The name of a vNIC of the management OS */
  readonly managementVnic: (vnic: Vnic) => ExactName | undefined;
  readonly vswitch: (vswitch: VSwitch) => ExactName | undefined;
}

/** The names of a host. If not all objects of a kind were read, no name of that kind is known to be unique. */
export function namesOf(host: Host): Names {
  const complete = (source: string) => isComplete(host.sources.get(source));
  const nics = count(host.nics.map((nic) => nic.friendlyName));
  const descriptions = count(host.nics.map((nic) => nic.description));
  const vms = count(host.vms.map((vm) => vm.name));
  const vswitches = count(host.vswitches.map((vswitch) => vswitch.name));
  const vnics = count(host.vnics.map(keyOfVnic));
  const allNics = complete('net_adapter');
  const allVms = complete('vm');
  const allVnics = complete('vm_network_adapter');
  const allVSwitches = complete('vm_switch');

  const vm = (name: string | undefined) => (allVms && vms(name) === 1 ? exactName(name) : undefined);
  const ownName = (vnic: Vnic) => (allVnics && vnics(keyOfVnic(vnic)) === 1 ? exactName(vnic.name) : undefined);
  return {
    nic: (nic) => (allNics && nics(nic.friendlyName) === 1 ? exactName(nic.friendlyName) : undefined),
    nicDescription: (nic) => (descriptions(nic.description) === 1 ? literal(nic.description) : undefined),
    vm,
    vnic: (vnic) => {
      const owner = vm(vnic.vmName);
      const own = ownName(vnic);
      return owner && own && { vm: owner, vnic: own };
    },
    managementVnic: ownName,
    vswitch: (vswitch) => (allVSwitches && vswitches(vswitch.name) === 1 ? exactName(vswitch.name) : undefined),
  };
}

const keyOfVnic = (vnic: Vnic): string => `${vnic.vmId ?? ''}/${vnic.name}`;

/** Counts how many of these names a cmdlet could match with a given name. */
function count(names: readonly (string | undefined)[]): (name: string | undefined) => number {
  const counts = new Map<string, number>();
  for (const name of names) {
    if (name === undefined) continue;
    const key = folded(name);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (name) => (name === undefined ? 0 : (counts.get(folded(name)) ?? 0));
}

const ASCII = /^[\x20-\x7e]*$/;
/**
 * A key that is equal for any two names that a PowerShell comparison could treat as equal. It is equal for some other
 * names as well.
 */
const folded = (name: string): string =>
  ASCII.test(name)
    ? name.toUpperCase()
    : name
        .normalize('NFKD')
        .replaceAll(/[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
        .toUpperCase();
