import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { DEFAULT_POOL_POLICY } from '../host/pool.ts';

const DURATION = 'must be a duration such as 90s, 10m or 1h30m, in whole seconds';
/** A duration in Prometheus' form; seconds after parsing. */
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
  severity: z.enum(['critical', 'warning', 'info'], 'must be critical, warning or info').optional(),
});

/**
 * Every number that decides an alert, with why it is what it is and when one would change it. Users regenerate the
 * rules with their own through `alerts --config my.yaml`; panels and runbooks read the same values.
 */
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
/** The name of a scrape job, which expressions quote */
const jobName = (value: string) =>
  z
    .string('must be a text')
    .regex(/^[^"\\\n]*$/, 'must hold no quotes and no backslashes')
    .default(value);

/** A regular expression that Prometheus knows, too: it has no look-around. */
const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, 'u').source !== '' && !/\(\?[=!<]/.test(text);
  } catch {
    return false;
  }
};

/** An http or https address, empty for none; `{label}` in it stands for a label of the alert. */
const address = () =>
  z
    .string('must be a text')
    .refine(
      (text) => text === '' || (/^https?:/.test(text) && URL.canParse(text.replaceAll(/\{[a-zA-Z_]\w*\}/g, 'label'))),
      'must be an http:// or https:// URL, or empty',
    )
    .refine((text) => !/[{}]/.test(text.replaceAll(/\{[a-zA-Z_]\w*\}/g, '')), 'has braces that enclose no label');

export const thresholdsSchema = z.strictObject({
  job: jobName('hyperv-sriov')
    .refine((name) => name !== '', 'must not be empty')
    .refine(isPattern, 'must be a name or a regular expression')
    .describe(
      'The job label of the scrape configuration; change both together. A regular expression such as hyperv-sriov-.+ stands for several jobs.',
    ),
  host_labels: z
    .array(z.string().regex(/^[a-zA-Z_]\w*$/, 'must be the name of a label'))
    .default(['instance', 'host'])
    .describe(
      'Labels of the scrape configuration that differ between the hosts of one cluster. What is counted over a cluster leaves them out; every other label (site, team, …) is kept. Add yours, such as rack.',
    ),
  expected_job: jobName('').describe(
    'Job of another exporter that scrapes every Hyper-V host, such as windows_exporter: a host that it knows by the label host and that has no target of ours raises SriovExportersAbsent as info. Empty: not compared.',
  ),
  page_url: address()
    .default('http://{instance}')
    .describe(
      'Where the agent of a host is reached, for page_url and runbook_url of its alerts; {label} stands for a label of the alert. https://{instance} with TLS, https://{host}.example.com:10182 where instance is no address. Empty: no page_url.',
    ),
  runbook_url: address()
    .default('')
    .describe(
      "Where the runbooks are served; the alert name and .md are added. Empty: by the agent of the host below page_url, and by the project's repository for alerts that are about no single host or about one that does not answer.",
    ),
  dashboard_url: address()
    .default('')
    .describe(
      'Address of Grafana, such as https://grafana.example.com: alerts get a dashboard_url to the board of their VM, host or fleet. Empty: none.',
    ),
  poll_stale_intervals: atLeastOne(3).describe('Missed polls before data counts as stale: a single one is normal.'),
  poll_stale_floor_seconds: count(180).describe(
    'Never stale below this: fast parts may miss a few polls on a busy host.',
  ),
  clock_skew_seconds: atLeastOne(60).describe(
    'Difference between the clocks of host and Prometheus. Not below 30: the clock that is shown may be that old.',
  ),
  certificate_days: count(14).describe('Days before the certificate of the exporter expires.'),
  state_unknown_ratio: share(0.2).describe(
    'Share of running vNICs whose state is unknown: a few are always in motion.',
  ),
  mass_fallback_min_vnics: count(3).describe('Fewer than this is a VM problem, not a host problem.'),
  mass_fallback_ratio: share(0.5).describe('More than half of the requesters lost their VF within the hour.'),
  cluster_fallback_ratio: share(0.1).describe(
    'Share of the virtual NICs that ask for a VF in a cluster which lost it within the hour. Those that never had one do not count.',
  ),
  cluster_fallback_min_vnics: count(10).describe('Below this many requesters a share says nothing.'),
  cluster_fallback_min_hosts: atLeastOne(2).describe(
    'Hosts on which they lost it before it is a page: a single host has a page of its own.',
  ),
  flapping_changes: atLeastOne(5.5).describe(
    'Path changes in 30 min. Three round trips; 5.5 since increase() extrapolates five real ones above 5. A live migration adds one.',
  ),
  vf_pool_left: count(DEFAULT_POOL_POLICY.left).describe(
    'VFs left below which a pool is near its end (with the ratio, so that small and large NICs behave).',
  ),
  vf_pool_ratio: share(DEFAULT_POOL_POLICY.ratio).describe('Occupancy above which a pool is near its end.'),
  vf_predicted_ratio: share(0.6).describe('No prediction below this occupancy: VF counts are small staircases.'),
  vmq_starved_packets: count(50_000).describe(
    'Packets per second received without a VM queue. One core carries some 300-400 thousand; here a VM is worth its own queue.',
  ),
  vmq_idle_packets: count(10).describe('Packets per second below which a VM queue is held for nothing, over 6 h.'),
  guest_cpu_ratio: share(0.85).describe('Guest CPU, as a share of the processors of the VM.'),
  synthetic_bytes: count(125_000_000).describe(
    'Bytes per second over the synthetic path (1 Gbit/s): below, CPU load has other causes.',
  ),
  duplicate_mac_ignored: z
    .array(z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){0,5}$/, 'must be the first bytes of a MAC, such as 02:BF'))
    .default(['02:BF', '03:BF'])
    .describe(
      'First bytes of MAC addresses that several virtual NICs share on purpose; those here are of Network Load Balancing.',
    ),
  alerts: z
    .record(z.string(), override)
    .default({})
    .describe(
      'Changes to single alerts by name: `off: true` leaves it out, `for` is how long its condition must hold, `keep_firing_for` how long it outlives it, `severity` is critical, warning or info.',
    ),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
export const defaultThresholds: Thresholds = thresholdsSchema.parse({});
