import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import {
  candidates,
  gatherFacts,
  type HostFacts,
  type VnicFacts,
  type VSwitchFacts,
} from '../../src/diagnosis/facts.ts';
import {
  type Argument,
  type Command,
  exactName,
  isReadOnly,
  ON,
  printCommand,
} from '../../src/diagnosis/powershell.ts';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import type { Reason } from '../../src/diagnosis/reasons/reason.ts';
import { runScript } from '../support/pwsh/module.ts';
import { describeWith } from '../support/tools.ts';
import { CASES, worldOf } from './cases.ts';
import { guid, NIC, NIC_2, nic, team, trackedHost, vm, vnic, vswitch, type World } from '../support/hand-made/host.ts';

/**
 * Every command that a row of the reason table can make, for names that try to be something else: the engine's own
 * parser sees one pipeline of the cmdlets that were meant with constant arguments, and over stub cmdlets it acts on the
 * object that was meant and on no other.
 */

/** A name for each thing that has one */
interface Dress {
  readonly vm: string;
  readonly vnic: string;
  readonly nic: string;
  readonly description: string;
  readonly vswitch: string;
  readonly node: string;
  readonly extension: string;
  /** Others of the host have the same names but for the case, or for a letter that does not show */
  readonly twins?: true;
}
const all = (name: string): Dress => ({
  vm: name,
  vnic: name,
  nic: name,
  description: name,
  vswitch: name,
  node: name,
  extension: name,
});
const PLAIN: Dress = {
  vm: 'web07',
  vnic: 'Network Adapter',
  nic: 'SLOT 2 Port 1',
  description: 'Intel(R) Ethernet X520 #2',
  vswitch: 'Production',
  node: 'HV01',
  extension: 'Filter',
};
const HOSTILE = [
  '*',
  '?',
  '[a-z]*',
  '`*',
  "it's",
  "'; Stop-Computer; '",
  '\u2019; Stop-Computer; \u2018',
  '\u201e$(Stop-Computer)\u201d',
  '$(Stop-Computer)',
  '"; Stop-Computer #',
  'a\nStop-Computer',
  'a\r\nb',
  'a\u0000b',
  'abc\u202egpj',
  'a\u2066b\u2069',
  'we\u200bb07',
  '-Name',
  '--%',
  '@{a=1}',
  '{ Stop-Computer }',
  ' web07 ',
  '1e3',
  '$true',
  '| Stop-Computer',
  'Ünïcode 日本',
  '🦆',
  '',
] as const;

const nasty = fc.string({
  unit: fc.constantFrom(
    ...Array.from(
      '*?[]`\'"$(){};|&#@,-% \n\t\r\u0000ab\u2018\u2019\u201a\u201b\u201c\u201d\u202e\u200b\u00ad\u00e4\uff07',
    ),
  ),
  minLength: 1,
  maxLength: 12,
});
const anyName = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 30 }));
const anyDress: fc.Arbitrary<Dress> = fc.record({
  vm: anyName,
  vnic: anyName,
  nic: anyName,
  description: anyName,
  vswitch: anyName,
  node: anyName,
  extension: anyName,
});

const swapCase = (text: string) =>
  Array.from(text, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())).join('');

