import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { flat, HV1, HV2, never, one, ramp, type RuleTest, steps, type Values, vnicsByPath, vswitch } from './define.ts';

const up = (of: typeof HV1, values: Values) => one(of, 'up', {}, values);

const down = {
  labels: { ...HV1, severity: 'warning' },
  annotations: {
    summary: 'Prometheus cannot scrape a Hyper-V SR-IOV exporter.',
    description:
      'Prometheus has not been able to scrape the SR-IOV exporter on hv01:10182 for 5 minutes. The state of the VFs on this host is unknown.',
  },
};
const absent = {
  labels: { job: 'hyperv-sriov', severity: 'critical' },
  annotations: {
    summary: 'Prometheus scrapes no Hyper-V SR-IOV exporter.',
    description:
      'Prometheus has no target with the job hyperv-sriov for an SR-IOV exporter. No host is monitored for VF fallback.',
  },
};

/** A source last read at these times, of a collector polled every so many seconds. */
const source = (lastRead: Values, interval = 60, available = 1) => {
  const ids = { collector: 'inventory', source: 'vm_switch' };
  return [
    one(HV1, 'hyperv_exporter_source_last_success_timestamp_seconds', ids, lastRead),
    one(HV1, 'hyperv_exporter_source_available', ids, flat(available)),
    one(HV1, 'hyperv_exporter_poll_interval_seconds', { collector: 'inventory' }, flat(interval)),
  ];
};
const stale = (age: string) => ({
  labels: { ...HV1, collector: 'inventory', severity: 'warning' },
  annotations: {
    summary: 'The data of a Hyper-V SR-IOV exporter is stale.',
    description: `The oldest data that the collector inventory on hv01:10182 serves is ${age} old. Several polls have failed or are hanging.`,
  },
});

const collector = (collectorValues: Values, sourceValues: Values, available = 1) => [
  one(HV1, 'hyperv_exporter_collector_success', { collector: 'inventory' }, collectorValues),
  one(HV1, 'hyperv_exporter_source_success', { collector: 'inventory', source: 'vm_switch' }, sourceValues),
  one(HV1, 'hyperv_exporter_source_available', { collector: 'inventory', source: 'vm_switch' }, flat(available)),
  one(HV1, 'hyperv_exporter_collector_success', { collector: 'cluster' }, flat(1)),
];
const failing = (what: Readonly<Record<string, string>>, words: string) => ({
  labels: { ...HV1, collector: 'inventory', ...what, severity: 'warning' },
  annotations: {
    summary: 'A collector on a Hyper-V host is failing.',
    description: `On hv01:10182 the collector inventory${words} has been failing for 10 minutes. The state that it reads is unknown, which does not mean healthy.`,
  },
});

const unknown = (unknownVnics: Values | number) => vnicsByPath(HV1, 15, unknownVnics);
const AM = 'http://am01:9093';
const AM2 = 'http://am02:9093';
const push = (alertmanager: string, errors: Values, sent: Values) => [
  one(HV1, 'hyperv_exporter_notifications_errors_total', { alertmanager }, errors),
  one(HV1, 'hyperv_exporter_notifications_sent_total', { alertmanager }, sent),
];

const dropped = (alertmanager: string, values: Values) =>
  one(HV1, 'hyperv_exporter_notifications_dropped_total', { alertmanager }, values);

/** Seconds; rule tests begin at 0, and so do the clocks in them */
const clock = (values: Values) => one(HV1, 'hyperv_exporter_clock_timestamp_seconds', {}, values);
const skew = (by: string) => ({
  labels: { ...HV1, severity: 'warning' },
  annotations: {
    summary: 'The clocks of a Hyper-V host and of Prometheus differ.',
    description: `The clock of hv01:10182 and that of Prometheus differ by ${by}. The age of the data cannot be determined: stale data may look fresh, and fresh data may look stale.`,
  },
});
const DAY = 24 * 3600;
const certificate = (ends: Values) => one(HV1, 'hyperv_exporter_tls_certificate_expiry_timestamp_seconds', {}, ends);

