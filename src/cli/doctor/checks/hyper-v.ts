import type { About } from '../../../collect/powershell/one-shot.ts';
import type { ParsedDocument, ParsedSource } from '../../../document/document.ts';
import { type Check, failed, ok, type Outcome, skipped } from '../check.ts';

/** Pure. */
export const roleOutcome = ({ vmms }: About): Outcome =>
  vmms === undefined
    ? failed(
        'the service vmms does not exist: Hyper-V is not installed here',
        'Install-WindowsFeature Hyper-V -IncludeManagementTools, then restart the host; or run this on a Hyper-V host',
      )
    : ok('installed');

/** Whether the Hyper-V role is installed. */
export const role: Check = {
  id: 'hyperv_role',
  title: 'Hyper-V role',
  needs: ['language_mode'],
  run: async (inspection) => roleOutcome(await inspection.about()),
};

/** Pure. */
export const vmmsOutcome = ({ vmms = 'unknown' }: About): Outcome =>
  vmms === 'Running'
    ? ok('running')
    : failed(
        `the service vmms is ${vmms}: VMs keep running, but Hyper-V cannot be queried`,
        'Start-Service vmms; the System event log says why it stopped',
      );

/** Whether the service vmms runs. */
export const vmms: Check = {
  id: 'vmms',
  title: 'Virtual machine management service',
  needs: ['hyperv_role'],
  run: async (inspection) => vmmsOutcome(await inspection.about()),
};

type Inventory = ParsedDocument<'inventory'>;
const inventoryOf = (document: ParsedDocument): Inventory['sources'] =>
  document.part === 'inventory' ? (document as Inventory).sources : {};

/** Pure. */
export const hyperVModuleOutcome = (vmHost: Pick<ParsedSource<unknown>, 'status'> | undefined): Outcome =>
  vmHost === undefined
    ? skipped('the source vm_host is disabled')
    : vmHost.status === 'unsupported'
      ? failed(
          'Get-VMHost is missing: the Hyper-V PowerShell module is not installed',
          'Install-WindowsFeature Hyper-V-PowerShell',
        )
      : ok('has Get-VMHost');

/** Whether the Hyper-V module can be imported. */
export const hyperVModule: Check = {
  id: 'hyperv_module',
  title: 'Hyper-V PowerShell module',
  needs: ['hyperv_role', 'inventory'],
  run: async (inspection) => hyperVModuleOutcome(inventoryOf(await inspection.document('inventory')).vm_host),
};

const GROUPS =
  'put the account that runs this in Hyper-V Administrators (S-1-5-32-578) and Performance Monitor Users (S-1-5-32-558), then log on again (or restart the service)';

/**
 * An account without rights gets an empty result, not an error. Every account with rights sees at least the host
 * itself, so an empty host means missing rights and not a host without VMs. Pure.
 */
export function rightsOutcome({ vm_host: vmHost, vm }: Inventory['sources']): Outcome {
  if (vmHost === undefined) return skipped('the source vm_host is disabled');
  const error = vmHost.errors[0];
  if (vmHost.rows.length === 0)
    return failed(
      error === undefined ? 'Get-VMHost returns nothing, not even this host' : `Get-VMHost shows an error: ${error}`,
      GROUPS,
    );
  if (vm === undefined) return ok('the host is visible; the source vm is disabled');
  const count = vm.rows.length;
  if (count > 0) return ok(`the host and ${count} VMs are visible`);
  return vm.status === 'ok'
    ? ok('the host is visible; it has no VMs')
    : failed(`the host is visible, but its VMs are not: ${vm.errors[0] ?? 'no reason given'}`, GROUPS);
}

/** Whether the account may read Hyper-V. */
export const rights: Check = {
  id: 'rights',
  title: 'Rights to read Hyper-V',
  needs: ['hyperv_module', 'vmms'],
  run: async (inspection) => rightsOutcome(inventoryOf(await inspection.document('inventory'))),
};
