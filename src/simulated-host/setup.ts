import { makeVm, MEASURED_VM, type VmRequest, type VmSpec } from './vm-specs.ts';
import {
  type HostSpec,
  hostSpec,
  mlx5Port,
  type NicSpec,
  type Profile,
  type VSwitchSpec,
  vswitchSpec,
  x520Port,
} from './hardware.ts';
import { guidOf } from './random.ts';
import { type Pace, type Scenario, timelineOf, wholeScript } from './scenarios.ts';
import type { Script } from './script.ts';
import type { Timeline } from './timeline.ts';

/** All that a scenario's world is made of. */
export interface Setup {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly script: Script;
  /** How many times faster than written the script runs, and VMs start and attach VFs */
  readonly speed: number;
  readonly host: HostSpec;
  readonly nics: readonly NicSpec[];
  /** The first is the one that scripts break */
  readonly vswitches: readonly VSwitchSpec[];
  readonly vms: readonly VmSpec[];
  readonly managementVnic: { readonly guid: string; readonly vswitch: VSwitchSpec; readonly mac: string };
  readonly clustered: boolean;
}

const SERVERS = 47;
const DESKTOPS = 18;
const ROLES = ['web', 'sql', 'app', 'files', 'mail', 'crm'];
const BUSY = 120e6;
const IDLE = 2e3;

/**
 * The host of a scenario: the same seed has the same VMs on the same hardware.
 * @param member its number in a fleet: it has a name of its own and the hardware of the tour, as all hosts of a fleet
 */
export function makeSetup(seed: number, scenario: Scenario, profile: Profile, member?: number, pace: Pace = {}): Setup {
  const tour = scenario === 'tour' || member !== undefined;
  const number = member ?? hostNumber(seed);
  const [one, two] = [x520Port(seed, 1), x520Port(seed, 2)];
  const size = scenario === 'large' ? 'large' : 'usual';
  const team = [mlx5Port(seed, 1, size), mlx5Port(seed, 2, size)];
  const x520 = tour || profile === 'x520';
  const setSwitch = vswitchSpec(seed, 'vSwitch_SET01', team, true);
  const first = x520 ? vswitchSpec(seed, 'vSwitch_LAN01', [one], true) : setSwitch;
  const withoutIov = tour || scenario === 'vmq-starved';
  const second = vswitchSpec(seed, 'vSwitch_LAN02', [x520 ? two : one], false);
  const spare = withoutIov && !x520 ? [one] : [];

  const requests = scenario === 'large' ? largeFleet(first) : usualFleet(first, seed, number, scenario);
  if (withoutIov) requests.push(...starvedFleet(second));
  if (tour) requests.push(...teamFleet(setSwitch));
  const timeline = timelineOf(scenario, pace);
  const vms = requests.map((request, index) => makeVm(seed, index + 1, timeline.loop, request));
  const named = (group: VmSpec['group']) => vms.filter((vm) => vm.group === group).map((vm) => vm.name);
  return {
    seed,
    timeline,
    script: wholeScript(
      scenario,
      {
        servers: named('server'),
        desktops: named('desktop'),
        visitor: `sql-${number}91`,
        measured: MEASURED_VM,
      },
      member === undefined ? seed % 3 === 1 : true,
      pace,
    ),
    speed: pace.speed ?? 1,
    host: hostSpec(number, x520 ? 'x520' : 'mlx5'),
    nics: [...(x520 ? [one, two] : spare), ...(!x520 || tour ? team : [])],
    vswitches: [first, ...(withoutIov ? [second] : []), ...(tour ? [setSwitch] : [])],
    vms,
    managementVnic: { guid: guidOf(seed, 'management'), vswitch: first, mac: `00155DFF${hex(seed)}` },
    clustered: tour || scenario === 'cluster',
  };
}

