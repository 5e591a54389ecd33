import { z } from 'zod';
import { parseDuration } from '../text/duration.ts';
import { SEVERITIES } from '../diagnosis/model.ts';
import { DEFAULT_POOL_POLICY } from '../host/pool.ts';

const DURATION = 'must be a duration such as 90s, 10m or 1h30m, in whole seconds';
/** A duration in the form of Prometheus, such as `1h30m`; parsed to seconds. */
const seconds = z.string(DURATION).transform((given, context) => {
  const ms = parseDuration(given);
  if (ms !== undefined && ms % 1000 === 0) return ms / 1000;
  context.addIssue({ code: 'custom', message: DURATION });
  return z.NEVER;
});

/** What a user may change of one alert. */
const override = z.strictObject({
  off: z.boolean().optional(),
  for: seconds.optional(),
  keep_firing_for: seconds.optional(),
  severity: z.enum(SEVERITIES, 'must be critical, warning or info').optional(),
});

const number = (error: string) => z.number({ error });
const count = (value: number) => {
  const error = 'must be a whole number, 0 or more';
  return number(error).int(error).min(0, error).default(value);
};
const share = (value: number) => {
  const error = 'must be a number from 0 to 1';
  return number(error).min(0, error).max(1, error).default(value);
};
const atLeastOne = (value: number) => number('must be a number').min(1, 'must be at least 1').default(value);
/** The name of a scrape job. Expressions contain it in quotes */
const jobName = (value: string) =>
  z
    .string('must be a text')
    .regex(/^[^"\\\n]*$/, 'must not contain quotes or backslashes')
    .default(value);

/** Whether this is a regular expression that Prometheus accepts too: its syntax has no look-around. */
const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, 'u').source !== '' && !/\(\?[=!<]/.test(text);
  } catch {
    return false;
  }
};

/** An http or https URL, or empty for none. `{label}` in it is replaced by that label of the alert. */
const address = () =>
  z
    .string('must be a text')
    .refine(
      (text) => text === '' || (/^https?:/.test(text) && URL.canParse(text.replaceAll(/\{[a-zA-Z_]\w*\}/g, 'label'))),
      'must be an http:// or https:// URL, or empty',
    )
    .refine(
      (text) => !/[{}]/.test(text.replaceAll(/\{[a-zA-Z_]\w*\}/g, '')),
      'has braces that do not enclose the name of a label',
    );

/**
 * Every number that an alert compares with, with the reason for its default and when to change it. Users generate the
 * rules with their own values through `alerts --config my.yaml`. Panels and runbooks use the same values.
 */