/** The host of a case with these names, and beside each thing some that a careless command would hit. */
function dressed(fires: (world: World) => unknown, names: Dress): World {
  const world = worldOf(fires);
  const { host } = world;
  host.cluster = { name: names.node, state: 'up' };
  const renamed = new Map([
    [NIC, names.description],
    [NIC_2, `${names.description} 2`],
  ]);
  const newName = (description: string) => renamed.get(description) ?? description;
  for (const its of host.nics) {
    its.friendlyName = its.description === NIC ? names.nic : `${names.nic} 2`;
    its.description = newName(its.description);
    its.vfHardwareLimit = 64;
    its.numaNode = 0;
  }
  for (const its of [...host.vports, ...host.vfs, ...host.vmQueues]) its.nic = newName(its.nic);
  const [first] = host.vswitches;
  Object.assign(first!, {
    name: names.vswitch,
    memberNics: first!.memberNics?.map(newName).toSorted(),
    physicalNics: first!.physicalNics?.map(newName).toSorted(),
    allowManagementOs: true,
    bandwidthMode: 'weight',
    loadBalancing: first!.teaming === 'set' ? 'Dynamic' : undefined,
    extensions: [{ name: names.extension, enabled: true }],
  });
  const vmNames = new Map(host.vms.map((its, at) => [its.id, at === 0 ? names.vm : `${names.vm} ${at}`]));
  for (const its of host.vms) its.name = vmNames.get(its.id)!;
  for (const its of host.vnics) {
    if (its.vmId !== undefined) its.vmName = vmNames.get(its.vmId)!;
    its.name = names.vnic;
    if (its.vswitchId !== undefined) its.vswitchName = names.vswitch;
  }
  for (const [n, name] of [
    [1, names.vswitch],
    [2, 'Migration'],
  ] as const) {
    const { vmId: _, vmName: __, ...its } = vnic(guid(900 + n), '', '');
    host.vnics.push({ ...its, kind: 'management_os', name, pathApplies: false, vlanMode: 'access', vlan: n });
  }
  for (const [at, name] of ['decoy', 'a'].entries()) addDecoys(world, at, all(name));
  if (names.twins === true) {
    const like = (change: (name: string) => string): Dress => ({
      ...names,
      vm: change(names.vm),
      nic: change(names.nic),
      description: change(names.description),
      vswitch: change(names.vswitch),
    });
    addDecoys(world, 2, like(swapCase));
    addDecoys(
      world,
      3,
      like((name) => `${name}\u200b`),
    );
  }
  return world;
}

/** A VM, its vNIC, a NIC and a vSwitch that no remedy is about. */
function addDecoys(world: World, at: number, names: Dress): void {
  const { host } = world;
  host.vms.push({ ...vm(guid(5000 + at), names.vm), state: 'off' });
  host.vnics.push({
    ...vnic(guid(6000 + at), guid(5000 + at), names.vm),
    name: names.vnic,
    vswitchId: guid(8000 + at),
    pathApplies: false,
  });
  host.nics.push({ ...nic(names.description, names.nic), vswitchId: undefined! });
  host.vswitches.push({ ...vswitch(), id: guid(8000 + at), name: names.vswitch, memberNics: [], physicalNics: [] });
}

interface Made {
  readonly row: Reason;
  readonly names: Dress;
  readonly commands: readonly Command[];
  /** What the commands may act on, as the stubs note it */
  readonly targets: ReadonlySet<string>;
  readonly world: World;
}

/** All that the row of a case says to run on its host. */
function made(id: string, fires: (world: World) => unknown, names: Dress): Made[] {
  const world = dressed(fires, names);
  const facts = gatherFacts(trackedHost(world), world.expectVf);
  const row = REASONS.find((one) => one.id === id)!;
  const of = <T>(
    its: { readonly command?: (facts: T) => Command | undefined; readonly plan?: Reason['plan'] },
    one: T,
    targets: Iterable<string>,
  ): Made => {
    const command = its.command?.(one);
    const plan = (its.plan as ((facts: T) => ReturnType<NonNullable<Reason['plan']>>) | undefined)?.(one);
    const commands = [...(command ? [command] : []), ...(plan?.steps ?? []).flatMap((step) => step.command ?? [])];
    return { row, names, commands, targets: new Set(targets), world };
  };
  switch (row.subject) {
    case 'host':
      return [of(row, facts, hostTargets(facts))];
    case 'nic':
      return facts.nics.filter((its) => its.vswitch !== undefined).map((its) => of(row, its, [its.nic.description]));
    case 'vswitch':
      return facts.vswitches
        .slice(0, 1)
        .map((its) => of(row, its, vswitchTargets(its)))
        .flatMap(madeByHand);
    case 'vnic':
      return facts.vnics
        .filter((its) => its.vnic.kind === 'synthetic' && !its.vnic.id.includes('-00000000600'))
        .slice(0, 1)
        .map((its) => of(row, its, vnicTargets(its)));
  }
}

