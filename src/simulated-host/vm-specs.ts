import { windows } from '../document/enumerations.ts';
import type { VSwitchSpec } from './hardware.ts';
import type { Wave } from './integral.ts';
import { between, guidOf, unit } from './random.ts';

/** A VM of the simulated host, as its administrator configured it. */
export interface VmSpec {
  readonly id: string;
  readonly name: string;
  /** What it is used for: scripts choose by it */
  readonly group: Group;
  readonly processors: number;
  readonly generation: number;
  readonly replicationMode: number;
  readonly planned: boolean;
  /** How it stands at the start, and before */
  readonly rest: 'running' | 'off' | 'saved' | 'absent';
  /** Seconds since its boot at the start */
  readonly upFor: number;
  /** Processors busy without network load */
  readonly baseCpu: number;
  readonly wave: Wave;
  readonly vnics: readonly VnicSpec[];
}

export interface VnicSpec {
  readonly guid: string;
  readonly name: string;
  readonly vswitch: VSwitchSpec;
  readonly mac: string;
  readonly legacy: boolean;
  readonly iovWeight: number;
  readonly vmmqQueuePairs: number;
  readonly ip: string;
  readonly vlan: number;
  /** Bytes per second both ways together, on the VF and on the synthetic path */
  readonly vfRate: number;
  readonly syntheticRate: number;
  /** Processors of the guest busy with it, on either path */
  readonly vfCpu: number;
  readonly syntheticCpu: number;
}

export type Group = 'server' | 'light' | 'desktop' | 'starved' | 'team' | 'visitor' | 'other';

/** The VM of the published experiment: 460 MB/s at 9.5 % of its processors on the VF, 410 MB/s at 15 % without. */
export const MEASURED_VM = 'sriov_2012';

const DAY = 86_400;

export interface VmRequest {
  readonly name: string;
  readonly group: Group;
  readonly vswitch: VSwitchSpec;
  readonly weight?: number;
  readonly rest?: VmSpec['rest'];
  readonly replica?: boolean;
  readonly planned?: boolean;
  readonly legacy?: boolean;
  readonly vnics?: number;
  /** Bytes per second */
  readonly rate?: number;
  readonly neverStarted?: boolean;
}

/** Makes a VM from a request; values that it does not set are derived from the seed. `number` is unique on the host. */
export function makeVm(seed: number, number: number, loop: number, request: VmRequest): VmSpec {
  const key = (what: string) => [seed, number, what] as const;
  const measured = request.name === MEASURED_VM;
  const processors = measured ? 4 : ([2, 2, 4, 4, 8][Math.floor(unit(...key('processors')) * 5)] ?? 4);
  return {
    id: guidOf(seed, number, 'vm'),
    name: request.name,
    group: request.group,
    processors,
    generation: request.legacy === true ? 1 : 2,
    replicationMode: windows.VMReplicationMode[request.replica === true ? 'Replica' : 'None'],
    planned: request.planned ?? false,
    rest: request.rest ?? 'running',
    upFor: Math.floor(between(2 * 3600, 20 * DAY, ...key('up'))),
    baseCpu: measured ? 0 : processors * between(0.01, 0.06, ...key('cpu')),
    wave: {
      depth: measured ? 0 : between(0.05, 0.3, ...key('depth')),
      period: loop / (1 + Math.floor(unit(...key('period')) * 6)),
      phase: between(0, 2 * Math.PI, ...key('phase')),
    },
    vnics: Array.from({ length: request.vnics ?? 1 }, (_, index) => makeVnic(seed, number, index, processors, request)),
  };
}

function makeVnic(seed: number, number: number, index: number, processors: number, request: VmRequest): VnicSpec {
  const measured = request.name === MEASURED_VM;
  const rate = request.rate ?? between(0.2e6, 3e6, seed, number, index, 'rate');
  const serial = number * 4 + index;
  return {
    guid: guidOf(seed, number, 'vnic', index),
    name: 'Network Adapter',
    vswitch: request.vswitch,
    mac:
      request.neverStarted === true
        ? '000000000000'
        : `00155D${((seed % 256) * 65_536 + serial).toString(16).padStart(6, '0').toUpperCase()}`,
    legacy: request.legacy ?? false,
    iovWeight: index === 0 ? (request.weight ?? 100) : 0,
    vmmqQueuePairs: 1,
    ip: `10.${20 + (seed % 200)}.${Math.floor(serial / 250)}.${(serial % 250) + 1}`,
    vlan: 100 + (number % 4) * 10,
    vfRate: measured ? 460e6 : rate,
    syntheticRate: measured ? 410e6 : rate * 0.95,
    vfCpu: measured ? 0.095 * processors : rate * 1e-9,
    syntheticCpu: measured ? 0.15 * processors : rate * 2e-9,
  };
}
