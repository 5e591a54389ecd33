import { z } from 'zod';
import { PARTS } from '../document/document.ts';
import { allQueries } from '../document/queries/index.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { alertingSection } from './alerting.ts';
import {
  duration,
  externalUrl,
  interval,
  listenAddresses,
  path,
  pathPrefix,
  pattern,
  section,
  setting,
} from './fields.ts';
import { fleetSection, targetsSection } from './targets.ts';

/** The parts that can be switched off: not inventory, because everything depends on it. */
const optionalParts = PARTS.filter((name) => name !== 'inventory');
/** What `sources.disabled` may name: parts and sources. */
export const sourceNames = (): readonly string[] => [...optionalParts, ...allQueries().map(({ source }) => source)];

/** The name of a source or of a part. */
function sourceOrPart() {
  const names = new Set(sourceNames());
  return z.string().refine((name) => names.has(name), {
    error: ({ input }) =>
      `is neither a source nor one of ${optionalParts.join(', ')}${didYouMean(String(input), names)}`,
  });
}

/** A name as in a Host header */
const hostName = () =>
  z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/, 'must be a host name without scheme and port');

const part = (every: string, deadline: string, what: string) =>
  section({
    interval: setting(interval().prefault(every), {
      doc: `Interval between reads of ${what}: seconds that divide a minute, or minutes that divide an hour.`,
    }),
    deadline: setting(duration({ min: '1s', max: '15m' }).prefault(deadline), {
      doc: 'A poll that takes longer is cancelled, and its PowerShell process is ended.',
    }),
  });

const included = (what: string) =>
  setting(pattern().prefault('.*'), {
    doc: `Regular expression, anchored at both ends. Only ${what} with a matching name are shown.`,
    reload: true,
  });
const excluded = (what: string) =>
  setting(pattern().prefault(''), {
    doc: `Regular expression, anchored at both ends. It hides ${what} with a matching name.`,
    reload: true,
  });

/**
 * All settings with their names, types, defaults, bounds and documentation. The name of a setting is its path, joined with
 * dots: `--web.listen-address`, `HYPERV_SRIOV_WEB_LISTEN_ADDRESS`, or `web: { listen-address: … }`.
 */