/** Where the new vSwitch has to be made by hand, what comes after that is run on a host that has it. */
function madeByHand(its: Made): Made[] {
  const { commands, world } = its;
  const removed = commands.findIndex((command) => printCommand(command).includes('Remove-VMSwitch'));
  if (removed === -1 || commands.some((command) => printCommand(command).startsWith('New-VMSwitch'))) return [its];
  const host = structuredClone(world.host);
  host.vnics = host.vnics.filter(({ kind, name }) => kind !== 'management_os' || name === host.vswitches[0]!.name);
  return [
    { ...its, commands: commands.slice(0, removed + 1) },
    { ...its, commands: commands.slice(removed + 1), world: { ...world, host } },
  ];
}
const hostTargets = ({ host }: HostFacts): string[] => [
  host.cluster?.name ?? '',
  '',
  '/deletevalue hypervisoriommupolicy',
  '/R',
  String.raw`HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization IovEnableOverride`,
];
const vswitchTargets = ({ vswitch: its, host, members = [] }: VSwitchFacts): string[] => [
  its.id,
  host.cluster?.name ?? '',
  ...members.map((member) => member.nic.description),
  members.map((member) => member.nic.description).join('|'),
  ...host.vnics.filter(({ vswitchId }) => vswitchId === its.id).map(({ id }) => id),
  'Migration',
  ...(its.extensions ?? []).map(({ name }) => name),
];
const vnicTargets = (facts: VnicFacts): string[] => [
  facts.vnic.id,
  facts.vnic.vmId ?? '',
  facts.advice?.starved.vnicId ?? '',
  ...(candidates(facts) ?? []).map((its) => its.nic.description),
  'doctor',
  'capture capture.json.gz',
];

const answerSchema = z.array(
  z.object({
    lines: z.array(
      z.object({
        errors: z.array(z.string()),
        statements: z.number(),
        constant: z.boolean(),
        calls: z.array(z.object({ name: z.string(), arguments: z.array(z.string()) })),
        failure: z.string(),
        hits: z.array(z.string()),
      }),
    ),
    after: z.looseObject({
      vswitches: z.array(z.looseObject({ id: z.string(), name: z.string() })),
      vnics: z.array(z.looseObject({ id: z.string(), name: z.string(), vmId: z.string().nullish() })),
    }),
  }),
);

/** The host as the stub cmdlets keep it. */
const stubState = ({ host }: World) => ({
  vms: host.vms.map(({ id, name }) => ({ id, name })),
  vnics: host.vnics.map((its) => ({
    id: its.id,
    name: its.name,
    vmId: its.vmId ?? null,
    vmName: its.vmName ?? null,
    switchId: its.vswitchId ?? null,
    vlanMode: its.vlanMode ?? null,
    vlan: its.vlan ?? null,
    iovWeight: its.iovWeight ?? 0,
  })),
  vswitches: host.vswitches.map((its) => ({
    id: its.id,
    name: its.name,
    members: its.memberNics ?? [],
    allowManagementOs: its.allowManagementOs ?? false,
    iovEnabled: its.iovEnabled ?? false,
    teaming: its.teaming ?? 'none',
    loadBalancing: its.loadBalancing ?? null,
    extensions: (its.extensions ?? []).filter(({ enabled }) => enabled).map(({ name }) => name),
  })),
  nics: host.nics.map((its) => ({ name: its.friendlyName ?? '', description: its.description })),
});

