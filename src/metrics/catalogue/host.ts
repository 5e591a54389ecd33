import { defineMetric, type MetricDefinition } from '../define.ts';
import type { View } from '../define.ts';
import type { ClusterNode, HostCpu, LogEntry, Platform } from '../../host/model.ts';
import { LOG_ENTRY_KINDS } from '../../diagnosis/log-entries.ts';
import { findingLabels, flag, known, reasonLabel, infoSamples, seconds, typeOf } from './common.ts';
import { osName } from './os-name.ts';

type Name = MetricDefinition['name'];

/** A single number of the host. */
const hostMetric = (name: Name, help: string, source: string, value: (view: View) => number | undefined) =>
  defineMetric({ name, type: typeOf(name), help, source, labels: [], samples: (view) => [{ value: value(view) }] });

const ofPlatform = (name: Name, help: string, source: string, value: (platform: Platform) => number | undefined) =>
  hostMetric(name, help, source, (view) => value(view.tracked.host.platform));

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

/** A number of the event log's entries of each kind; no series while the log is not readable. */
const logMetric = (name: Name, help: string, value: (entries: readonly LogEntry[]) => number | undefined) =>
  defineMetric({
    name,
    type: 'gauge',
    help: `${help} vm_queue_refused is event 113 of Hyper-V-VmSwitch, team_processors 106, vf_refused 236.`,
    source: 'Get-WinEvent, channel System',
    labels: ['event'],
    samples: ({ tracked: { host } }) =>
      host.logEntries === undefined
        ? []
        : LOG_ENTRY_KINDS.map((event) => ({
            labels: { event },
            value: value((host.logEntries ?? []).filter(({ kind }) => kind === event)),
          })),
  });

/** Metrics of the host: SR-IOV support, versions, findings, root CPU. */
export const hostMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_host_info',
    type: 'gauge',
    help: 'Information about the host, as labels. The value is always 1. os is derived from the build number, because the caption is localised. edition is the OperatingSystemSKU number.',
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
    'Whether the processor, chipset and firmware of the host support SR-IOV: 1 if so, 0 if not.',
    'Get-VMHost IovSupport',
    (platform) => flag(platform.iovSupported),
  ),
  defineMetric({
    name: 'hyperv_host_iov_blocker',
    type: 'gauge',
    help: 'A reason why the host cannot use SR-IOV. The value is always 1. docs/reasons.md explains the reasons.',
    source: 'Get-VMHost IovSupportReasons',
    labels: ['reason'],
    samples: (view) => infoSamples(view.diagnosis.hostBlockers, reasonLabel),
  }),
  ofPlatform(
    'hyperv_host_iov_override',
    'Whether the registry value IovEnableOverride allows SR-IOV on a platform that Windows considers unsafe for it: 1 if so, 0 if not.',
    'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization IovEnableOverride',
    (platform) => flag(platform.iovOverride),
  ),
  ofPlatform(
    'hyperv_host_is_virtual_machine',
    'Whether the host is itself a Hyper-V guest, which has no VFs to give: 1 if so, 0 if not.',
    'HKLM\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters',
    (platform) => flag(platform.isVirtualMachine),
  ),
  ofPlatform(
    'hyperv_host_logical_processors',
    'Number of logical processors of the host.',
    'Get-VMHost LogicalProcessorCount',
    (platform) => platform.logicalProcessors,
  ),
  cpuSeconds(
    'hyperv_host_cpu_seconds_total',
    'Processor time of all logical processors, in seconds, by state: guest (VMs and the root partition), hypervisor or idle.',
    'counter set Hyper-V Hypervisor Logical Processor',
    (cpu) => ({ guest: cpu.guestSeconds, hypervisor: cpu.hypervisorSeconds, idle: cpu.idleSeconds }),
  ),
  cpuSeconds(
    'hyperv_root_cpu_seconds_total',
    'Processor time of the root partition, in seconds, by state: guest or hypervisor. Traffic on the synthetic path costs time here.',
    'counter set Hyper-V Hypervisor Root Virtual Processor',
    (cpu) => ({ guest: cpu.rootGuestSeconds, hypervisor: cpu.rootHypervisorSeconds }),
  ),
  hostMetric(
    'hyperv_host_duplicate_mac_addresses',
    'Number of MAC addresses that more than one running vNIC of the host has, without the all-zero address.',
    'Get-VMNetworkAdapter MacAddress',
    (view) => view.diagnosis.duplicateMacs,
  ),
  hostMetric(
    'hyperv_host_duplicate_ip_addresses',
    'Number of IP addresses that several running vNICs with different MAC addresses report. Absent unless reading IP addresses is enabled.',
    'Get-VMNetworkAdapter IPAddresses',
    (view) => view.diagnosis.duplicateIps,
  ),
  defineMetric({
    name: 'hyperv_host_process_resident_bytes',
    type: 'gauge',
    help: 'Working set, in bytes, of the Windows processes that do the work for the polls, such as vmms. Processes of the same name are added up.',
    source: 'Get-Process WorkingSet64',
    labels: ['process'],
    samples: (view) => processSamples(view, 'residentBytes'),
  }),
  defineMetric({
    name: 'hyperv_host_process_handles',
    type: 'gauge',
    help: 'Number of open handles of the Windows processes that do the work for the polls, such as vmms. Processes of the same name are added up.',
    source: 'Get-Process HandleCount',
    labels: ['process'],
    samples: (view) => processSamples(view, 'handles'),
  }),
  logMetric(
    'hyperv_host_event_log_entries',
    'Number of entries of the Windows event log within the last 24 hours, by event; of all events at most 200 are kept.',
    (entries) => entries.length,
  ),
  logMetric(
    'hyperv_host_event_log_last_timestamp_seconds',
    'Time of the newest entry of the Windows event log within the last 24 hours, by event, in Unix seconds.',
    ([newest]) => seconds(newest?.at),
  ),
  defineMetric({
    name: 'hyperv_host_finding',
    type: 'gauge',
    help: 'A finding about the host as a whole. The value is always 1. docs/reasons.md explains the findings.',
    source: 'diagnosis of all sources',
    labels: ['finding', 'severity'],
    samples: (view) => infoSamples(view.diagnosis.host, findingLabels),
  }),
  defineMetric({
    name: 'hyperv_cluster_node_state',
    type: 'gauge',
    help: 'State of the host in its failover cluster: 1 for the present state, 0 for the others. draining can be 1 together with another state.',
    source: 'MSCluster_Node State, NodeDrainStatus',
    labels: ['state'],
    samples: (view) => (view.tracked.host.cluster === undefined ? [] : nodeStates(view.tracked.host.cluster)),
  }),
];