export const configSchema = z.strictObject({
  source: setting(z.enum(['powershell', 'demo', 'replay', 'targets']).prefault('powershell'), {
    doc: 'Where the data comes from: this Hyper-V host (powershell), a simulated host (demo), a recording (replay), or several hosts over SSH or over the HTTP API of their agents (targets).',
  }),
  web: section({
    'listen-address': setting(listenAddresses().prefault(':10182'), {
      doc: 'Addresses and ports to listen on, one or a list. `:10182` means every address of the host; `localhost:10182` accepts connections from this host only. An IPv6 address has brackets: `[fd00::7]:10182`.',
    }),
    config: section({
      file: setting(path('configuration').optional(), {
        doc: 'Web configuration file for TLS and basic authentication, in the format of the Prometheus exporter-toolkit.',
      }),
    }),
    'external-url': setting(externalUrl().optional(), {
      doc: 'URL under which browsers and Prometheus reach this server, for example through a reverse proxy. Links in pages begin with its path. `/api/v1/targets` of a collector and the alerts of the agent contain it. Without it, `/api/v1/targets` uses the Host header of the request.',
    }),
    'route-prefix': setting(pathPrefix().optional(), {
      doc: 'Path prefix of all endpoints, `/metrics` included. Default: the path of `web.external-url`. Set `/` if a reverse proxy removes the prefix.',
    }),
    'allowed-hosts': setting(z.array(hostName()).prefault([]), {
      doc: 'Names under which browsers and scrapers may reach this exporter, beside IP addresses, localhost and the host of web.external-url. Other names in the Host header get 421, so that no web page can read the exporter by DNS rebinding. Checked if this list is not empty, or if the exporter listens on loopback addresses only.',
    }),
    'enable-lifecycle': setting(z.boolean().prefault(false), {
      doc: 'Enable `POST /-/reload`, which reloads the configuration file.',
    }),
  }),
  log: section({
    level: setting(z.enum(['debug', 'info', 'warn', 'error']).prefault('info'), {
      doc: 'Minimum level of logged messages. At info and above, names of VMs, addresses and secrets are hidden: see troubleshooting.md.',
      reload: true,
    }),
    format: setting(z.enum(['auto', 'json', 'pretty']).prefault('auto'), {
      doc: 'json: one object per line. pretty: for people. auto: pretty on a terminal, else json.',
    }),
    file: setting(path().optional(), {
      doc: 'File that `serve` logs to instead of standard output. Its folder must exist.',
    }),
    rotate: section({
      megabytes: setting(z.number().int().min(1).max(1000).prefault(10), {
        doc: 'Size in megabytes at which the log file is renamed to `NAME.1.log` and a new file is started. A pipe or a device, such as /dev/stdout, is not renamed.',
      }),
      files: setting(z.number().int().min(0).max(100).prefault(5), { doc: 'Number of renamed log files to keep.' }),
    }),
    requests: setting(z.boolean().prefault(false), {
      doc: 'Log each HTTP request with method, route, status and duration in milliseconds.',
    }),
  }),
  demo: section({
    scenario: setting(z.string().min(1).prefault('tour'), {
      doc: 'Scenario of the simulated host, with `--source demo`. `tour` goes through all scenarios.',
    }),
    seed: setting(z.number().int().min(0).max(4_294_967_295).prefault(1), {
      doc: 'Seed of the simulated host. The same seed always gives the same host.',
    }),
    hosts: setting(z.number().int().min(1).max(1000).prefault(1), {
      doc: 'How many hosts are simulated. Two and more are served as a collector serves its targets, in clusters of four.',
    }),
    speed: setting(z.number().min(0.5).max(10).prefault(1), {
      doc: 'How many times faster the simulated host lives, for shorter or longer stages of the tour. At 2, it is read twice as often, and its VMs have half of the 5 minutes to settle after a start.',
    }),
  }),
  replay: section({
    file: setting(path().optional(), { doc: 'Recording to play back, with `--source replay`.' }),
    speed: setting(z.number().min(0.01).max(1000).prefault(1), {
      doc: 'Playback speed of the recording, as a multiple of the recorded speed.',
    }),
  }),
  poll: section({
    inventory: part('1m', '2m', 'VMs, vNICs, vSwitches, NICs, VFs, vPorts and VM queues'),
    activity: part('15s', '10s', 'traffic and CPU counters'),
    config: part('10m', '5m', 'settings that only an administrator changes'),
    cluster: part('1m', '20s', "the failover cluster's view of this node"),
    eventlog: part('5m', '30s', "entries of Windows' event log about VM queues and VFs"),
  }),
  sources: section({
    disabled: setting(z.array(sourceOrPart()).prefault([]), {
      doc: 'Sources to switch off, by the name in the label `source`, or whole parts (activity, config, cluster, eventlog).',
    }),
  }),
  vm: section({ include: included('VMs'), exclude: excluded('VMs') }),
  nic: section({ include: included('physical NICs'), exclude: excluded('physical NICs') }),
  labels: section({
    'ip-addresses': setting(z.boolean().prefault(false), {
      doc: 'Read the IP addresses of guests to find duplicates. Uses slightly more CPU on the host.',
    }),
  }),
  expect_vf: setting(
    z
      .array(z.strictObject({ vm: pattern().optional(), vswitch: pattern().optional(), expect: z.boolean() }))
      .prefault([]),
    {
      doc: 'Rules that decide whether vNICs with an IOV weight are expected to have a VF, by anchored patterns for the names of VM and vSwitch. The first matching rule decides. Without a match a VF is expected.',
      reload: true,
    },
  ),
  powershell: section({
    mode: setting(z.enum(['typed', 'served']).prefault('typed'), {
      doc: 'How requests are sent to PowerShell. typed: as lines at its prompt (-Command -). served: to a script that reads requests (-File session.ps1). Use served on hosts that allow only -File, or to write far fewer script block events to the event log.',
    }),
    executable: setting(path().optional(), {
      doc: 'Full path of the PowerShell to run. Default: Windows PowerShell 5.1 of this system.',
    }),
    recycle: section({
      calls: setting(z.number().int().min(1).max(10_000).prefault(200), {
        doc: 'Number of calls after which a PowerShell process is replaced.',
      }),
      megabytes: setting(z.number().int().min(1).max(1024).prefault(64), {
        doc: 'Megabytes of output after which a PowerShell process is replaced.',
      }),
      age: setting(duration({ min: '1m', max: '7d' }).prefault('6h'), {
        doc: 'Age at which a PowerShell process is replaced.',
      }),
    }),
  }),
  storage: section({
    path: setting(path().optional(), {
      doc: 'Folder for the state that is kept across restarts: history of the paths, journal, values of the charts and alert state. One agent at a time uses it. Default: a folder of the account (%LOCALAPPDATA%, $XDG_STATE_HOME or ~/.local/state); nothing is kept of a simulated or recorded host.',
    }),
  }),
  targets: targetsSection,
  fleet: fleetSection,
  alerting: alertingSection,
});

export type Config = z.output<typeof configSchema>;
