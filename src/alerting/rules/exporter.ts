import {
  abs,
  absent,
  clampMin,
  increase,
  is,
  isNot,
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
import { HOST, HOUR, MINUTE, ours, type RuleGroup } from './define.ts';

const PART = perHost('collector');
const SOURCE = perHost('collector', 'source');
/** Sources that this Windows has not */
const unavailable = metric('hyperv_exporter_source_available').eq(0);

/** Is the exporter there, and does it see the host? */
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
      // Covers a service update; a host reboot takes longer and is the host-down alert's business.
      for: 5 * MINUTE,
      summary: 'A Hyper-V SR-IOV exporter can not be scraped.',
      description: text`Prometheus has not been able to scrape the SR-IOV exporter on ${label('instance')} for ${held}. Nothing is known about the VFs of this host.`,
      expr: (t) => metric('up', ours(t)).eq(0),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'critical',
      scope: 'fleet',
      hostPage: false,
      // absent() without a wait fires after each restart of Prometheus.
      for: 15 * MINUTE,
      summary: 'No Hyper-V SR-IOV exporter is being scraped at all.',
      description: text`Prometheus has no target${ifLabel('job', text` with the job ${label('job')}`)} of an SR-IOV exporter. No host is monitored for VF fallback.`,
      expr: (t) => absent(metric('up', ours(t))),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'info',
      scope: 'fleet',
      hostPage: false,
      for: 30 * MINUTE,
      summary: 'A Hyper-V host has no SR-IOV exporter that is being scraped.',
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
      description: text`The oldest data that the collector ${label('collector')} on ${label('instance')} serves is ${figure('duration')} old: several polls have failed or hang.`,
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
      // A restart of vmms or a cluster move fails one or two polls.
      for: 10 * MINUTE,
      summary: 'A part of the collection on a Hyper-V host fails.',
      description: text`On ${label('instance')} the collector ${label('collector')}${ifLabel('collector_source', text`, source ${label('collector_source')},`)} has been failing for ${held}. What it reads is unknown, not healthy.`,
      // A collector that fails as a whole is one alert, not one a source. The label is renamed because `source` tells
      // the agent's alerts from Prometheus'.
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
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'The VF state of many virtual NICs on a Hyper-V host is unknown.',
      description: text`On ${label('instance')} the state of ${figure('percentage')} of the running virtual NICs can not be told: alerts on fallback are blind for them.`,
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
      description: text`The clock of ${label('instance')} and that of Prometheus differ by ${figure('duration')}. The age of the data cannot be judged: stale data may look fresh, and fresh data stale.`,
      // The exporter renders at least every 15 s, and its clock is as old as that at a scrape.
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
      description: text`The exporter on ${label('instance')} could not load its configuration file and goes on with the former one. Its log names the file, the line and the fault; config check does, too.`,
      expr: () => metric('hyperv_exporter_config_last_reload_successful').eq(0),
    },
    {
      name: 'SriovJournalNotWritable',
      severity: 'warning',
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'A Hyper-V SR-IOV exporter cannot write its journal.',
      description: text`The exporter on ${label('instance')} has not been able to write the journal of path changes for ${held}. Events are kept in memory for now and are lost when it restarts.`,
      expr: () => metric('hyperv_exporter_journal_writable').eq(0),
    },
    {
      name: 'SriovSimulatedHost',
      severity: 'warning',
      scope: 'fleet',
      for: 5 * MINUTE,
      summary: 'A simulated host is scraped as if it were a real one.',
      description: text`The exporter on ${label('instance')} shows a simulated host (source demo), and Prometheus scrapes it with the job of the real ones. None of its numbers is true.`,
      expr: (t) => metric('hyperv_exporter_simulated', ours(t)).eq(1),
    },
    {
      name: 'SriovCertificateExpires',
      severity: 'warning',
      scope: 'fleet',
      for: HOUR,
      summary: 'The certificate of a Hyper-V SR-IOV exporter is about to expire.',
      description: text`The TLS certificate that the exporter on ${label('instance')} serves with expires in ${figure('duration')}. Then Prometheus refuses to scrape it.`,
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
      summary: 'The alerting agent on a Hyper-V host reaches no Alertmanager.',
      description: text`The agent on ${label('instance')} evaluates alerts itself, and for ${held} every push to every Alertmanager has failed (${figure('humanize')} errors).`,
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
      summary: 'The alerting agent on a Hyper-V host drops alerts.',
      description: text`The agent on ${label('instance')} dropped ${figure('humanize')} alerts in 15 minutes because the queue for ${label('alertmanager')} was full: it does not take them as fast as they come.`,
      expr: () => increase(metric('hyperv_exporter_notifications_dropped_total'), 15 * MINUTE).gt(0),
    },
  ],
};
