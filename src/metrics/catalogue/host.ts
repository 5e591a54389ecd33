import { defineMetric, type MetricDefinition } from '../define.ts';
import type { View } from '../define.ts';
import type { ClusterNode, HostCpu, Platform } from '../../host/model.ts';
import { CACHED, findingLabels, flag, known, reasonLabel, said, typeOf } from './rows.ts';
import { osName } from './os-name.ts';

type Name = MetricDefinition['name'];

/** A single number of the host. */
const one = (name: Name, help: string, source: string, value: (view: View) => number | undefined) =>
  defineMetric({ name, type: typeOf(name), help, source, labels: [], samples: (view) => [{ value: value(view) }] });

const ofPlatform = (name: Name, help: string, source: string, value: (platform: Platform) => number | undefined) =>
  one(name, help, source, (view) => value(view.tracked.host.platform));

/** CPU seconds by state; a state that is not known has no series. */
const cpuSeconds = (
  name: Name,
  help: string,
  source: string,
  states: (cpu: HostCpu) => Record<string, number | undefined>,
) =>
  defineMetric({
    name,
    type: 'counter',
    help,
    source,
    labels: ['state'],
    samples: (view) =>
      Object.entries(states(view.tracked.host.cpu)).map(([state, value]) => ({ labels: { state }, value })),
  });

const NODE_STATES = ['unknown', 'up', 'down', 'paused', 'joining'] as const;
const nodeStates = (node: ClusterNode) => [
  ...NODE_STATES.map((state) => ({
    labels: { state: state },
    value: node.state === undefined ? undefined : flag(node.state === state),
  })),
  { labels: { state: 'draining' }, value: flag(node.draining) },
];

const processSamples = (view: View, value: 'residentBytes' | 'handles') =>
  view.tracked.host.processes.map((entry) => ({ labels: { process: entry.process }, value: entry[value] }));

export const hostMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_host_info',
    type: 'gauge',
    help: 'The host: always 1, read its labels. os is made from the build, not from the caption, which is localised; edition is the OperatingSystemSKU number.',
    source: 'Win32_OperatingSystem, Win32_ComputerSystem, Win32_BIOS',
    labels: ['os', 'build', 'edition', 'manufacturer', 'model', 'bios'],
    samples: (view) => {
      const { build, productType, edition, manufacturer, model, bios } = view.tracked.host.platform;
      const labels = known({ os: osName(build, productType), build, edition, manufacturer, model, bios });
      return [{ labels, value: Object.keys(labels).length > 0 ? 1 : undefined }];
    },
  }),
  ofPlatform(
    'hyperv_host_iov_supported',
    'Whether this host can do SR-IOV at all: processor, chipset and firmware allow it.',
    'Get-VMHost IovSupport',
    (platform) => flag(platform.iovSupported),
  ),
  defineMetric({
    name: 'hyperv_host_iov_blocker',
    type: 'gauge',
    help: 'Why this host cannot do SR-IOV: 1 for each reason, ids as in docs/reasons.md.',
    source: 'Get-VMHost IovSupportReasons',
    labels: ['reason'],
    samples: (view) => said(view.diagnosis.hostBlockers, reasonLabel),
  }),
  ofPlatform(
    'hyperv_host_iov_override',
    'Whether the registry value IovEnableOverride lets SR-IOV run on a platform that is not safe for it.',
    'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization IovEnableOverride',
    (platform) => flag(platform.iovOverride),
  ),
  ofPlatform(
    'hyperv_host_is_virtual_machine',
    'Whether this host is itself a Hyper-V guest: then it has no VFs to give.',
    'HKLM\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters',
    (platform) => flag(platform.isVirtualMachine),
  ),
  ofPlatform(
    'hyperv_host_logical_processors',
    'Logical processors of the host, the root partition and all VMs together.',
    'Get-VMHost LogicalProcessorCount',
    (platform) => platform.logicalProcessors,
  ),
  cpuSeconds(
    'hyperv_host_cpu_seconds_total',
    `Time of all logical processors: guest (VMs and the root partition), hypervisor, idle. ${CACHED}`,
    'counter set Hyper-V Hypervisor Logical Processor',
    (cpu) => ({ guest: cpu.guestSeconds, hypervisor: cpu.hypervisorSeconds, idle: cpu.idleSeconds }),
  ),
  cpuSeconds(
    'hyperv_root_cpu_seconds_total',
    `Time of the root partition's virtual processors. The synthetic path's cost on the host side shows here. ${CACHED}`,
    'counter set Hyper-V Hypervisor Root Virtual Processor',
    (cpu) => ({ guest: cpu.rootGuestSeconds, hypervisor: cpu.rootHypervisorSeconds }),
  ),
  one(
    'hyperv_host_duplicate_mac_addresses',
    'MAC addresses that more than one running vNIC of this host has; the all-zero MAC is left out.',
    'Get-VMNetworkAdapter MacAddress',
    (view) => view.diagnosis.duplicateMacs,
  ),
  one(
    'hyperv_host_duplicate_ip_addresses',
    'IP addresses that running vNICs with different MACs report. Only where reading addresses is switched on.',
    'Get-VMNetworkAdapter IPAddresses',
    (view) => view.diagnosis.duplicateIps,
  ),
  defineMetric({
    name: 'hyperv_host_process_resident_bytes',
    type: 'gauge',
    help: 'Working set of the host processes that the collection loads, summed over processes of one name.',
    source: 'Get-Process WorkingSet64',
    labels: ['process'],
    samples: (view) => processSamples(view, 'residentBytes'),
  }),
  defineMetric({
    name: 'hyperv_host_process_handles',
    type: 'gauge',
    help: 'Open handles of the host processes that the collection loads, summed over processes of one name.',
    source: 'Get-Process HandleCount',
    labels: ['process'],
    samples: (view) => processSamples(view, 'handles'),
  }),
  defineMetric({
    name: 'hyperv_host_finding',
    type: 'gauge',
    help: 'What is wrong with the host as a whole: 1 for each finding, ids as in docs/reasons.md.',
    source: 'diagnosis of all sources',
    labels: ['finding', 'severity'],
    samples: (view) => said(view.diagnosis.host, findingLabels),
  }),
  defineMetric({
    name: 'hyperv_cluster_node_state',
    type: 'gauge',
    help: "This host's state in its failover cluster: 1 on the present one; draining may stand beside another.",
    source: 'MSCluster_Node State, NodeDrainStatus',
    labels: ['state'],
    samples: (view) => (view.tracked.host.cluster === undefined ? [] : nodeStates(view.tracked.host.cluster)),
  }),
];
