import {
  absent,
  clampMin,
  group,
  increase,
  is,
  isNot,
  metric,
  min,
  number,
  perCluster,
  perHost,
  sum,
  time,
} from '../expr/expr.ts';
import { figure, held, ifLabel, label, text } from '../text.ts';
import { type AlertGroup, HOST, MINUTE } from './define.ts';

const PART = perHost('collector');
const SOURCE = perHost('collector', 'source');
/** Sources that this Windows has not */
const unavailable = metric('hyperv_exporter_source_available').eq(0);

/** Is the exporter there, and does it see the host? */
export const exporterAlerts: AlertGroup = {
  name: 'sriov-exporter',
  alerts: [
    {
      name: 'SriovExporterDown',
      severity: 'warning',
      scope: 'fleet',
      // Covers a service update; a host reboot takes longer and is the host-down alert's business.
      for: 5 * MINUTE,
      summary: 'A Hyper-V SR-IOV exporter can not be scraped.',
      description: text`Prometheus has not been able to scrape the SR-IOV exporter on ${label('instance')} for ${held}. Nothing is known about the VFs of this host.`,
      expr: (t) => metric('up', is('job', t.job)).eq(0),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'critical',
      scope: 'fleet',
      // absent() without a wait fires after each restart of Prometheus.
      for: 15 * MINUTE,
      summary: 'No Hyper-V SR-IOV exporter is being scraped at all.',
      description: text`Prometheus has no target with the job ${label('job')}. No host is watched for VF fallback.`,
      expr: (t) => absent(metric('up', is('job', t.job))),
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'info',
      scope: 'fleet',
      for: 30 * MINUTE,
      summary: 'A Hyper-V host has no SR-IOV exporter that is being scraped.',
      description: text`The host ${label('host')} is scraped by another exporter, but Prometheus has no target for the SR-IOV exporter on it.`,
      wanted: (t) => t.expected_job !== '',
      expr: (t) =>
        group(perCluster('host'), metric('up', is('job', t.expected_job), isNot('host', ''))).unless(
          perCluster('host'),
          metric('up', is('job', t.job)),
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
      for: 15 * MINUTE,
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
      name: 'SriovAgentPushFailing',
      severity: 'warning',
      scope: 'fleet',
      for: 15 * MINUTE,
      summary: 'The alerting agent on a Hyper-V host reaches no Alertmanager.',
      description: text`The agent on ${label('instance')} evaluates alerts itself, and for ${held} every push to every Alertmanager has failed (${figure('humanize')} errors).`,
      expr: () =>
        sum(HOST, increase(metric('hyperv_exporter_notifications_errors_total'), 15 * MINUTE))
          .gt(0)
          .unless(HOST, sum(HOST, increase(metric('hyperv_exporter_notifications_sent_total'), 15 * MINUTE)).gt(0)),
    },
  ],
};