export const thresholdsSchema = z.strictObject({
  job: jobName('hyperv-sriov')
    .refine((name) => name !== '', 'must not be empty')
    .refine(isPattern, 'must be a name or a regular expression')
    .describe(
      'The job label of the scrape configuration; change both together. For several jobs use a regular expression such as hyperv-sriov-.+.',
    ),
  collector_job: jobName('hyperv-sriov-collector')
    .refine((name) => name !== '', 'must not be empty')
    .refine(isPattern, 'must be a name or a regular expression')
    .describe(
      "The job label of the scrape configuration of the collectors' own metrics. The hosts that they read have the job above.",
    ),
  host_labels: z
    .array(z.string().regex(/^[a-zA-Z_]\w*$/, 'must be the name of a label'))
    .default(['instance', 'host', 'read_by'])
    .describe(
      'Labels of the scrape configuration that differ between the hosts of one cluster. Alerts about a cluster do not have them, but keep every other label (site, team, …). Add your own, such as rack. read_by tells hosts that a collector reads from hosts with an agent.',
    ),
  expected_job: jobName('').describe(
    'Job of another exporter that runs on every Hyper-V host, such as windows_exporter. A host (label host) with a target in that job but without a target of this exporter raises SriovExportersAbsent with severity info. Empty: no comparison.',
  ),
  page_url: address()
    .default('http://{instance}')
    .describe(
      'Base URL of the agent of a host, for page_url and runbook_url of its alerts; for hosts that a collector reads see collector_url. {label} is replaced by that label of the alert. Use https://{instance} with TLS, or for example https://{host}.example.com:10182 if instance is not an address. Empty: no page_url.',
    ),
  collector_url: address()
    .default('')
    .describe(
      'Base URL of the collector, such as https://collector.example.com:10182, for page_url and runbook_url of alerts about hosts that it reads (label read_by); {label} is replaced as in page_url. Empty: those alerts have no page_url.',
    ),
  runbook_url: address()
    .default('')
    .describe(
      "Base URL of the runbooks; the alert name and .md are appended. Empty: runbooks are served below page_url or collector_url, and by the project's repository for alerts about several hosts or about a host that does not answer.",
    ),
  dashboard_url: address()
    .default('')
    .describe(
      'Base URL of Grafana, such as https://grafana.example.com. Alerts then have a dashboard_url to the dashboard of their VM, host or fleet. Empty: no dashboard_url.',
    ),
  poll_stale_intervals: atLeastOne(3).describe(
    'Missed polls until data counts as stale. A single missed poll is normal.',
  ),
  poll_stale_floor_seconds: count(180).describe(
    'Data younger than this is never stale: collectors with a short interval may miss a few polls on a busy host.',
  ),
  clock_skew_seconds: atLeastOne(60).describe(
    'Difference in seconds between the clocks of the host and of Prometheus. Use at least 30: the value of the metric may be that old when it is scraped.',
  ),
  certificate_days: count(14).describe('Days until the certificate of the exporter expires.'),
  state_unknown_ratio: share(0.2).describe(
    'Share of running vNICs whose state is unknown. A few are always in transition.',
  ),
  mass_fallback_min_vnics: count(3).describe(
    'Virtual NICs that lost their VF before the alert is about the host. Fewer are a problem of single VMs.',
  ),
  mass_fallback_ratio: share(0.5).describe('Share of the virtual NICs asking for a VF that lost it within the hour.'),
  cluster_fallback_ratio: share(0.1).describe(
    'Share of the virtual NICs of a cluster asking for a VF that lost it within the hour. Virtual NICs that never had a VF do not count.',
  ),
  cluster_fallback_min_vnics: count(10).describe(
    'With fewer virtual NICs asking for a VF in the cluster, the share is not evaluated.',
  ),
  cluster_fallback_min_hosts: atLeastOne(2).describe(
    'Hosts with such losses before the alert is critical. A single host has its own critical alert.',
  ),
  flapping_changes: atLeastOne(5.5).describe(
    'Path changes in 30 minutes: three round trips. It is 5.5 because increase() extrapolates five real changes to slightly more than 5. A live migration adds one change.',
  ),
  vf_pool_left: count(DEFAULT_POOL_POLICY.left).describe(
    'A pool is near exhaustion with this many VFs left or fewer, if its occupancy is also above vf_pool_ratio. Both conditions together suit small and large NICs.',
  ),
  vf_pool_ratio: share(DEFAULT_POOL_POLICY.ratio).describe('Occupancy above which a pool is near exhaustion.'),
  vf_predicted_ratio: share(0.6).describe(
    'No prediction below this occupancy, because VF counts change in a few large steps.',
  ),
  vmq_starved_packets: count(50_000).describe(
    'Packets per second received without a VM queue. One core handles about 300,000 to 400,000; above this threshold a VM benefits from its own queue.',
  ),
  vmq_idle_packets: count(10).describe(
    'Packets per second over 6 hours below which a virtual NIC does not need its VM queue.',
  ),
  guest_cpu_ratio: share(0.85).describe('Guest CPU as a share of the virtual processors of the VM.'),
  synthetic_bytes: count(125_000_000).describe(
    'Bytes per second over the synthetic path (1 Gbit/s). Below this, high CPU load has other causes.',
  ),
  duplicate_mac_ignored: z
    .array(z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){0,5}$/, 'must be the first bytes of a MAC, such as 02:BF'))
    .default(['02:BF', '03:BF'])
    .describe(
      'First bytes of MAC addresses that several virtual NICs share on purpose. The defaults belong to Network Load Balancing.',
    ),
  alerts: z
    .record(z.string(), override)
    .default({})
    .describe(
      'Changes to single alerts by name. `off: true` disables the alert. `for` is how long its condition must hold. `keep_firing_for` is how long it keeps firing after that. `severity` is critical, warning or info.',
    ),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
/** The thresholds of an empty thresholds file. */
export const defaultThresholds: Thresholds = thresholdsSchema.parse({});
