import type { Host, Nic, Vnic, VSwitch } from '../host/model.ts';
import { isComplete } from '../host/sources.ts';
import { exactName, type ExactName, type Literal, literal } from './powershell.ts';

/**
 * Names that pick exactly one object of a host, whatever a cmdlet makes of case and wildcards; undefined for an object
 * that has to be picked by its id.
 */
export interface Names {
  readonly nic: (nic: Nic) => ExactName | undefined;
  /** For a comparison, which knows no wildcards */
  readonly nicDescription: (nic: Nic) => Literal | undefined;
  readonly vm: (name: string | undefined) => ExactName | undefined;
  readonly vnic: (vnic: Vnic) => { readonly vm: ExactName; readonly vnic: ExactName } | undefined;
  /** Of the management OS */
  readonly managementVnic: (vnic: Vnic) => ExactName | undefined;
  readonly vswitch: (vswitch: VSwitch) => ExactName | undefined;
}

/** The names of a host. Where not all objects of a kind were read, none of their names is known to be the only one. */
export function namesOf(host: Host): Names {
  const whole = (source: string) => isComplete(host.sources.get(source));
  const nics = count(host.nics.map((nic) => nic.friendlyName));
  const descriptions = count(host.nics.map((nic) => nic.description));
  const vms = count(host.vms.map((vm) => vm.name));
  const vswitches = count(host.vswitches.map((vswitch) => vswitch.name));
  const vnics = count(host.vnics.map(keyOfVnic));
  const allNics = whole('net_adapter');
  const allVms = whole('vm');
  const allVnics = whole('vm_network_adapter');
  const allVSwitches = whole('vm_switch');

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

/** How many of these names a cmdlet could take for the one that is asked about. */
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
/** The same for any two names that a comparison of PowerShell could hold equal, and for some more. */
const folded = (name: string): string =>
  ASCII.test(name)
    ? name.toUpperCase()
    : name
        .normalize('NFKD')
        .replaceAll(/[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
        .toUpperCase();
