import { figure, held, ifLabel, label, text } from '../text.ts';
import { aggregate, combine, least, sum, unless, whereValue } from '../vector.ts';
import { type AlertGroup, by, get, HOST, lines, MINUTE, on } from './define.ts';

const PART = [...HOST, 'collector'];
const SOURCE = [...PART, 'source'];
const isZero = (value: number): boolean => value === 0;

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
      expr: (t) => `up{job="${t.job}"} == 0`,
    },
    {
      name: 'SriovExportersAbsent',
      severity: 'critical',
      scope: 'fleet',
      // absent() without a wait fires after each restart of Prometheus.
      for: 15 * MINUTE,
      summary: 'No Hyper-V SR-IOV exporter is being scraped at all.',
      description: text`Prometheus has no target with the job ${label('job')}. No host is watched for VF fallback.`,
      expr: (t) => `absent(up{job="${t.job}"})`,
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
        lines(
          `group by (cluster, host) (up{job="${t.expected_job}",host!=""})`,
          `  unless on (cluster, host) up{job="${t.job}"}`,
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
        lines(
          `time() - min ${by(PART)} (`,
          `  hyperv_exporter_source_last_success_timestamp_seconds`,
          `    unless ${on(SOURCE)} hyperv_exporter_source_available == 0`,
          `) > ${on(PART)}`,
          `  clamp_min(${t.poll_stale_intervals} * hyperv_exporter_poll_interval_seconds, ${t.poll_stale_floor_seconds})`,
        ),
      when: (view) => {
        const t = view.thresholds;
        const known = unless(
          get(view, 'hyperv_exporter_source_last_success_timestamp_seconds'),
          SOURCE,
          whereValue(get(view, 'hyperv_exporter_source_available'), isZero),
        );
        return combine(
          aggregate(known, PART, least),
          PART,
          get(view, 'hyperv_exporter_poll_interval_seconds'),
          (oldest, interval) => {
            const age = view.now - oldest;
            return age > Math.max(t.poll_stale_intervals * interval, t.poll_stale_floor_seconds) ? age : undefined;
          },
        );
      },
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
      expr: () =>
        lines(
          `hyperv_exporter_collector_success == 0`,
          `or`,
          `min without (source) (label_replace(`,
          `  hyperv_exporter_source_success == 0`,
          `    unless ${on(SOURCE)} hyperv_exporter_source_available == 0`,
          `    unless ${on(PART)} hyperv_exporter_collector_success == 0,`,
          `  "collector_source", "$1", "source", "(.+)"`,
          `))`,
        ),
      when: (view) => {
        const failed = whereValue(get(view, 'hyperv_exporter_collector_success'), isZero);
        const sources = unless(
          whereValue(get(view, 'hyperv_exporter_source_success'), isZero),
          SOURCE,
          whereValue(get(view, 'hyperv_exporter_source_available'), isZero),
        );
        return [
          ...failed,
          ...unless(sources, PART, failed).map(({ labels: { source, ...rest }, value }) => ({
            labels: { ...rest, collector_source: source ?? '' },
            value,
          })),
        ];
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
        lines(
          `sum ${by(HOST)} (hyperv_vswitch_vnics{path="unknown"})`,
          `  / ${on(HOST)} sum ${by(HOST)} (hyperv_vswitch_vnics)`,
          `  > ${t.state_unknown_ratio}`,
        ),
      when: (view) =>
        combine(
          aggregate(get(view, 'hyperv_vswitch_vnics', { path: 'unknown' }), HOST, sum),
          HOST,
          aggregate(get(view, 'hyperv_vswitch_vnics'), HOST, sum),
          (unknown, all) => (unknown / all > view.thresholds.state_unknown_ratio ? unknown / all : undefined),
        ),
    },
    {
      name: 'SriovAgentPushFailing',
      severity: 'warning',
      scope: 'fleet',
      for: 15 * MINUTE,
      summary: 'The alerting agent on a Hyper-V host reaches no Alertmanager.',
      description: text`The agent on ${label('instance')} evaluates alerts itself, and for ${held} every push to every Alertmanager has failed (${figure('humanize')} errors).`,
      expr: () =>
        lines(
          `sum ${by(HOST)} (increase(hyperv_exporter_notifications_errors_total[15m])) > 0`,
          `  unless ${on(HOST)} sum ${by(HOST)} (increase(hyperv_exporter_notifications_sent_total[15m])) > 0`,
        ),
    },
  ],
};
