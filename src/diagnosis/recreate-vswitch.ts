import type { Vnic, VSwitch } from '../host/model.ts';
import { getVSwitch, vnicCommand } from './commands.ts';
import type { VSwitchFacts } from './facts.ts';
import { groupBy } from './group.ts';
import { drain, resume } from './plans.ts';
import {
  call,
  type Command,
  exactName,
  type ExactName,
  formatTable,
  ON,
  type Parameters,
  pipeline,
  type Plan,
  type Step,
  word,
} from './powershell.ts';

/** A longer plan would be hard to read: the remaining objects are summarised in a sentence. */
const MAX_NAMES = 40;
const MAX_COMMANDS = 5;

/**
 * The plan to recreate a vSwitch with IOV, which can be set at creation only. It uses the values of this host. Known
 * settings are restored by a command. Unknown settings are saved first and restored by hand.
 *
 * Sources: New-VMSwitch (IOV and teaming at creation only; AllowManagementOS creates a vNIC with the name of the
 * vSwitch; with IOV the bandwidth mode is None), Set-VMSwitchTeam, Add-VMNetworkAdapter, Set-VMNetworkAdapterVlan.
 */
export function recreateVSwitch(facts: VSwitchFacts): Plan {
  const { vswitch, host } = facts;
  // The new vSwitch gets the name of the old one, so the name must select exactly one vSwitch.
  const name = facts.names.vswitch(vswitch);
  const management = managementVnics(facts);
  const hostLosesNetwork = vswitch.allowManagementOs !== false;
  const get = getVSwitch(facts);
  return {
    steps: [
      ...(hostLosesNetwork ? [openConsole(vswitch)] : []),
      drain(host.cluster),
      ...save(facts, hostLosesNetwork, management),
      {
        text: `Remove the vSwitch.${hostLosesNetwork ? ' The host itself loses this network until its IP addresses are set again.' : ''}`,
        command: get && removeVSwitch(get),
      },
      ...(vswitch.teaming === 'lbfo'
        ? [
            {
              text: 'Remove the LBFO team of the vSwitch (Remove-NetLbfoTeam). If the team has a port channel on the network switch, remove that too: a SET team must not have one.',
            },
          ]
        : []),
      create(facts, name, management),
      ...(name === undefined ? [byHand()] : restore(facts, name, management)),
      ...(hostLosesNetwork ? [addresses()] : []),
      ...reconnect(facts, name),
      resume(host.cluster),
    ],
  };
}

const openConsole = ({ name, allowManagementOs }: VSwitch): Step => ({
  text: `Open a console that does not use ${name} (BMC, or keyboard and screen). ${
    allowManagementOs === true
      ? 'AllowManagementOS is True, so the host itself loses this network during the change.'
      : 'AllowManagementOS was not read. If it is True, the host itself loses this network during the change.'
  }`,
});

const BANDWIDTH = { default: 'Default', weight: 'Weight', absolute: 'Absolute', none: 'None' } as const;

function save({ vswitch }: VSwitchFacts, hostLosesNetwork: boolean, management: readonly Vnic[] | undefined): Step[] {
  const { allowManagementOs, bandwidthMode, loadBalancing, teaming, extensions } = vswitch;
  const list = (enabled: boolean) =>
    extensions
      ?.filter((extension) => extension.enabled === enabled)
      .map((extension) => extension.name)
      .join(', ') || 'none';
  const now = [
    `AllowManagementOS ${allowManagementOs === undefined ? 'not read' : allowManagementOs ? 'True' : 'False'}`,
    `bandwidth mode ${bandwidthMode === undefined ? 'not read' : BANDWIDTH[bandwidthMode]}`,
    ...(teaming === 'set' ? [`load balancing ${loadBalancing ?? 'not read'}`] : []),
    extensions === undefined ? 'extensions not read' : `extensions on: ${list(true)}; off: ${list(false)}`,
    ...(management === undefined
      ? []
      : [`vNICs of the management OS: ${management.map(vnicText).join(', ') || 'none'}`]),
  ];
  const out = (path: string) => call('Out-File', { FilePath: word(path) });
  return [
    {
      text: `Save the settings of the vSwitch. The current settings are: ${now.join('; ')}.`,
      command: pipeline(call('Get-VMSwitch'), call('Export-Clixml', { Path: word('vswitches.xml') })),
    },
    ...(hostLosesNetwork
      ? [
          {
            text: 'Save the VLANs of the management OS.',
            command: pipeline(call('Get-VMNetworkAdapterVlan', { ManagementOS: ON }), out('host-vlans.txt')),
          },
          {
            text: 'Save the IP addresses of the management OS.',
            command: pipeline(
              call('Get-NetIPAddress'),
              formatTable('InterfaceAlias', 'IPAddress', 'PrefixLength', 'PrefixOrigin'),
              out('host-addresses.txt'),
            ),
          },
          {
            text: 'Save the gateways and DNS servers of the management OS.',
            command: pipeline(call('Get-NetIPConfiguration', { All: ON, Detailed: ON }), out('host-gateways.txt')),
          },
        ]
      : []),
  ];
}