/** What the scrape of a collector adds; the cluster of a host is a label of the collector's metrics. */
const { host: _host, ...OF_COLLECTOR } = { ...HV1, instance: 'collector:10182', job: defaultThresholds.collector_job };
const ofTarget = (metric: string, name: string, values: Values, labels: Readonly<Record<string, string>> = {}) => ({
  name: `hyperv_exporter_target_${metric}`,
  labels: { ...OF_COLLECTOR, target: name, ...labels },
  values,
});
const collectorUp = (values: Values, more: Readonly<Record<string, string>> = {}) => ({
  name: 'up',
  labels: { ...OF_COLLECTOR, ...more },
  values,
});
const unreachable = {
  labels: { ...OF_COLLECTOR, instance: 'hv11', severity: 'warning' },
  annotations: {
    summary: 'A collector cannot read a Hyper-V host.',
    description:
      'A collector has not been able to read the host hv11 for 4 minutes. The state of the VFs on this host is unknown. The label code of hyperv_exporter_target_info says why.',
  },
};
const untrusted = (code: string) => ({
  labels: { ...OF_COLLECTOR, instance: 'hv11', code, severity: 'warning' },
  annotations: {
    summary: 'A collector does not trust the host key of a Hyper-V host.',
    description: `A collector does not connect to the host hv11: its SSH host key is not the one in the known_hosts file (${code}). The state of the VFs on this host is unknown. If nobody reinstalled the host, another machine answers at its address.`,
  },
});
const collectorDown = {
  labels: { ...OF_COLLECTOR, severity: 'warning' },
  annotations: {
    summary: 'Prometheus cannot scrape a collector of Hyper-V hosts.',
    description:
      'Prometheus has not been able to scrape the collector on collector:10182 for 3 minutes. The state of the VFs on all hosts that it reads is unknown.',
  },
};

