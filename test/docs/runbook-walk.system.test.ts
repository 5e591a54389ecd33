import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { stubHostFile, runScript } from '../support/pwsh/module.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { runCli } from '../support/run-cli.ts';
import { startAgent } from '../support/servers/agent.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

/**
 * A person on call walks through a runbook: the alert fires in the demo, and each command of the runbook is run as it is
 * printed, with the names of that host. Commands of this program are asked of the running demo; PowerShell runs over stub
 * cmdlets that have the same simulated host.
 */

interface Walk {
  readonly alert: string;
  readonly scenario: Scenario;
  /** What `explain` gives as the reason or finding */
  readonly reason: string;
}
const WALKS: readonly Walk[] = [
  { alert: 'SriovVfPoolExhausted', scenario: 'vf-pool-exhausted', reason: 'vf_pool_exhausted' },
  { alert: 'SriovVfPoolNearExhaustion', scenario: 'vf-pool-exhausted', reason: 'vf_pool_exhausted' },
  { alert: 'SriovVfFallback', scenario: 'vf-pool-exhausted', reason: 'vf_pool_exhausted' },
  { alert: 'SriovQueuePairsExhausted', scenario: 'queue-pairs-exhausted', reason: 'queue_pairs_exhausted' },
  { alert: 'SriovVfNotUsedByGuest', scenario: 'guest-driver-missing', reason: 'guest_vf_driver_inactive' },
  { alert: 'SriovHostIovUnsupported', scenario: 'host-blocked', reason: 'host_bios_keeps_pcie' },
  { alert: 'SriovVswitchNotIov', scenario: 'switch-not-iov', reason: 'switch_iov_off' },
  { alert: 'SriovNicIovDisabled', scenario: 'nic-disabled', reason: 'nic_sriov_disabled' },
  { alert: 'SriovVfPathFlapping', scenario: 'flapping', reason: 'vf_flapping' },
];

/** Commands that cannot run here, by their beginning, with the reason. Each must be met: the list is exact. */
const NOT_HERE: readonly (readonly [beginning: string, why: string])[] = [
  ['Get-WinEvent ', "Windows' event log"],
  ['Move-ClusterVirtualMachineRole ', 'needs a cluster of two hosts'],
  ['bcdedit /enum ', "Windows' boot configuration"],
  ['Get-PnpDevice ', 'runs in the guest'],
  ['lspci ', 'runs in a Linux guest'],
  ['dmesg ', 'runs in a Linux guest'],
  ['ethtool ', 'runs in a Linux guest'],
  ['Get-NetAdapterAdvancedProperty ', 'settings of the NIC driver'],
  ['Get-NetIPAddress ', "the host's own addresses, which the simulated host does not have"],
  ['Get-NetIPConfiguration ', "the host's own addresses, which the simulated host does not have"],
  ['Get-VMNetworkAdapterVlan ', 'prints nothing: its answer goes into a file'],
  ['Get-VMSwitch | Export-Clixml ', 'prints nothing: its answer goes into a file'],
];