const vnicText = ({ name, vlanMode, vlan }: Vnic): string =>
  `${name} (${vlanMode === undefined ? 'VLAN not read' : vlanMode === 'access' ? `VLAN ${vlan ?? 'not read'}` : vlanMode})`;

const removeVSwitch = (get: ReturnType<typeof getVSwitch> & object): Command => {
  const [name] = get.arguments;
  // With a name, the cmdlet needs no pipeline.
  return name?.parameter === 'Name'
    ? pipeline({ name: 'Remove-VMSwitch', arguments: get.arguments })
    : pipeline(get, call('Remove-VMSwitch'));
};

function create(facts: VSwitchFacts, name: ExactName | undefined, management: readonly Vnic[] | undefined): Step {
  const { vswitch } = facts;
  const { bandwidthMode, allowManagementOs } = vswitch;
  const loses = bandwidthMode === 'weight' || bandwidthMode === 'absolute';
  const nics = newMembers(facts);
  const ready = name !== undefined && nics !== undefined && allowManagementOs !== undefined;
  return {
    text: `Create the vSwitch again with IOV${allowManagementOs === undefined ? ' and with AllowManagementOS as saved' : ''}.${
      loses ? ' With IOV, the bandwidth mode is None: minimum bandwidths of vNICs no longer apply.' : ''
    }${management !== undefined && management.length > 1 ? ' The first vNIC of the management OS is created with it and has the same name.' : ''}`,
    command: ready
      ? pipeline(
          call('New-VMSwitch', {
            Name: name,
            ...nics,
            ...(vswitch.teaming !== 'none' && { EnableEmbeddedTeaming: true }),
            AllowManagementOS: allowManagementOs,
            EnableIov: true,
          }),
        )
      : undefined,
  };
}

/**
 * The NICs of the old vSwitch, including those of its LBFO team; undefined if one is missing or cannot be named in a
 * command.
 */
function newMembers({ vswitch, physicalNics, names }: VSwitchFacts): Parameters | undefined {
  const nics = physicalNics ?? [];
  if (vswitch.teaming === undefined || nics.length === 0 || nics.length !== vswitch.physicalNics?.length)
    return undefined;
  const plain = nics.flatMap((nic) => names.nic(nic) ?? []);
  if (plain.length === nics.length) return { NetAdapterName: plain };
  const descriptions = nics.flatMap((nic) => names.nicDescription(nic) ?? []);
  return descriptions.length === nics.length ? { NetAdapterInterfaceDescription: descriptions } : undefined;
}

const byHand = (): Step => ({
  text: 'Restore load balancing, extensions and vNICs of the management OS as saved. The name of the vSwitch cannot be used in a command: give the new vSwitch a simple, unique name.',
});

function restore(facts: VSwitchFacts, name: ExactName, management: readonly Vnic[] | undefined): Step[] {
  const { loadBalancing, teaming, extensions, allowManagementOs } = facts.vswitch;
  const enabled = extensions?.filter((extension) => extension.enabled) ?? [];
  return [
    ...(teaming === 'set'
      ? [
          {
            text: 'Restore the load balancing of the team.',
            command:
              loadBalancing &&
              pipeline(call('Set-VMSwitchTeam', { Name: name, LoadBalancingAlgorithm: word(loadBalancing) })),
          },
        ]
      : []),
    ...(extensions === undefined
      ? [{ text: 'Enable and disable the extensions as saved.' }]
      : enabled.slice(0, MAX_COMMANDS).map((extension): Step => {
          const extensionName = exactName(extension.name);
          return {
            text: `Enable the extension ${extension.name}.`,
            command:
              extensionName && pipeline(call('Enable-VMSwitchExtension', { VMSwitchName: name, Name: extensionName })),
          };
        })),
    ...(allowManagementOs === false ? [] : managementSteps(facts, name, management)),
  ];
}

