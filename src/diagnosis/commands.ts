import type { Nic, Vnic, VSwitch } from '../host/model.ts';
import type { Names } from './names.ts';
import {
  call,
  type Call,
  type Command,
  endsWithGuid,
  guidLiteral,
  type Literal,
  ON,
  type Parameters,
  pipeline,
  where,
} from './powershell.ts';

/** Commands for one object of the host. They select it by name if the name is unique, else by id. */

/** `Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 8` */
export function nicCommand(
  { nic, names }: { readonly nic: Nic; readonly names: Names },
  cmdlet: `${string}-NetAdapter${string}`,
  parameters: Parameters = {},
): Command | undefined {
  const name = names.nic(nic);
  if (name !== undefined) return pipeline(call(cmdlet, { Name: name, ...parameters }));
  const description = names.nicDescription(nic);
  if (description === undefined) return undefined;
  const get = getter(cmdlet);
  const found = pipeline(call(get), where('InterfaceDescription', 'EQ', description));
  return cmdlet === get ? found : pipeline(...found.calls, call(cmdlet, parameters));
}

/** `Get-NetAdapterSriovVf -Name 'SLOT 2 Port 1', 'SLOT 2 Port 2'`: a command that reads several NICs. */
export function nicsCommand(
  nics: readonly Nic[],
  names: Names,
  cmdlet: `Get-NetAdapter${string}`,
): Command | undefined {
  const known = nics.flatMap((nic) => names.nic(nic) ?? []);
  if (nics.length === 0) return undefined;
  if (known.length === nics.length) return pipeline(call(cmdlet, { Name: known }));
  const descriptions = nics.flatMap((nic) => names.nicDescription(nic) ?? []);
  return descriptions.length === nics.length
    ? pipeline(call(cmdlet), where('InterfaceDescription', 'In', descriptions))
    : undefined;
}

const getter = (cmdlet: `${string}-${string}`): `Get-${string}` => `Get-${cmdlet.slice(cmdlet.indexOf('-') + 1)}`;

interface OfVnic {
  readonly vnic: Vnic;
  readonly names: Names;
}

/** `Set-VMNetworkAdapter -VMName 'web07' -Name 'Network Adapter' -IovWeight 0`; for vNICs of VMs only. */
export function vnicCommand(
  { vnic, names }: OfVnic,
  cmdlet: `${string}-VMNetworkAdapter`,
  parameters: Parameters,
): Command | undefined {
  const named = names.vnic(vnic);
  if (named !== undefined) return pipeline(call(cmdlet, { VMName: named.vm, Name: named.vnic, ...parameters }));
  const id = endsWithGuid(vnic.id);
  if (id === undefined || vnic.kind === 'management_os') return undefined;
  const vm = guidLiteral(vnic.vmId);
  const found =
    vm === undefined
      ? pipeline(call('Get-VMNetworkAdapter', { All: ON }))
      : pipeline(getVm(vm), call('Get-VMNetworkAdapter'));
  return pipeline(...found.calls, where('Id', 'Like', id), call(cmdlet, parameters));
}

/** `Start-VM -Name 'web07'` */
export function vmCommand(
  { id, name }: { readonly id: string | undefined; readonly name: string | undefined },
  names: Names,
  cmdlet: 'Start-VM' | 'Stop-VM',
): Command | undefined {
  const exact = names.vm(name);
  if (exact !== undefined) return pipeline(call(cmdlet, { Name: exact }));
  const guid = guidLiteral(id);
  return guid && pipeline(getVm(guid), call(cmdlet));
}

const getVm = (id: Literal): Call => call('Get-VM', { Id: id });

/** `Get-VMSwitch -Name 'Production'`, the start of a pipeline */
export function getVSwitch({ vswitch, names }: { readonly vswitch: VSwitch; readonly names: Names }): Call | undefined {
  const name = names.vswitch(vswitch);
  if (name !== undefined) return call('Get-VMSwitch', { Name: name });
  const id = guidLiteral(vswitch.id);
  return id && call('Get-VMSwitch', { Id: id });
}