/** Properties that are not of the object's class: the module's type file adds them, as published output shows. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  'Get-NetAdapter': ['Status', 'LinkSpeed', 'ifDesc'],
  // Of Group-Object
  'Get-VMNetworkAdapter': ['Count'],
};
const CLASSES: Readonly<Record<string, string>> = {
  'Get-VMHost': 'VMHost',
  'Get-VMSwitch': 'VMSwitch',
  'Get-VMNetworkAdapter': 'VMNetworkAdapter',
  'Get-NetAdapter': 'MSFT_NetAdapter',
  'Get-NetAdapterSriov': 'MSFT_NetAdapterSriovSettingData',
  'Get-NetAdapterSriovVf': 'MSFT_NetAdapterSriovVfSettingData',
  'Get-NetAdapterVPort': 'MSFT_NetAdapterVPortSettingData',
  'Get-NetAdapterVmqQueue': 'MSFT_NetAdapterVmqQueueSettingData',
  'Get-NetAdapterStatistics': 'MSFT_NetAdapterStatisticsSettingData',
  'Get-VM': 'VirtualMachine',
  'Get-VMSwitchExtension': 'VMSwitchExtension',
};

const root = join(import.meta.dirname, '../..');
const types = z
  .object({ types: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()) })) })
  .parse(JSON.parse(readFileSync(join(root, 'test/fixtures/windows/types.json'), 'utf8'))).types;

/** Each command of a runbook, in its order: lines of its blocks, and commands within the text. */
function commandsOf(alert: string): readonly string[] {
  const text = readFileSync(join(root, `docs/runbooks/${alert}.md`), 'utf8');
  return [
    ...text.matchAll(
      /^ *```(?:powershell|sh)\n([\s\S]*?)^ *```|`((?:[A-Z][a-z]+-[A-Z]\w+|hyperv-sriov-exporter) [^`\n]+)`/gm,
    ),
  ].flatMap(([, block, line = '']) =>
    (block ?? line)
      .split('\n')
      .map((each) => each.trim())
      .filter(Boolean),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'runbooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** All that a runbook's placeholders stand for on the host. */
type Names = Readonly<Record<string, string>>;
const filled = (command: string, names: Names): string =>
  command
    .replaceAll(/'([A-Z]+\d?)'/g, (quoted, name: string) => (names[name] === undefined ? quoted : `'${names[name]}'`))
    .replace(/-NumVFs N$/, '-NumVFs 32');

interface Demo {
  readonly url: string;
  readonly names: Names;
  /** The stub host's file, and the state of its changing cmdlets */
  readonly host: string;
  readonly state: unknown;
  close(): Promise<void>;
}

/** The demo as `npm run demo` starts it, with its own alerting; no alert waits, as nobody has its 15 minutes here. */
async function startDemo(scenario: Scenario): Promise<Demo> {
  const alerts = Object.fromEntries(WALKS.map(({ alert }) => [alert, { for: '0s' }]));
  const file = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), stringify(content));
    return join(folder, name);
  };
  const config = file('config.yaml', {
    alerting: {
      enabled: true,
      external_labels: { instance: 'demo' },
      webhook: { url: 'http://127.0.0.1:9' },
      thresholds_file: file('thresholds.yaml', { alerts }),
    },
  });
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const reader = createDemoReader({ seed: 1, scenario, clock, rehearsed: true });
  const agent = await startAgent(reader, { 'config.file': config });
  const url = `http://127.0.0.1:${agent.port}`;
  const wanted = WALKS.filter((walk) => walk.scenario === scenario).map(({ alert }) => alert);
  let firing: Alerts['alerts'] = [];
  await until(
    `${wanted.join(', ')} in ${scenario}`,
    async () => {
      firing = alertsSchema.parse(await (await fetch(`${url}/api/v1/alerts?state=firing`)).json()).alerts;
      return reader.rehearsal?.behind() === 0 && wanted.every((alert) => firing.some(({ name }) => name === alert));
    },
    { withinMs: 60_000, why: () => firing.map(({ name }) => name).join(', ') },
  );
  const world = reader.world(clock.now());
  const objects = worldToObjects({ ...world, readBefore: {} }, true);
  // A VM that cannot be read at times is an error that cmdlets report beside their rows.
  const calls = Object.fromEntries(
    Object.entries(objects.calls).map(([name, call]) => [name, { ...call, errors: [] }]),
  );
  const host = join(folder, `${scenario}.json`);
  writeFileSync(host, stubHostFile({ ...objects, calls }));
  const hit = firing.find(({ labels }) => labels['vm'] !== undefined)?.labels['vm'];
  const [nic, ...nics] = world.nics.map(({ name }) => name);
  const waiting = hit ?? world.vnics.find(({ iovWeight }) => iovWeight > 0)?.vmName ?? '';
  return {
    url,
    host,
    names: {
      VM: waiting,
      WAITING: waiting,
      HOLDER: world.vfs[0]?.vmName ?? waiting,
      OTHER: world.vms.find(({ name }) => name !== waiting)?.name ?? '',
      VNIC: 'Network Adapter',
      NIC: nic ?? '',
      NIC1: nic ?? '',
      NIC2: nics[0] ?? '',
      VSWITCH: world.vswitches[0]?.name ?? '',
      HOST: world.host.name,
    },
    state: {
      vms: world.vms.map(({ id, name }) => ({ id, name })),
      vnics: [
        ...world.vnics.map(({ id, name, vmId = null, vmName = null, vswitchId = null, iovWeight }) => ({
          id,
          name,
          vmId,
          vmName,
          switchId: vswitchId,
          iovWeight,
        })),
        {
          id: 'a1',
          name: 'MIGRATION',
          vmId: null,
          vmName: null,
          switchId: null,
          iovWeight: 0,
          vlanMode: '',
          vlan: null,
        },
      ],
      vswitches: world.vswitches.map(({ id, name, nics: members }) => ({
        id,
        name,
        members,
        allowManagementOs: true,
        iovEnabled: false,
        teaming: 'none',
        loadBalancing: null,
        extensions: [],
      })),
      nics: world.nics.map(({ name, description }) => ({ name, description })),
    },
    close: () => agent.close(),
  };
}

const alertsSchema = z.object({
  alerts: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()) })),
});
type Alerts = z.infer<typeof alertsSchema>;

const answersSchema = z.array(
  z.array(
    z.object({
      cmdlet: z.string(),
      properties: z.array(z.string()),
      failure: z.string(),
      rows: z.number(),
      text: z.string(),
      hits: z.array(z.string()),
    }),
  ),
);