/** The vNICs of the management OS. One is created with the vSwitch and has its name; the others are added. */
function managementSteps(
  { vswitch, names }: VSwitchFacts,
  name: ExactName,
  management: readonly Vnic[] | undefined,
): Step[] {
  if (management === undefined || management.length === 0)
    return [{ text: 'Add the vNICs of the management OS and set their VLANs as saved.' }];
  const first = management.find((vnic) => vnic.name === vswitch.name);
  const own = first ?? management[0];
  return management.slice(0, MAX_COMMANDS).flatMap((vnic): Step[] => {
    const vnicName = names.managementVnic(vnic);
    const vlan = vlanStep(vnic, vnicName);
    if (vnic === first) return vlan;
    const made: Step =
      vnic === own
        ? {
            text: `Rename the vNIC of the management OS to ${vnic.name}.`,
            command:
              vnicName &&
              pipeline(call('Rename-VMNetworkAdapter', { ManagementOS: ON, Name: name, NewName: vnicName })),
          }
        : {
            text: `Add the vNIC ${vnic.name} of the management OS.`,
            command:
              vnicName &&
              pipeline(call('Add-VMNetworkAdapter', { ManagementOS: ON, Name: vnicName, SwitchName: name })),
          };
    return [made, ...vlan];
  });
}

function vlanStep({ name, vlan, vlanMode }: Vnic, exact: ExactName | undefined): Step[] {
  if (vlanMode === 'untagged') return [];
  if (vlanMode !== 'access' || vlan === undefined) return [{ text: `Set the VLANs of ${name} as saved.` }];
  return [
    {
      text: `Set the VLAN of ${name}.`,
      command:
        exact &&
        pipeline(
          call('Set-VMNetworkAdapterVlan', {
            ManagementOS: ON,
            VMNetworkAdapterName: exact,
            Access: ON,
            VlanId: vlan,
          }),
        ),
    },
  ];
}

const addresses = (): Step => ({
  text: 'Restore the IP addresses, gateways and DNS servers of the host as saved. Also restore settings that the exporter does not read: RDMA, jumbo frames, QoS policies. The MAC address of a vNIC may have changed: check DHCP reservations.',
});

const byName = (a: Vnic, b: Vnic): number =>
  compare(a.vmName ?? '', b.vmName ?? '') || compare(a.name, b.name) || compare(a.id, b.id);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** vNICs of the management OS on the vSwitch; undefined if they were not read. */
function managementVnics({ vswitch, host }: VSwitchFacts): readonly Vnic[] | undefined {
  return host.sources.get('vm_network_adapter')?.fresh === true
    ? host.vnics.filter((vnic) => vnic.kind === 'management_os' && vnic.vswitchId === vswitch.id).toSorted(byName)
    : undefined;
}

function reconnect({ vswitch, host, names }: VSwitchFacts, name: ExactName | undefined): Step[] {
  const text =
    'Connect the VMs that stayed on the host to the new vSwitch. A VM that was moved away finds the vSwitch by its name.';
  if (name === undefined) return [{ text }];
  const ofVm = groupBy(
    host.vnics.filter((vnic) => vnic.kind !== 'management_os'),
    (vnic) => vnic.vmId,
  );
  const connected = host.vnics
    .filter((vnic) => vnic.kind !== 'management_os' && vnic.vswitchId === vswitch.id)
    .toSorted(byName);
  // If the VM has only one vNIC, the name of the VM is enough.
  const singleVnicVms: ExactName[] = [];
  const others: Command[] = [];
  let unnamed = 0;
  for (const vnic of connected) {
    const vm = vnic.vmId !== undefined && ofVm.get(vnic.vmId)?.length === 1 ? names.vm(vnic.vmName) : undefined;
    if (vm !== undefined) singleVnicVms.push(vm);
    else {
      const command = vnicCommand({ vnic, names }, 'Connect-VMNetworkAdapter', { SwitchName: name });
      if (command === undefined) unnamed += 1;
      else others.push(command);
    }
  }
  const left = Math.max(0, singleVnicVms.length - MAX_NAMES) + Math.max(0, others.length - MAX_COMMANDS) + unnamed;
  return [
    ...(singleVnicVms.length === 0
      ? []
      : [
          {
            text,
            command: pipeline(
              call('Connect-VMNetworkAdapter', { VMName: singleVnicVms.slice(0, MAX_NAMES), SwitchName: name }),
            ),
          },
        ]),
    ...others
      .slice(0, MAX_COMMANDS)
      .map((command) => ({ text: 'Connect a vNIC of a VM that has several vNICs.', command })),
    ...(left === 0 ? [] : [{ text: `Connect ${left} more vNICs of VMs to the vSwitch.` }]),
  ];
}