function run(cases: readonly Made[]): z.infer<typeof answerSchema> {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  try {
    const path = join(folder, 'cases.json');
    const asked = cases.map(({ world, commands }) => ({ host: stubState(world), lines: commands.map(printCommand) }));
    writeFileSync(path, JSON.stringify(asked));
    return answerSchema.parse(JSON.parse(runScript('run-commands.ps1', path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const single = (value: Exclude<Argument, typeof ON | readonly unknown[]>): string => {
  if (typeof value === 'boolean') return `constant ${value}`;
  if (typeof value === 'number') return `number ${value}`;
  return 'bare' in value ? `BareWord ${value.bare}` : `SingleQuoted ${value.text}`;
};
/** What the parser should see of a command. */
const meant = ({ calls }: Command) =>
  calls.map((its) => ({
    name: its.name,
    arguments: its.arguments.flatMap(({ parameter, value }) => [
      ...(parameter === undefined ? [] : [`-${parameter}`]),
      ...(value === undefined || value === ON
        ? []
        : [Array.isArray(value) ? value.map(single).join('\0') : single(value as Parameters<typeof single>[0])]),
    ]),
  }));

const namesIn = ({ calls }: Command): number => {
  const value = calls.at(-1)!.arguments.find(({ parameter }) => parameter === 'VMName')?.value;
  return Array.isArray(value) ? value.length : 1;
};

describeWith(['pwsh'], 'commands in PowerShell', () => {
  const wild = fc.sample(anyDress, 12);
  const twins = [PLAIN, all('Ünïcode 日本'), all("it's")].map((names): Dress => ({ ...names, twins: true }));
  const dresses = [PLAIN, ...twins, ...HOSTILE.map(all), ...wild];
  const ofTeam = {
    id: 'switch_iov_off',
    fires: (world: World) => {
      team(world);
      world.host.vswitches[0]!.iovEnabled = false;
    },
  };
  const rows = [...CASES, ofTeam].filter(({ id }) => {
    const row = REASONS.find((one) => one.id === id);
    return row?.command !== undefined || row?.plan !== undefined;
  });
  const cases = rows.flatMap(({ id, fires }) => dresses.flatMap((names) => made(id, fires, names)));
  let answers: z.infer<typeof answerSchema>;
  beforeAll(() => {
    answers = run(cases);
  });

  it('are made by every row that has any', () => {
    const making = REASONS.filter(({ command, plan }) => command !== undefined || plan !== undefined);
    expect(making.length).toBeGreaterThan(25);
    const silent = making.filter(
      ({ id }) => !cases.some(({ row, names, commands }) => row.id === id && names === PLAIN && commands.length > 0),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
    expect(cases.flatMap(({ commands }) => commands).length).toBeGreaterThan(1000);
    expect(answers).toHaveLength(cases.length);
  });

  it('are one pipeline of known cmdlets with constant arguments', () => {
    for (const [at, { row, names, commands }] of cases.entries()) {
      for (const [line, command] of commands.entries()) {
        const { errors, statements, constant, calls, failure } = answers[at]!.lines[line]!;
        expect({ id: row.id, names, errors, statements, constant, calls, failure }).toEqual({
          id: row.id,
          names,
          errors: [],
          statements: 1,
          constant: true,
          calls: meant(command),
          failure: '',
        });
      }
    }
  });

  it('act only on the intended object', () => {
    for (const [at, { row, names, commands, targets }] of cases.entries()) {
      for (const [line, command] of commands.entries()) {
        const { hits } = answers[at]!.lines[line]!;
        const objects = hits.map((hit) => hit.slice(hit.indexOf(' ') + 1));
        const text = printCommand(command);
        // A vNIC that comes with a new vSwitch has an id that only the stub knows.
        const known = /^(?:Rename-|Set-VMNetworkAdapterVlan|Set-VMSwitchTeam)/.test(text)
          ? []
          : objects.filter((object) => !targets.has(object));
        const changes = isReadOnly(command)
          ? 0
          : /^(?:Out-File|Export-)/.test(command.calls.at(-1)!.name)
            ? 0
            : namesIn(command);
        const expected = command.calls[0].name === 'hyperv-sriov-exporter' ? 1 : changes;
        expect({ id: row.id, names, text, known, hits: hits.length }).toEqual({
          id: row.id,
          names,
          text,
          known: [],
          hits: expected,
        });
      }
    }
  });

  it('recreate a vSwitch unchanged, except for IOV', () => {
    let recreated = 0;
    for (const [at, { row, names, commands, world }] of cases.entries()) {
      if (row.id !== 'switch_iov_off' || !commands.some((command) => printCommand(command).startsWith('New-')))
        continue;
      recreated += 1;
      const before = stubState(world);
      const { after } = answers[at]!;
      const [removed] = before.vswitches;
      // A name that is not fit for a command is left to be switched on by hand.
      const extensions = removed!.extensions.filter((name) => exactName(name) !== undefined);
      const old = { ...removed!, extensions };
      const fresh = after.vswitches.find(({ id }) => !before.vswitches.some((its) => its.id === id));
      expect({ names, fresh }).toEqual({ names, fresh: { ...old, id: fresh?.id, iovEnabled: true } });
      const on = (state: { vnics: readonly { switchId?: unknown; name: string }[] }, id: unknown) =>
        state.vnics
          .filter(({ switchId }) => switchId === id)
          .map((its) => ({ ...its, id: undefined, switchId: undefined }))
          .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      const iovWeight = (vnics: readonly object[]) => vnics.map((its) => ({ ...its, iovWeight: undefined }));
      expect({ names, vnics: iovWeight(on(after as never, fresh?.id)) }).toEqual({
        names,
        vnics: iovWeight(on(before, old.id)),
      });
    }
    expect(recreated).toBeGreaterThan(5);
  });
});