export const exporterTests: readonly RuleTest[] = [
  {
    alert: 'SriovExporterDown',
    case: 'one exporter cannot be scraped, another can',
    series: [up(HV1, steps([1, 10], [0, 40], [1, 30])), up(HV2, flat(1))],
    checks: [...never(9, 13), { at: 17, fires: [down] }, { at: 40, fires: [down] }, ...never(52)],
  },
  {
    alert: 'SriovExporterDown',
    case: 'another job is down',
    series: [up({ ...HV1, job: 'windows' }, flat(0))],
    checks: never(30),
  },
  {
    alert: 'SriovExporterDown',
    case: 'a service update: four scrapes fail',
    series: [up(HV1, steps([1, 10], [0, 4], [1, 40]))],
    checks: never(12, 14, 20),
  },
  {
    alert: 'SriovTargetUnreachable',
    case: 'one host of a collector cannot be read, another can',
    series: [ofTarget('up', 'hv11', steps([1, 10], [0, 40], [1, 30])), ofTarget('up', 'hv12', flat(1))],
    checks: [...never(9, 13), { at: 15, fires: [unreachable] }, { at: 40, fires: [unreachable] }, ...never(52)],
  },
  {
    alert: 'SriovTargetUnreachable',
    case: 'sshd restarts: a few polls fail, and a host that is removed from the configuration has no alert',
    series: [
      ofTarget('up', 'hv11', steps([1, 10], [0, 3], [1, 40])),
      ofTarget('up', 'hv12', steps([0, 3], [undefined, 60])),
    ],
    checks: never(12, 14, 20, 40),
  },
  {
    alert: 'SriovTargetUntrusted',
    case: 'a host was reinstalled and has another host key; another host answers',
    series: [
      ofTarget('info', 'hv11', steps([1, 10], [undefined, 60]), { code: '' }),
      ofTarget('info', 'hv11', steps([undefined, 10], [1, 40], [undefined, 20]), { code: 'host_key_changed' }),
      ofTarget('info', 'hv12', flat(1), { code: '' }),
    ],
    checks: [
      ...never(9, 11),
      { at: 13, fires: [untrusted('host_key_changed')] },
      { at: 40, fires: [untrusted('host_key_changed')] },
      ...never(52),
    ],
  },
  {
    alert: 'SriovTargetUntrusted',
    case: 'a new host whose key was not added to the known_hosts file',
    series: [ofTarget('info', 'hv11', flat(1), { code: 'host_key_unknown' })],
    checks: [...never(1), { at: 4, fires: [untrusted('host_key_unknown')] }],
  },
  {
    alert: 'SriovTargetUntrusted',
    case: 'a host cannot be read for another reason',
    series: [
      ofTarget('info', 'hv11', flat(1), { code: 'key_refused' }),
      ofTarget('info', 'hv12', flat(1), { code: 'connect_timeout' }),
    ],
    checks: never(5, 30, 90),
  },
  {
    alert: 'SriovCollectorDown',
    case: 'one collector cannot be scraped, another can',
    series: [collectorUp(steps([1, 10], [0, 40], [1, 30])), collectorUp(flat(1), { instance: 'collector2:10182' })],
    checks: [...never(9, 12), { at: 14, fires: [collectorDown] }, { at: 40, fires: [collectorDown] }, ...never(52)],
  },
  {
    alert: 'SriovCollectorDown',
    case: 'an exporter is down, which is no collector; the collector restarts',
    series: [up(HV1, flat(0)), collectorUp(steps([1, 10], [0, 2], [1, 40]))],
    checks: never(11, 12, 20, 40),
  },
  {
    alert: 'SriovExportersAbsent',
    case: 'all targets are gone',
    series: [up(HV1, steps([1, 10], [undefined, 60])), up(HV2, steps([1, 10], [undefined, 60]))],
    checks: [...never(8, 20), { at: 40, fires: [absent] }],
  },
  {
    alert: 'SriovExportersAbsent',
    case: 'a target that is down is there all the same',
    series: [up(HV1, flat(0)), up(HV2, steps([1, 10], [undefined, 60]))],
    checks: never(5, 40, 60),
  },
  {
    alert: 'SriovPollStale',
    case: 'nothing new has been read since the beginning',
    series: source(flat(0)),
    checks: [...never(2, 7), { at: 11, fires: [stale('11m 0s')] }, { at: 90, fires: [stale('1h 30m 0s')] }],
  },
  { alert: 'SriovPollStale', case: 'each poll brings new data', series: source(ramp(60)), checks: never(5, 30, 90) },
  {
    alert: 'SriovPollStale',
    case: 'one missed poll',
    series: source([...ramp(60, 20), 1200, ...ramp(60, 60, 1320)]),
    checks: never(20, 22, 30),
  },
  {
    alert: 'SriovPollStale',
    case: 'polls of a big host take ten minutes: three of them may miss',
    series: source(flat(0), 600),
    checks: [...never(12, 28), { at: 40, fires: [stale('40m 0s')] }],
  },
  {
    alert: 'SriovPollStale',
    case: 'a source that this Windows has not',
    series: source(flat(0), 60, 0),
    checks: never(11, 60),
  },
  {
    alert: 'SriovPollStale',
    case: 'the exporter is no longer scraped',
    series: source(steps([0, 4], [undefined, 60])),
    checks: never(11, 30),
  },
  {
    alert: 'SriovCollectorFailing',
    case: 'a whole collector fails: one alert, not one a source',
    series: collector(steps([1, 10], [0, 60]), steps([1, 10], [0, 60])),
    checks: [...never(9, 18), { at: 22, fires: [failing({}, '')] }],
  },
  {
    alert: 'SriovCollectorFailing',
    case: 'one source of it fails',
    series: collector(flat(1), steps([1, 10], [0, 60])),
    checks: [...never(9, 18), { at: 22, fires: [failing({ collector_source: 'vm_switch' }, ', source vm_switch,')] }],
  },
  {
    alert: 'SriovCollectorFailing',
    case: 'a source that this Windows has not',
    series: collector(flat(1), flat(0), 0),
    checks: never(27, 60),
  },
  {
    alert: 'SriovCollectorFailing',
    case: 'vmms restarts: two polls fail',
    series: collector(steps([1, 10], [0, 2], [1, 60]), flat(1)),
    checks: never(11, 20, 40),
  },
  {
    alert: 'SriovStateUnknown',
    case: 'a quarter of the virtual NICs is unknown',
    series: unknown(steps([0, 10], [5, 60])),
    checks: [
      ...never(9, 23),
      {
        at: 27,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'The VF state of many virtual NICs on a Hyper-V host is unknown.',
              description:
                'On hv01:10182, the path of 25% of the running virtual NICs cannot be determined. Fallback alerts do not cover them.',
            },
          },
        ],
      },
    ],
  },
  {
    alert: 'SriovStateUnknown',
    case: 'few are in motion at any time',
    series: unknown(3),
    checks: never(27, 60),
  },
  {
    alert: 'SriovStateUnknown',
    case: 'a host without virtual machines',
    series: [...vswitch(HV1, { vf_limit: 62 }), ...unknown(0).map((each) => ({ ...each, values: flat(0) }))],
    checks: never(27, 60),
  },
  {
    alert: 'SriovAgentPushFailing',
    case: 'every Alertmanager refuses',
    series: [...push(AM, ramp(4), flat(0)), ...push(AM2, ramp(4), flat(0))],
    checks: [
      ...never(3),
      {
        at: 40,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'An exporter that sends alerts cannot reach any Alertmanager.',
              description:
                'The exporter on hv01:10182 evaluates alerts itself. Every push to every Alertmanager has failed for 5 minutes (120 errors).',
            },
          },
        ],
      },
    ],
  },
  {
    alert: 'SriovAgentPushFailing',
    case: 'one of two Alertmanagers takes them',
    series: [...push(AM, ramp(4), flat(0)), ...push(AM2, flat(0), ramp(4))],
    checks: never(20, 40, 90),
  },
  {
    alert: 'SriovAgentPushFailing',
    case: 'there is nothing to push',
    series: push(AM, flat(7), flat(100)),
    checks: never(20, 90),
  },
  {
    alert: 'SriovClockSkew',
    case: 'the clock of the host goes fast: more than a minute after ten',
    series: [clock(ramp(67))],
    checks: [...never(8, 10), { at: 13, fires: [skew('1m 31s')] }],
  },
  {
    alert: 'SriovClockSkew',
    case: 'it goes slow',
    series: [clock(ramp(53))],
    checks: [...never(8, 10), { at: 13, fires: [skew('1m 31s')] }],
  },
  {
    alert: 'SriovClockSkew',
    case: 'what is rendered is up to half a minute old',
    series: [clock(ramp(60, 100, -30))],
    checks: never(5, 30, 90),
  },
  {
    alert: 'SriovConfigNotLoaded',
    case: 'a reload finds a fault',
    series: [one(HV1, 'hyperv_exporter_config_last_reload_successful', {}, steps([1, 10], [0, 60], [1, 30]))],
    checks: [
      ...never(9, 13),
      {
        at: 17,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'A Hyper-V SR-IOV exporter could not load its configuration.',
              description:
                'The exporter on hv01:10182 could not load its configuration file and keeps using the previous one. Its log names the file, the line and the error. The command config check shows the same.',
            },
          },
        ],
      },
      ...never(72),
    ],
  },
  {
    alert: 'SriovConfigNotLoaded',
    case: 'it is loaded',
    series: [one(HV1, 'hyperv_exporter_config_last_reload_successful', {}, flat(1))],
    checks: never(17, 60),
  },
  {
    alert: 'SriovJournalNotWritable',
    case: 'the disk is full',
    series: [one(HV1, 'hyperv_exporter_journal_writable', {}, steps([1, 10], [0, 60], [1, 30]))],
    checks: [
      ...never(9, 18),
      {
        at: 22,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'A Hyper-V SR-IOV exporter cannot write its journal.',
              description:
                'The exporter on hv01:10182 has not been able to write the journal of path changes for 10 minutes. Events are kept in memory until then and are lost when it restarts.',
            },
          },
        ],
      },
      ...never(72),
    ],
  },
  {
    alert: 'SriovJournalNotWritable',
    case: 'it is written',
    series: [one(HV1, 'hyperv_exporter_journal_writable', {}, flat(1))],
    checks: never(22, 60),
  },
  {
    alert: 'SriovSimulatedHost',
    case: 'the demo runs on a production host',
    series: [one(HV1, 'hyperv_exporter_simulated', {}, steps([0, 10], [1, 60], [0, 30]))],
    checks: [
      ...never(9, 13),
      {
        at: 17,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'Prometheus scrapes a simulated host under the job of the real hosts.',
              description:
                'The exporter on hv01:10182 shows a simulated host (source demo), but Prometheus scrapes it under the job of the real hosts. Its metrics describe no real host.',
            },
          },
        ],
      },
      ...never(72),
    ],
  },
  {
    alert: 'SriovSimulatedHost',
    case: 'a demo with a job of its own',
    series: [one({ ...HV1, job: 'demo' }, 'hyperv_exporter_simulated', {}, flat(1))],
    checks: never(17, 60),
  },
  {
    alert: 'SriovCertificateExpires',
    case: 'in less than a fortnight; at minute 80 it is renewed',
    series: [certificate(steps([13 * DAY, 80], [90 * DAY, 21]))],
    checks: [
      ...never(50),
      {
        at: 70,
        fires: [
          {
            labels: { ...HV1, severity: 'warning' },
            annotations: {
              summary: 'The certificate of a Hyper-V SR-IOV exporter is about to expire.',
              description:
                'The TLS certificate of the exporter on hv01:10182 expires in 12d 22h 50m 0s. After that Prometheus refuses to scrape the exporter.',
            },
          },
        ],
      },
      ...never(83),
    ],
  },
  {
    alert: 'SriovCertificateExpires',
    case: 'in more than a fortnight',
    series: [certificate(flat(15 * DAY))],
    checks: never(70, 99),
  },
  {
    alert: 'SriovAgentNotificationsDropped',
    case: 'the queue of one Alertmanager is full, that of another is not',
    series: [
      dropped(
        AM,
        steps([0, 10], ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((each) => [each * 30, 2] as const), [360, 67]),
      ),
      dropped(AM2, flat(0)),
    ],
    checks: [
      ...never(9, 18),
      {
        at: 27,
        fires: [
          {
            labels: { ...HV1, alertmanager: AM, severity: 'warning' },
            annotations: {
              summary: 'An exporter that sends alerts is dropping alerts.',
              description:
                'The exporter on hv01:10182 dropped 210 alerts in 15 minutes because the queue for http://am01:9093 was full. That receiver accepts alerts more slowly than they arrive.',
            },
          },
        ],
      },
      ...never(60),
    ],
  },
  {
    alert: 'SriovAgentNotificationsDropped',
    case: 'some were dropped long ago',
    series: [dropped(AM, flat(50))],
    checks: never(27, 60),
  },
];
