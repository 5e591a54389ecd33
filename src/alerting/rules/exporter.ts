import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import {
  abs,
  absent,
  clampMin,
  increase,
  is,
  isNot,
  matches,
  metric,
  min,
  number,
  perHost,
  perTarget,
  sum,
  time,
  timestamp,
} from '../expr/expr.ts';
import { figure, held, ifLabel, label, text } from '../text.ts';
import { collectors, HOST, HOUR, MINUTE, ours, type RuleGroup } from './define.ts';

const PART = perHost('collector');
const SOURCE = perHost('collector', 'source');
/** Sources that this version of Windows does not have */
const unavailable = metric('hyperv_exporter_source_available').eq(0);

/** Whether the exporter runs and can read the host. */
export const exporterGroup: RuleGroup = {
  name: 'sriov-exporter',
  interval: MINUTE,
  records: [],
  alerts: [
    {
      name: 'SriovExporterDown',
      severity: 'warning',
      scope: 'fleet',
      hostPage: false,
      // Longer than an update of the service. A reboot of the host takes longer still: the alert for a host that is down covers it.
      for: 5 * MINUTE,
      summary: 'Prometheus cannot scrape a Hyper-V SR-IOV exporter.',
      description: text`Prometheus has not been able to scrape the SR-IOV exporter on ${label('instance')} for ${held}. The state of the VFs on this host is unknown.`,
      expr: (t) => metric('up', ours(t)).eq(0),
    },
    {
      name: 'SriovTargetUnreachable',
      severity: 'warning',
      scope: 'collector',
      hostPage: 'collector',
      // Longer than a restart of sshd or of the SSH session, shorter than the alerts about stale data, which it mutes.
      for: 4 * MINUTE,
      summary: 'A collector cannot read a Hyper-V host.',
      description: text`A collector has not been able to read the host ${label('instance')} for ${held}. The state of the VFs on this host is unknown. The label code of hyperv_exporter_target_info says why.`,
      expr: () => metric('hyperv_exporter_target_up').eq(0).renaming('target', 'instance'),
    },
    {
      name: 'SriovTargetUntrusted',
      severity: 'warning',
      scope: 'collector',
      hostPage: 'collector',
      // It does not end by itself. The wait leaves out a single failed attempt.
      for: 2 * MINUTE,
      summary: 'A collector does not trust the host key of a Hyper-V host.',
      description: text`A collector does not connect to the host ${label('instance')}: its SSH host key is not the one in the known_hosts file (${label('code')}). The state of the VFs on this host is unknown. If nobody reinstalled the host, another machine answers at its address.`,
      expr: () =>
        metric('hyperv_exporter_target_info', matches('code', 'host_key_.+')).eq(1).renaming('target', 'instance'),
    },
    {
      name: 'SriovCollectorDown',
      severity: 'warning',
      scope: 'fleet',
      hostPage: false,
      // Longer than a restart of the collector, shorter than SriovExporterDown, which it mutes for its hosts.
      for: 3 * MINUTE,
      summary: 'Prometheus cannot scrape a collector of Hyper-V hosts.',
      description: text`Prometheus has not been able to scrape the collector on ${label('instance')} for ${held}. The state of the VFs on all hosts that it reads is unknown.`,
      expr: (t) => metric('up', collectors(t)).eq(0),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'critical',
      scope: 'fleet',
      hostPage: false,
      // Without a wait, absent() would fire after each restart of Prometheus.
      for: 15 * MINUTE,
      summary: 'Prometheus scrapes no Hyper-V SR-IOV exporter.',
      description: text`Prometheus has no target${ifLabel('job', text` with the job ${label('job')}`)} for an SR-IOV exporter. No host is monitored for VF fallback.`,
      expr: (t) => absent(metric('up', ours(t))),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'info',
      scope: 'fleet',
      hostPage: false,
      for: 30 * MINUTE,
      summary: 'Prometheus scrapes no SR-IOV exporter on a Hyper-V host.',
      description: text`The host ${label('host')} is scraped by another exporter, but Prometheus has no target for the SR-IOV exporter on it.`,
      wanted: (t) => t.expected_job !== '',
      expr: (t) =>
        metric('up', is('job', t.expected_job), isNot('host', '')).unless(
          perTarget('cluster', 'host'),
          metric('up', ours(t)),
        ),
    },
    {
      name: 'SriovPollStale',
      severity: 'warning',
      scope: 'host',
      for: 5 * MINUTE,
      summary: 'The data of a Hyper-V SR-IOV exporter is stale.',
      description: text`The oldest data that the collector ${label('collector')} on ${label('instance')} serves is ${figure('duration')} old. Several polls have failed or are hanging.`,
      expr: (t) =>
        time
          .minus(min(PART, metric('hyperv_exporter_source_last_success_timestamp_seconds').unless(SOURCE, unavailable)))
          .gt(
            clampMin(
              number(t.poll_stale_intervals).times(metric('hyperv_exporter_poll_interval_seconds')),
              t.poll_stale_floor_seconds,
            ),
            PART,
          ),
    },
    {
      name: 'SriovCollectorFailing',
      severity: 'warning',
      scope: 'host',
      // A restart of vmms or a move of a cluster role makes one or two polls fail.
      for: 10 * MINUTE,
      summary: 'A collector on a Hyper-V host is failing.',
      description: text`On ${label('instance')} the collector ${label('collector')}${ifLabel('collector_source', text`, source ${label('collector_source')},`)} has been failing for ${held}. The state that it reads is unknown, which does not mean healthy.`,
      // A collector that fails completely raises one alert, not one for each source. The label `source` is renamed because
      // it distinguishes the agent's alerts from those of Prometheus.
      expr: () => {
        const failed = metric('hyperv_exporter_collector_success').eq(0);
        return failed.or(
          metric('hyperv_exporter_source_success')
            .eq(0)
            .unless(SOURCE, unavailable)
            .unless(PART, failed)
            .renaming('source', 'collector_source'),
        );
      },
    },
    {
      name: 'SriovStateUnknown',
      severity: ALERT_SEVERITY.SriovStateUnknown,
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'The VF state of many virtual NICs on a Hyper-V host is unknown.',
      description: text`On ${label('instance')}, the path of ${figure('percentage')} of the running virtual NICs cannot be determined. Fallback alerts do not cover them.`,
      expr: (t) =>
        sum(HOST, metric('hyperv_vswitch_vnics', is('path', 'unknown')))
          .over(sum(HOST, metric('hyperv_vswitch_vnics')), HOST)
          .gt(t.state_unknown_ratio),
    },
    {
      name: 'SriovClockSkew',
      severity: 'warning',
      scope: 'fleet',
      for: 3 * MINUTE,
      summary: 'The clocks of a Hyper-V host and of Prometheus differ.',
      description: text`The clock of ${label('instance')} and that of Prometheus differ by ${figure('duration')}. The age of the data cannot be determined: stale data may look fresh, and fresh data may look stale.`,
      // The exporter renders at least every 15 s, so its clock is up to 15 s old at a scrape.
      expr: (t) => {
        const clock = metric('hyperv_exporter_clock_timestamp_seconds');
        return abs(clock.minus(timestamp(clock), HOST)).gt(t.clock_skew_seconds);
      },
    },
    {
      name: 'SriovConfigNotLoaded',
      severity: 'warning',
      scope: 'fleet',
      for: 5 * MINUTE,
      summary: 'A Hyper-V SR-IOV exporter could not load its configuration.',
      description: text`The exporter on ${label('instance')} could not load its configuration file and keeps using the previous one. Its log names the file, the line and the error. The command config check shows the same.`,
      expr: () => metric('hyperv_exporter_config_last_reload_successful').eq(0),
    },
    {
      name: 'SriovJournalNotWritable',
      severity: 'warning',
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'A Hyper-V SR-IOV exporter cannot write its journal.',
      description: text`The exporter on ${label('instance')} has not been able to write the journal of path changes for ${held}. Events are kept in memory until then and are lost when it restarts.`,
      expr: () => metric('hyperv_exporter_journal_writable').eq(0),
    },
    {
      name: 'SriovSimulatedHost',
      severity: 'warning',
      scope: 'fleet',
      for: 5 * MINUTE,
      summary: 'Prometheus scrapes a simulated host under the job of the real hosts.',
      description: text`The exporter on ${label('instance')} shows a simulated host (source demo), but Prometheus scrapes it under the job of the real hosts. Its metrics describe no real host.`,
      expr: (t) => metric('hyperv_exporter_simulated', ours(t)).eq(1),
    },
    {
      name: 'SriovCertificateExpires',
      severity: 'warning',
      scope: 'fleet',
      for: HOUR,
      summary: 'The certificate of a Hyper-V SR-IOV exporter is about to expire.',
      description: text`The TLS certificate of the exporter on ${label('instance')} expires in ${figure('duration')}. After that Prometheus refuses to scrape the exporter.`,
      expr: (t) =>
        metric('hyperv_exporter_tls_certificate_expiry_timestamp_seconds')
          .minus(time)
          .lt(t.certificate_days * 24 * HOUR),
    },
    {
      name: 'SriovAgentPushFailing',
      severity: 'warning',
      scope: 'fleet',
      for: 5 * MINUTE,
      summary: 'An exporter that sends alerts cannot reach any Alertmanager.',
      description: text`The exporter on ${label('instance')} evaluates alerts itself. Every push to every Alertmanager has failed for ${held} (${figure('humanize')} errors).`,
      expr: () =>
        sum(HOST, increase(metric('hyperv_exporter_notifications_errors_total'), 15 * MINUTE))
          .gt(0)
          .unless(HOST, sum(HOST, increase(metric('hyperv_exporter_notifications_sent_total'), 15 * MINUTE)).gt(0)),
    },
    {
      name: 'SriovAgentNotificationsDropped',
      severity: 'warning',
      scope: 'fleet',
      for: 10 * MINUTE,
      summary: 'An exporter that sends alerts is dropping alerts.',
      description: text`The exporter on ${label('instance')} dropped ${figure('humanize')} alerts in 15 minutes because the queue for ${label('alertmanager')} was full. That receiver accepts alerts more slowly than they arrive.`,
      expr: () => increase(metric('hyperv_exporter_notifications_dropped_total'), 15 * MINUTE).gt(0),
    },
  ],
};
