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

/** More would make the plan too long to read: the rest is told in words. */
const MAX_NAMES = 40;
const MAX_COMMANDS = 5;

/**
 * How to recreate a vSwitch with IOV, which can be chosen at creation only. Made of this host's values: what is known
 * is put back by a command, what is not known is saved first and put back by hand.
 *
 * Sources: New-VMSwitch (IOV and teaming at creation only; AllowManagementOS creates a vNIC with the name of the
 * vSwitch; with IOV the bandwidth mode is None), Set-VMSwitchTeam, Add-VMNetworkAdapter, Set-VMNetworkAdapterVlan.
 */
export function recreateVSwitch(facts: VSwitchFacts): Plan {
  const { vswitch, host } = facts;
  // The old and the new vSwitch have the same name, so it has to be one that picks a vSwitch.
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
        text: `Remove the vSwitch.${hostLosesNetwork ? ' The host itself loses this network until its addresses are set again.' : ''}`,
        command: get && removeVSwitch(get),
      },
      ...(vswitch.teaming === 'lbfo'
        ? [
            {
              text: 'Remove the LBFO team below it (Remove-NetLbfoTeam), and its port channel on the network switch if it has one: the ports of a SET team need none.',
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
  text: `Open a console that does not use ${name} (BMC or screen): ${
    allowManagementOs === true
      ? 'AllowManagementOS is True, so the host itself loses this network meanwhile.'
      : 'AllowManagementOS was not read; where it is True, the host itself loses this network meanwhile.'
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
      text: `Save the settings of the vSwitch. They are: ${now.join('; ')}.`,
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
            text: 'Save its gateways and DNS servers.',
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
  // By its name the cmdlet takes it without a pipeline.
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
    text: `Create it again with IOV${allowManagementOs === undefined ? ' and with AllowManagementOS as saved' : ''}.${
      loses ? ' With IOV the bandwidth mode is None: minimum bandwidths of vNICs no longer apply.' : ''
    }${management !== undefined && management.length > 1 ? ' Its first vNIC of the management OS has the name of the vSwitch.' : ''}`,
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

/** The NICs of the old vSwitch, those of its LBFO team included; undefined where not all are there or one cannot be named. */
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
  text: 'Set load balancing, extensions and vNICs of the management OS as saved. The name of the vSwitch is not fit for a command: give the new one a plain name that no other has.',
});

function restore(facts: VSwitchFacts, name: ExactName, management: readonly Vnic[] | undefined): Step[] {
  const { loadBalancing, teaming, extensions, allowManagementOs } = facts.vswitch;
  const enabled = extensions?.filter((extension) => extension.enabled) ?? [];
  return [
    ...(teaming === 'set'
      ? [
          {
            text: 'Set the load balancing of the team as it was.',
            command:
              loadBalancing &&
              pipeline(call('Set-VMSwitchTeam', { Name: name, LoadBalancingAlgorithm: word(loadBalancing) })),
          },
        ]
      : []),
    ...(extensions === undefined
      ? [{ text: 'Switch its extensions on and off as saved.' }]
      : enabled.slice(0, MAX_COMMANDS).map((extension): Step => {
          const its = exactName(extension.name);
          return {
            text: `Switch the extension ${extension.name} on.`,
            command: its && pipeline(call('Enable-VMSwitchExtension', { VMSwitchName: name, Name: its })),
          };
        })),
    ...(allowManagementOs === false ? [] : managementSteps(facts, name, management)),
  ];
}

/** The vNICs of the management OS: one comes with the vSwitch and has its name, the others are added. */
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
    const its = names.managementVnic(vnic);
    const vlan = vlanStep(vnic, its);
    if (vnic === first) return vlan;
    const made: Step =
      vnic === own
        ? {
            text: `Rename its vNIC of the management OS to ${vnic.name}.`,
            command: its && pipeline(call('Rename-VMNetworkAdapter', { ManagementOS: ON, Name: name, NewName: its })),
          }
        : {
            text: `Add the vNIC ${vnic.name} of the management OS.`,
            command: its && pipeline(call('Add-VMNetworkAdapter', { ManagementOS: ON, Name: its, SwitchName: name })),
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
  text: 'Set the IP addresses, gateways and DNS servers of the host as saved, and what is not read here: RDMA, jumbo frames, QoS policies. A vNIC may have another MAC address than before: check DHCP reservations.',
});

const byName = (a: Vnic, b: Vnic): number =>
  compare(a.vmName ?? '', b.vmName ?? '') || compare(a.name, b.name) || compare(a.id, b.id);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** vNICs of the management OS on the vSwitch; undefined where they were not read. */
function managementVnics({ vswitch, host }: VSwitchFacts): readonly Vnic[] | undefined {
  return host.sources.get('vm_network_adapter')?.fresh === true
    ? host.vnics.filter((vnic) => vnic.kind === 'management_os' && vnic.vswitchId === vswitch.id).toSorted(byName)
    : undefined;
}

function reconnect({ vswitch, host, names }: VSwitchFacts, name: ExactName | undefined): Step[] {
  const text = 'Connect the VMs that stayed on the host. A VM that was moved away finds the vSwitch by its name.';
  if (name === undefined) return [{ text }];
  const ofVm = groupBy(
    host.vnics.filter((vnic) => vnic.kind !== 'management_os'),
    (vnic) => vnic.vmId,
  );
  const its = host.vnics
    .filter((vnic) => vnic.kind !== 'management_os' && vnic.vswitchId === vswitch.id)
    .toSorted(byName);
  // Where it is the only vNIC of its VM, the VM's name is enough.
  const wholeVms: ExactName[] = [];
  const others: Command[] = [];
  let unnamed = 0;
  for (const vnic of its) {
    const vm = vnic.vmId !== undefined && ofVm.get(vnic.vmId)?.length === 1 ? names.vm(vnic.vmName) : undefined;
    if (vm !== undefined) wholeVms.push(vm);
    else {
      const command = vnicCommand({ vnic, names }, 'Connect-VMNetworkAdapter', { SwitchName: name });
      if (command === undefined) unnamed += 1;
      else others.push(command);
    }
  }
  const left = Math.max(0, wholeVms.length - MAX_NAMES) + Math.max(0, others.length - MAX_COMMANDS) + unnamed;
  return [
    ...(wholeVms.length === 0
      ? []
      : [
          {
            text,
            command: pipeline(
              call('Connect-VMNetworkAdapter', { VMName: wholeVms.slice(0, MAX_NAMES), SwitchName: name }),
            ),
          },
        ]),
    ...others.slice(0, MAX_COMMANDS).map((command) => ({ text: 'Connect a vNIC of a VM that has several.', command })),
    ...(left === 0 ? [] : [{ text: `Connect ${left} more vNICs of VMs to the vSwitch.` }]),
  ];
}
