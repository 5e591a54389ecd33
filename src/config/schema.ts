import { z } from 'zod';
import { PARTS } from '../document/document.ts';
import { allQueries } from '../document/queries/index.ts';
import { alertingSection } from './alerting.ts';
import { duration, interval, listenAddress, path, pattern, section, setting } from './fields.ts';

/** A source by its name, or all of a part; without inventory there would be nothing to show. */
function sourceOrPart() {
  const parts = PARTS.filter((name) => name !== 'inventory');
  const names = new Set<string>([...parts, ...allQueries().map(({ source }) => source)]);
  return z.string().refine((name) => names.has(name), `is neither a source nor one of ${parts.join(', ')}`);
}

const part = (every: string, deadline: string, what: string) =>
  section({
    interval: setting(interval().prefault(every), {
      doc: `How often ${what} are read. Seconds that divide a minute or minutes that divide an hour.`,
    }),
    deadline: setting(duration({ min: '1s', max: '15m' }).prefault(deadline), {
      doc: 'A poll that takes longer is given up and its PowerShell process ended.',
    }),
  });

const included = (what: string) =>
  setting(pattern().prefault('.*'), {
    doc: `Regular expression, anchored at both ends: only ${what} whose name matches are shown.`,
    reload: true,
  });
const excluded = (what: string) =>
  setting(pattern().prefault(''), {
    doc: `Regular expression, anchored at both ends: ${what} whose name matches are left out.`,
    reload: true,
  });

/**
 * Everything that can be set: names, types, defaults, bounds and the sentence that documents each. A setting's name is
 * its path with dots: `--web.listen-address`, `HYPERV_SRIOV_WEB_LISTEN_ADDRESS`, or `web: { listen-address: … }`.
 */
export const configSchema = z.strictObject({
  source: setting(z.enum(['powershell', 'demo', 'replay']).prefault('powershell'), {
    doc: 'Where the data comes from: the Hyper-V host that this runs on (powershell), a simulated host (demo) or a recording (replay).',
  }),
  web: section({
    'listen-address': setting(listenAddress().prefault(':10182'), {
      doc: 'Address and port to serve on. `:10182` is every address of the host, `localhost:10182` this host only.',
    }),
    config: section({
      file: setting(path('configuration').optional(), {
        doc: 'Web configuration file for TLS and basic authentication, in the form of the Prometheus exporter-toolkit.',
      }),
    }),
    'enable-lifecycle': setting(z.boolean().prefault(false), {
      doc: 'Admit `POST /-/reload`, which reads the configuration file again.',
    }),
  }),
  log: section({
    level: setting(z.enum(['debug', 'info', 'warn', 'error']).prefault('info'), {
      doc: 'The least severe messages to log. Names and addresses are hidden from info upwards.',
      reload: true,
    }),
    format: setting(z.enum(['auto', 'json', 'pretty']).prefault('auto'), {
      doc: 'json: one object a line. pretty: for people. auto: pretty on a terminal, else json.',
    }),
    file: setting(path().optional(), {
      doc: 'File that `serve` logs to, in the place of standard output. Its folder must exist.',
    }),
    rotate: section({
      megabytes: setting(z.number().int().min(1).max(1000).prefault(10), {
        doc: 'Size at which the log file is renamed to `NAME.1.log` and a new one begun.',
      }),
      files: setting(z.number().int().min(0).max(100).prefault(5), { doc: 'How many renamed log files are kept.' }),
    }),
    requests: setting(z.boolean().prefault(false), {
      doc: 'One line for each HTTP request: method, route, status and milliseconds.',
    }),
  }),
  demo: section({
    scenario: setting(z.string().min(1).prefault('tour'), {
      doc: 'What the simulated host goes through, with `--source demo`; `tour` moves through all of them.',
    }),
    seed: setting(z.number().int().min(0).max(4_294_967_295).prefault(1), {
      doc: 'Another seed makes another simulated host; the same one always makes the same.',
    }),
  }),
  replay: section({
    file: setting(path().optional(), { doc: 'The recording to play back, with `--source replay`.' }),
    speed: setting(z.number().min(0.01).max(1000).prefault(1), {
      doc: 'How many times faster than recorded it is played.',
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
      doc: 'Sources that are not used, or whole parts (activity, config, cluster, eventlog); the names are those of the label `source`.',
    }),
  }),
  vm: section({ include: included('VMs'), exclude: excluded('VMs') }),
  nic: section({ include: included('physical NICs'), exclude: excluded('physical NICs') }),
  labels: section({
    'ip-addresses': setting(z.boolean().prefault(false), {
      doc: 'Read the IP addresses of guests, to find duplicate ones. Costs a little on the host.',
    }),
  }),
  expect_vf: setting(
    z
      .array(z.strictObject({ vm: pattern().optional(), vswitch: pattern().optional(), expect: z.boolean() }))
      .prefault([]),
    {
      doc: 'Rules, the first that matches wins: whether vNICs with an IOV weight are expected to have a VF, by anchored patterns of VM and vSwitch name. Without a match they are.',
      reload: true,
    },
  ),
  powershell: section({
    mode: setting(z.enum(['typed', 'served']).prefault('typed'), {
      doc: 'How PowerShell is asked. typed: lines at its prompt (-Command -). served: a script reads requests (-File session.ps1); for hosts that allow only -File, and for far fewer entries in the log of script blocks.',
    }),
    executable: setting(path().optional(), {
      doc: 'Full path of the PowerShell to run. Without it Windows PowerShell 5.1 of this system.',
    }),
    recycle: section({
      calls: setting(z.number().int().min(1).max(10_000).prefault(200), {
        doc: 'A PowerShell process is replaced after this many calls, …',
      }),
      megabytes: setting(z.number().int().min(1).max(1024).prefault(64), {
        doc: '… after this much output, …',
      }),
      age: setting(duration({ min: '1m', max: '7d' }).prefault('6h'), { doc: '… or at this age.' }),
    }),
  }),
  storage: section({
    path: setting(path().optional(), {
      doc: 'Folder for what outlives a restart: since when a vNIC is on its path, journal, values of the charts, alert state. Nothing is kept without it.',
    }),
  }),
  alerting: alertingSection,
});

export type Config = z.output<typeof configSchema>;