const isOurs = (command: string): boolean => command.startsWith('hyperv-sriov-exporter ');
const cannotRun = (command: string) => NOT_HERE.find(([beginning]) => command.startsWith(beginning));
const everyLine = readdirSync(join(root, 'docs/runbooks'))
  .filter((name) => name.startsWith('Sriov'))
  .flatMap((name) => commandsOf(name.replace('.md', '')))
  .filter((command) => command.startsWith('Get-'));
const steps = WALKS.map((walk) => ({ ...walk, commands: commandsOf(walk.alert) }));

describeWith(['pwsh'], 'a walk through the runbooks of alerts that the demo fires', () => {
  const said = new Map<string, string>();
  let answers: z.infer<typeof answersSchema> = [];
  const runnable = steps.map(({ commands }) => commands.filter((command) => !isOurs(command) && !cannotRun(command)));

  beforeAll(async () => {
    const demos = new Map<Scenario, Demo>();
    try {
      for (const { scenario } of WALKS) if (!demos.has(scenario)) demos.set(scenario, await startDemo(scenario));
      for (const { alert, scenario, commands } of steps) {
        const { url, names } = demos.get(scenario)!;
        for (const command of commands.filter(isOurs)) {
          const own = command.replace('http://HOST:10182', url).replace(/ VM$/, ` ${names['VM']}`).split(' ').slice(1);
          const inFolder = own.map((each) => (each.endsWith('.json.gz') ? join(folder, `${alert}.json.gz`) : each));
          const source = own.includes('--url') ? [] : ['--source', 'demo', '--demo.scenario', scenario];
          const { code, out, err } = await runCli(...inFolder, ...source);
          said.set(`${alert} ${command}`, `${code} ${out}${err}`);
        }
      }
      const cases = steps.map(({ scenario }, index) => {
        const { host, state, names } = demos.get(scenario)!;
        return { host, state, lines: runnable[index]!.map((command) => filled(command, names)) };
      });
      cases.push({ host: '', state: undefined, lines: everyLine });
      writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
      answers = answersSchema.parse(JSON.parse(runScript('run-runbook.ps1', join(folder, 'cases.json'))));
    } finally {
      for (const each of demos.values()) await each.close();
    }
  }, 240_000);

  it('has eight alerts and more, and their runbooks have many commands', () => {
    expect(new Set(WALKS.map(({ alert }) => alert)).size).toBeGreaterThanOrEqual(8);
    expect(runnable.flat().length).toBeGreaterThan(30);
    expect(said.size).toBeGreaterThanOrEqual(5);
  });

  it.each(steps)('$alert: each command of this program answers with the reason', ({ alert, commands, reason }) => {
    for (const command of commands.filter(isOurs)) {
      const answer = said.get(`${alert} ${command}`);
      if (command.includes(' capture ')) expect(answer).toMatch(/^0 /);
      else
        expect({ command, answer }).toEqual({
          command,
          answer: expect.stringMatching(new RegExp(`^[23] [^]*${reason}`)),
        });
    }
  });

  it.each(steps.map((step, index) => ({ ...step, index })))(
    '$alert: each command of PowerShell runs and answers',
    ({ index }) => {
      const commands = runnable[index]!;
      expect(answers[index]!.length).toBe(commands.length);
      for (const [at, { cmdlet, failure, rows, text, hits }] of answers[index]!.entries()) {
        const command = commands[at]!;
        expect({ command, failure }).toEqual({ command, failure: '' });
        if (!cmdlet.startsWith('Get-')) {
          expect({ command, hits: hits.length }).toEqual({
            command,
            hits: expect.toSatisfy((count: number) => count > 0),
          });
          continue;
        }
        expect({ command, rows, text }).toEqual({
          command,
          rows: expect.toSatisfy((count: number) => count > 0),
          text: expect.stringMatching(/\S/),
        });
      }
    },
  );

  // A property that the class does not have prints an empty column, and no error.
  it('name only properties that the objects have, in all runbooks', () => {
    const checked = answers.at(-1)!.flatMap(({ cmdlet, properties }, at) => {
      const published = types[CLASSES[cmdlet] ?? '']?.properties;
      if (published === undefined) return [];
      const known = new Set([...Object.keys(published), ...(ADDED[cmdlet] ?? [])].map((each) => each.toLowerCase()));
      const unknown = properties.filter((each) => !each.includes('*') && !known.has(each.toLowerCase()));
      return [{ command: everyLine[at], properties, unknown }];
    });
    expect(checked.flatMap(({ properties }) => properties).length).toBeGreaterThan(80);
    expect(checked.filter(({ unknown }) => unknown.length > 0)).toEqual([]);
  });

  it('names exactly the commands that cannot run here', () => {
    const all = steps.flatMap(({ commands }) => commands);
    expect(NOT_HERE.filter(([beginning]) => !all.some((command) => command.startsWith(beginning)))).toEqual([]);
  });
});