const hostNumber = (seed: number) => (seed % 3) + 1;
const hex = (seed: number) => (seed % 65_536).toString(16).padStart(4, '0').toUpperCase();
const numbered = (name: string, host: number, number: number) => `${name}-${host}${String(number).padStart(2, '0')}`;

/** Some seventy VMs: most on their VFs, a few that ask for none, and the odd ones that every host has. */
function usualFleet(vswitch: VSwitchSpec, seed: number, host: number, scenario: Scenario): VmRequest[] {
  const small = vswitch.set;
  const desktopsOn = scenario === 'vf-pool-exhausted' || scenario === 'queue-pairs-exhausted';
  const requests: VmRequest[] = [{ name: MEASURED_VM, group: 'other', vswitch }];
  for (let index = 0; index < SERVERS - 2; index++) {
    const role = ROLES[index % ROLES.length] ?? 'app';
    requests.push({ name: numbered(role, host, Math.floor(index / ROLES.length) + 1), group: 'server', vswitch });
  }
  requests.push(
    // Two VMs may have one name.
    { name: 'build-agent', group: 'other', vswitch },
    { name: 'build-agent', group: 'other', vswitch },
  );
  for (let index = 1; index <= DESKTOPS; index++) {
    requests.push({
      name: numbered('vdi', host, index),
      group: 'desktop',
      vswitch,
      rest: desktopsOn ? 'running' : 'off',
    });
  }
  for (const role of ['dns', 'dhcp', 'print', 'ntp']) {
    requests.push({ name: numbered(role, host, 1), group: 'light', vswitch, weight: 0, rate: 20e3 });
  }
  requests.push(
    // One of its two vNICs asks for a VF.
    { name: numbered('proxy', host, 1), group: 'light', vswitch, vnics: small ? 1 : 2 },
    { name: 'fax (NT4)', group: 'other', vswitch, legacy: true, weight: 0, rate: 2e3 },
    { name: 'template 2022', group: 'other', vswitch, rest: 'off', neverStarted: true },
    { name: numbered('test', host, 1), group: 'other', vswitch, rest: 'off' },
    { name: numbered('archive', host, 1), group: 'other', vswitch, rest: 'saved' },
    { name: `erp-${hostNumber(seed + 1)}01`, group: 'other', vswitch, rest: 'off', replica: true },
    { name: `erp-${hostNumber(seed + 1)}02`, group: 'other', vswitch, rest: 'off', replica: true },
    { name: numbered('import', host, 1), group: 'other', vswitch, rest: 'off', planned: true },
    { name: `sql-${host}91`, group: 'visitor', vswitch, rest: 'absent' },
  );
  return requests;
}

/** VMs on a vSwitch without IOV: the first ones hold the queues and do nothing, the last ones are busy. */
function starvedFleet(vswitch: VSwitchSpec): VmRequest[] {
  return Array.from({ length: 8 }, (_, index) => ({
    name: `iis-${index + 1}`,
    group: 'starved',
    vswitch,
    weight: 0,
    rate: index < 2 ? IDLE : index < 5 ? 4e6 : BUSY,
  }));
}

/** The SET team's VMs on the tour's host. */
function teamFleet(vswitch: VSwitchSpec): VmRequest[] {
  return Array.from({ length: 12 }, (_, index) => ({
    name: `k8s-${index + 1}`,
    group: 'team',
    vswitch,
    weight: index < 8 ? 100 : 0,
  }));
}

/** 1,024 VMs of two vNICs each; a fifth of them on VFs. */
function largeFleet(vswitch: VSwitchSpec): VmRequest[] {
  return Array.from({ length: 1024 }, (_, index) => ({
    name: index === 0 ? MEASURED_VM : `vm-${String(index).padStart(4, '0')}`,
    group: index < 200 ? 'server' : 'light',
    vswitch,
    vnics: 2,
    weight: index < 200 ? 100 : 0,
    ...(index > 0 && { rate: 100e3 }),
  }));
}
