import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import { processMetrics } from '../../src/metrics/catalogue/process.ts';

/** Every metric that this program promises. A name taken from here breaks someone's dashboard. */
const traffic = (object: string, kinds: readonly string[]) =>
  kinds.flatMap((kind) => [`hyperv_${object}_receive_${kind}_total`, `hyperv_${object}_transmit_${kind}_total`]);
const named = (prefix: string, names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${prefix}${name}`);

const ofHost = named(
  'hyperv_',
  `host_info host_iov_supported host_iov_blocker host_iov_override host_is_virtual_machine host_logical_processors
   host_cpu_seconds_total root_cpu_seconds_total host_duplicate_mac_addresses host_duplicate_ip_addresses
   host_process_resident_bytes host_process_handles host_finding cluster_node_state`,
);
const ofNic = [
  ...named(
    'hyperv_nic_',
    `info up speed_bytes sriov_supported sriov_enabled sriov_blocker vf_limit vf_allocated vf_hardware_limit vport_limit
     vport_active queue_pair_limit vmq_enabled vmq_queue_limit vmq_base_processor vmq_max_processors finding`,
  ),
  ...traffic('nic', ['bytes', 'packets', 'dropped_packets', 'error_packets']),
];
const ofVSwitch = [
  ...named(
    'hyperv_vswitch_',
    `info iov_enabled iov_supported iov_blocker vf_limit vf_in_use vf_requested vf_waiting vf_usable queue_pair_limit
     queue_pair_in_use vmq_limit vmq_allocated vnics vmq_moves_total finding`,
  ),
  ...traffic('vswitch', ['bytes', 'packets', 'dropped_packets']),
];
const ofVnic = [
  ...named(
    'hyperv_vnic_',
    `info adapter_info iov_weight vf_requested vf_assigned vf_active settling fallback finding path_transitions_total
     path_change_timestamp_seconds queue_pairs_requested queue_pairs_assigned vmq_weight vmq_allocated vrss_enabled
     vmmq_queue_pairs vmmq_queue_pairs_requested`,
  ),
  ...traffic('vnic', ['bytes', 'packets', 'dropped_packets']),
];
const ofPorts = [
  'hyperv_vf_info',
  ...traffic('vf', ['bytes', 'packets']),
  ...named('hyperv_', 'vport_info vport_activated vport_queue_pairs'),
  ...named('hyperv_', 'vmq_queue_info vmq_queue_core vmq_queue_running'),
];
const ofVm = named(
  'hyperv_vm_',
  `info state running migrating uptime_seconds processors cpu_seconds_total cpu_remote_seconds_total
   cpu_wait_seconds_total cpu_dispatches_total sriov_status`,
);
const ofCollection = named(
  'hyperv_exporter_',
  `simulated collector_success collector_duration_seconds collector_last_success_timestamp_seconds
   poll_interval_seconds polls_total source_success source_available source_last_success_timestamp_seconds
   source_errors_total rows_skipped_total rows_unmatched_total powershell_calls_total powershell_restarts_total
   powershell_frame_bytes child_cpu_seconds_total child_resident_bytes journal_writable journal_events_total`,
);
const ofProcess = named(
  'hyperv_exporter_',
  `build_info config_last_reload_successful config_last_reload_success_timestamp_seconds notifications_sent_total
   notifications_errors_total notifications_dropped_total notifications_queue_length`,
);

const sorted = (names: Iterable<string>) => [...names].sort();

describe('the catalogue', () => {
  it('has exactly the promised metrics', () => {
    expect(sorted(catalogue.map(({ name }) => name))).toEqual(
      sorted([...ofHost, ...ofNic, ...ofVSwitch, ...ofVnic, ...ofPorts, ...ofVm, ...ofCollection]),
    );
    expect(sorted(Object.values(processMetrics).map(({ name }) => name))).toEqual(sorted(ofProcess));
  });

  it('is what docs/metrics.md lists, and the other way round', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(hyperv_\w+)` \|/gm)].map((match) => match[1] ?? '');
    const all = [...catalogue, ...Object.values(processMetrics)].map(({ name }) => name);
    expect(sorted(listed)).toEqual(sorted(all));
  });

  it('calls counters, and only counters, _total', () => {
    for (const { name, type } of catalogue) expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
  });

  it('says in HELP what a counter is not', () => {
    const counters = catalogue.filter(({ name }) => /^hyperv_(vnic|vswitch)_(receive|transmit)_.*_total$/.test(name));
    expect(counters).toHaveLength(12);
    for (const { help } of counters) {
      expect(help).toContain('VF traffic bypasses the vSwitch');
      expect(help).toContain('15 s');
    }
  });
});
