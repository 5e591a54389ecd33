import { guidOf } from './random.ts';

/** The two kinds of host that the demo knows. */
export type Profile = 'x520' | 'mlx5';

export interface NicSpec {
  readonly description: string;
  readonly name: string;
  readonly guid: string;
  readonly mac: string;
  readonly bitsPerSecond: number;
  readonly driverVersion: string;
  readonly driverFile: string;
  readonly bus: number;
  readonly function: number;
  readonly numaNode: number;
  readonly vfLimit: number;
  readonly vportLimit: number;
  readonly queuePairLimit: number;
  /** In use by the default vPort at rest */
  readonly queuePairsAtRest: number;
  readonly maxQueuePairsPerVPort: number;
  /** The PF gives vNICs vPorts of their own (VMMQ) */
  readonly vmmq: boolean;
  readonly vfCounters: boolean;
  readonly vmqQueueLimit: number;
}

export interface VSwitchSpec {
  readonly id: string;
  readonly name: string;
  readonly nics: readonly NicSpec[];
  readonly iov: boolean;
  readonly set: boolean;
}

export interface HostSpec {
  readonly name: string;
  readonly domain: string;
  readonly logicalProcessors: number;
  readonly cores: number;
  readonly os: string;
  readonly build: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly bios: string;
}

/** Hardware of a simulated host, by number and profile. */
export function hostSpec(number: number, profile: Profile): HostSpec {
  const name = `HV-${String(number).padStart(2, '0')}`;
  const common = { name, domain: 'example.com', manufacturer: 'Dell Inc.' };
  return profile === 'x520'
    ? {
        ...common,
        logicalProcessors: 32,
        cores: 16,
        os: 'Microsoft Windows Server 2016 Datacenter',
        build: '14393',
        model: 'PowerEdge R720',
        bios: '2.9.0',
      }
    : {
        ...common,
        logicalProcessors: 128,
        cores: 64,
        os: 'Microsoft Windows Server 2022 Datacenter',
        build: '20348',
        model: 'PowerEdge R7525',
        bios: '2.15.2',
      };
}

const macOf = (seed: number, prefix: string, number: number) =>
  prefix + ((seed % 256) * 256 + number).toString(16).padStart(6, '0').toUpperCase();

/** An Intel X520 port: 62 VFs, 127 queue pairs of which 8 are in use at rest, no per-VF counters, no VMMQ. */
export function x520Port(seed: number, port: 1 | 2): NicSpec {
  return {
    description: port === 1 ? 'Intel(R) Ethernet 10G 2P X520 Adapter' : 'Intel(R) Ethernet 10G 2P X520 Adapter #2',
    name: `SLOT 2 Port ${port}`,
    guid: guidOf(seed, 'x520', port),
    mac: macOf(seed, 'A0369F', port),
    bitsPerSecond: 10_000_000_000,
    driverVersion: '4.1.199.0',
    driverFile: 'ixn64x68.sys',
    bus: 65,
    function: port - 1,
    numaNode: 1,
    vfLimit: 62,
    vportLimit: 64,
    queuePairLimit: 127,
    queuePairsAtRest: 8,
    maxQueuePairsPerVPort: 2,
    vmmq: false,
    vfCounters: false,
    vmqQueueLimit: 63,
  };
}

/** A ConnectX-6 Dx port under WinOF-2: VMMQ and a counter set for its VFs. `size` scales its pools. */
export function mlx5Port(seed: number, port: 1 | 2, size: 'usual' | 'large'): NicSpec {
  const large = size === 'large';
  return {
    description: port === 1 ? 'Mellanox ConnectX-6 Dx Adapter' : 'Mellanox ConnectX-6 Dx Adapter #2',
    name: `SLOT 4 Port ${port}`,
    guid: guidOf(seed, 'mlx5', port),
    mac: macOf(seed, '0C42A1', port),
    bitsPerSecond: 25_000_000_000,
    driverVersion: '3.10.51000.0',
    driverFile: 'mlx5.sys',
    bus: 129,
    function: port - 1,
    numaNode: 1,
    vfLimit: large ? 126 : 32,
    vportLimit: large ? 1280 : 128,
    queuePairLimit: large ? 4096 : 512,
    queuePairsAtRest: 8,
    maxQueuePairsPerVPort: 8,
    vmmq: true,
    vfCounters: true,
    vmqQueueLimit: large ? 1024 : 62,
  };
}

/** A simulated vSwitch on these NICs. */
export function vswitchSpec(seed: number, name: string, nics: readonly NicSpec[], iov: boolean): VSwitchSpec {
  return { id: guidOf(seed, 'vswitch', name), name, nics, iov, set: nics.length > 1 };
}
