import { gatherFacts } from '../../src/diagnosis/facts.ts';
import { type Command, type Plan, printStep } from '../../src/diagnosis/powershell.ts';
import type { Reason } from '../../src/diagnosis/reasons/reason.ts';
import type { TrackedHost } from '../../src/history/model.ts';
import type { Host, Nic, Vm, Vnic } from '../../src/host/model.ts';

/**
 * A host whose names are placeholders: of its values the documents print the commands and plans of the reason table.
 * Its one vSwitch is a team without IOV that the management OS uses too, and its VM queues have run out.
 */
const VSWITCH = '10000000-0000-4000-8000-000000000001';
const AT = 0;

const nic = (n: number): Nic => ({
  description: `NIC ${n}`,
  label: `NIC ${n}`,
  friendlyName: `NIC${n}`,
  isLbfoTeam: false,
  up: true,
  present: true,
  vswitchId: VSWITCH,
  sriovEnabled: true,
  vfLimit: 32,
  vfAllocated: 32,
  vfHardwareLimit: 64,
  numaNode: 1,
  vmq: { enabled: true, baseProcessorGroup: 0, baseProcessor: 0, maxProcessorNumber: 14, numaNode: 0 },
});

const vm = (n: number, name: string): Vm => ({
  id: `20000000-0000-4000-8000-00000000000${n}`,
  name,
  state: 'running',
  real: true,
  identityOnly: false,
  nameShared: false,
});

const vnic = (n: number, vmName: string, vmqAllocated: boolean): Vnic => ({
  id: `30000000-0000-4000-8000-00000000000${n}`,
  name: 'VNIC',
  vmId: vm(n, vmName).id,
  vmName,
  kind: 'synthetic',
  vswitchId: VSWITCH,
  connected: true,
  iovWeight: 100,
  pathApplies: true,
  path: 'synthetic',
  offload: { queuePairsRequested: 4, queuePairsAssigned: 2, vmqWeight: 100, vmqAllocated },
  identityOnly: false,
});

const hostVnic = (n: number, name: string, vlan?: number): Vnic => ({
  id: `40000000-0000-4000-8000-00000000000${n}`,
  name,
  kind: 'management_os',
  vswitchId: VSWITCH,
  pathApplies: false,
  path: 'unknown',
  identityOnly: false,
  ...(vlan === undefined ? { vlanMode: 'untagged' as const } : { vlanMode: 'access' as const, vlan }),
});

const source = { part: 'inventory', status: 'ok', fresh: true, takenAt: AT } as const;
const host: Host = {
  takenAt: AT,
  inventorySequence: 1,
  platform: { logicalProcessors: 32, physicalCores: 16 },
  nics: [nic(1), nic(2)],
  vswitches: [
    {
      id: VSWITCH,
      name: 'VSWITCH',
      type: 'external',
      teaming: 'set',
      memberNics: ['NIC 1', 'NIC 2'],
      physicalNics: ['NIC 1', 'NIC 2'],
      iovEnabled: false,
      allowManagementOs: true,
      bandwidthMode: 'weight',
      loadBalancing: 'Dynamic',
      extensions: [{ name: 'EXTENSION', enabled: true }],
      queuePairLimit: 64,
      queuePairInUse: 62,
      vmqLimit: 31,
      vmqAllocated: 31,
      identityOnly: false,
      nameShared: false,
    },
  ],
  vms: [vm(1, 'VM'), vm(2, 'OTHER')],
  vnics: [vnic(1, 'VM', true), vnic(2, 'OTHER', false), hostVnic(1, 'VSWITCH'), hostVnic(2, 'MIGRATION', 12)],
  vfs: [],
  vports: [],
  vmQueues: [],
  cpu: {},
  processes: [],
  cluster: { name: 'HOST', state: 'up' },
  sources: new Map(['vm', 'vm_switch', 'vm_network_adapter', 'net_adapter'].map((name) => [name, source])),
  unmatched: new Map(),
};

const [holder] = host.vnics;
const none = () => undefined;
const tracked: TrackedHost = {
  host,
  now: AT,
  vnics: new Map(
    host.vnics.map(({ id }) => [
      id,
      { path: 'synthetic', since: AT, transitionsTo: { vf: 0, synthetic: 0 }, recentChanges: [] },
    ]),
  ),
  transitions: [],
  rates: {
    vnicReceivePackets: (id) => (id === holder?.id ? 12 : 90_000),
    vnicReceiveBytes: none,
    vnicTransmitBytes: none,
    vmGuestCpu: none,
  },
};

const facts = gatherFacts(tracked, () => true);

/** What a row says to run, with placeholders for names. */
export function exampleOf(row: Reason): { readonly command?: Command | undefined; readonly plan?: Plan | undefined } {
  switch (row.subject) {
    case 'host':
      return { command: row.command?.(facts), plan: row.plan?.(facts) };
    case 'nic':
      return first(facts.nics, (its) => ({ command: row.command?.(its), plan: row.plan?.(its) }));
    case 'vswitch':
      return first(facts.vswitches, (its) => ({ command: row.command?.(its), plan: row.plan?.(its) }));
    case 'vnic':
      return first(facts.vnics, (its) => ({ command: row.command?.(its), plan: row.plan?.(its) }));
  }
}

function first<T, R>(all: readonly T[], use: (one: T) => R): R {
  const [one] = all;
  if (one === undefined) throw new Error('the example host lacks an object');
  return use(one);
}

const fenced = (command: string, indent: string): string =>
  `${indent}\`\`\`powershell\n${indent}${command}\n${indent}\`\`\`\n`;

/** A command or a plan as Markdown. */
export const commandMarkdown = (command: string): string => fenced(command, '');
export const planMarkdown = (plan: Plan): string =>
  plan.steps
    .map(printStep)
    .map(({ text, command }, at) => {
      const mark = `${at + 1}. `;
      const body = command === undefined ? '' : `\n${fenced(command, ' '.repeat(mark.length))}`;
      return `${mark}${text}\n${body}`;
    })
    .join('');
