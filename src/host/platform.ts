import { windows } from '../document/enumerations.ts';
import type { Snapshot } from '../document/snapshot.ts';
import type { ClusterNode, HostCpu, HostProcess, NodeState, Platform } from './model.ts';
import { isComplete, rowsOf, rowsToSum, sum } from './sources.ts';

/** The host itself: Get-VMHost, Win32_* and registry facts. */
export function buildPlatform(snapshot: Snapshot): Platform {
  const [host] = rowsOf(snapshot.inventory.vm_host);
  const [computer] = rowsOf(snapshot.config.computer);
  const [registry] = rowsOf(snapshot.config.registry);
  return {
    name: host?.fullyQualifiedDomainName ?? host?.name,
    iovSupported: host?.iovSupport,
    iovReasons: host?.iovSupportReasons,
    culture: snapshot.culture,
    logicalProcessors: host?.logicalProcessorCount ?? computer?.numberOfLogicalProcessors,
    physicalCores: computer?.numberOfCores,
    os: computer?.caption,
    build: computer?.buildNumber,
    edition: computer?.operatingSystemSKU?.toString(),
    productType: computer?.productType,
    manufacturer: computer?.manufacturer,
    model: computer?.model,
    bios: computer?.biosVersion,
    iovOverride: iovOverride(registry, isComplete(snapshot.config.registry)),
    isVirtualMachine: registry?.guestParametersPresent,
  };
}

/** IovEnableOverride is not there on most hosts: not set, as long as the registry was read without an error. */
function iovOverride(registry: { iovEnableOverride?: number | undefined } | undefined, whole: boolean) {
  if (registry?.iovEnableOverride !== undefined) return registry.iovEnableOverride !== 0;
  return registry && whole ? false : undefined;
}

/** Run times are in 100 ns units. */
const TICKS_PER_SECOND = 1e7;

/** Sums over `Hv LP <n>` and over the root's virtual processors. */
export function buildCpu(snapshot: Snapshot): HostCpu {
  const each = (rows: readonly { instance: string; values: Readonly<Record<string, number | undefined>> }[]) =>
    rows.filter((row) => row.instance !== '_Total').map((row) => row.values);
  const logical = each(rowsToSum(snapshot.activity.counters_logical_processor));
  const root = each(rowsToSum(snapshot.activity.counters_root_virtual_processor));
  const seconds = (rows: typeof logical, counter: string) => {
    const ticks = sum(rows.map((values) => values[counter]));
    return ticks === undefined ? undefined : ticks / TICKS_PER_SECOND;
  };
  return {
    guestSeconds: seconds(logical, '% Guest Run Time'),
    hypervisorSeconds: seconds(logical, '% Hypervisor Run Time'),
    idleSeconds: seconds(logical, '% Idle Time'),
    logicalInstances: logical.length === 0 ? undefined : logical.length,
    rootGuestSeconds: seconds(root, '% Guest Run Time'),
    rootHypervisorSeconds: seconds(root, '% Hypervisor Run Time'),
    rootInstances: root.length === 0 ? undefined : root.length,
  };
}

/** The processes that do the management work on the host. */
export function buildProcesses(snapshot: Snapshot): readonly HostProcess[] {
  const rows = rowsToSum(snapshot.activity.process);
  return (['vmms', 'WmiPrvSE'] as const).flatMap((process) => {
    const instances = rows.filter((row) => row.name.toLowerCase() === process.toLowerCase());
    if (instances.length === 0) return [];
    return [
      {
        process,
        residentBytes: sum(instances.map((row) => row.workingSet)),
        handles: sum(instances.map((row) => row.handles)),
      },
    ];
  });
}

const { ClusterNodeState, ClusterNodeDrainStatus } = windows;
const NODE_STATES: Readonly<Record<number, NodeState>> = {
  [ClusterNodeState.Unknown]: 'unknown',
  [ClusterNodeState.Up]: 'up',
  [ClusterNodeState.Down]: 'down',
  [ClusterNodeState.Paused]: 'paused',
  [ClusterNodeState.Joining]: 'joining',
};

/** The own node; undefined where no cluster service runs. */
export function buildCluster(snapshot: Snapshot): ClusterNode | undefined {
  const [node, ...peers] = rowsOf(snapshot.cluster.cluster_node);
  if (!node) return undefined;
  return {
    name: node.name,
    state: node.state === undefined ? undefined : NODE_STATES[node.state],
    peers: peers.map(({ name, state }) => ({ name, state: state === undefined ? undefined : NODE_STATES[state] })),
    draining:
      node.nodeDrainStatus === undefined ? undefined : node.nodeDrainStatus === ClusterNodeDrainStatus.InProgress,
  };
}
