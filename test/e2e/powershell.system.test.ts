import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../src/agent.ts';
import type { Clock } from '../../src/clock.ts';
import { SETTLE_SECONDS } from '../../src/simulated-host/scenarios.ts';
import { makeSetup } from '../../src/simulated-host/setup.ts';
import { type World, worldOf } from '../../src/simulated-host/world.ts';
import { createPowerShellReader } from '../../src/collect/powershell/reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { listen } from '../../src/http/listen.ts';
import { createLogger } from '../../src/log.ts';
import { processesWith } from '../support/processes.ts';
import { advancing } from '../support/pwsh/advancing.ts';
import type { StubHost } from '../support/pwsh/module.ts';
import { breakStubStart, showStubHost, stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { freePort } from '../support/servers/port.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

// Everything here waits for a condition, on a machine that may be busy.
const SECONDS = 60;
const QUICK = {
  'poll.inventory.interval': '4s',
  'poll.activity.interval': '2s',
  'poll.activity.deadline': '2m',
  'powershell.recycle.calls': '12',
};
const flags = Object.entries(QUICK).flatMap(([name, value]) => [`--${name}`, value]);

/** A healthy host with all kinds of VMs but few of each: it is polled all the time here, by an engine slower than Windows'. */
function smallWorld(start: number): World {
  const setup = makeSetup(1, 'healthy', 'x520');
  const vms = setup.vms.filter(({ group }, index) => group === 'other' || index % 4 === 0);
  return worldOf({ ...setup, vms, host: { ...setup.host, logicalProcessors: 8 } }, start);
}

describeWith(['pwsh', 'prometheus'], 'a real Prometheus that scrapes a host through PowerShell', () => {
  let folder: string;
  let executable: string;
  let world: World;
  let startedAt: number;
  let host: StubHost;
  let exporter: Exporter;
  let prometheus: Prometheus;
  let steppedPort: number;

  const now = (): ReturnType<World> => world(startedAt);
  /** PowerShell processes of this test */
  const engines = (): number[] => processesWith(folder);
  const kill = (pids: readonly number[]): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    }
  };
  const eventually = <T>(what: string, look: () => Promise<T | undefined | false>) =>
    until(what, look, { withinMs: 200_000, why: exporter.log });
  /** A selector of what `serve` showed; `labels` as in PromQL */
  const of = (name: string, labels = ''): string => `{__name__=~"${name}",job="serve"${labels && `,${labels}`}}`;
  const value = (name: string, labels?: string) => prometheus.value(of(name, labels));
  const count = async (name: string, labels?: string): Promise<number> =>
    (await prometheus.value(`count(${of(name, labels)})`)) ?? 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'powershell of ü '));
    startedAt = Date.now();
    world = smallWorld(startedAt - SETTLE_SECONDS.healthy * 1000);
    const later = worldToObjects(world(startedAt + SECONDS * 1000), true);
    host = advancing(worldToObjects(now(), true), later, SECONDS, startedAt);
    executable = stubPowerShell(folder, host);
    exporter = await startExporter(['--powershell.executable', executable, ...flags]);
    steppedPort = await freePort();
    const target = (job: string, port: number) => ({
      job_name: job,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    });
    prometheus = await startPrometheus({
      config: { scrape_configs: [target('serve', exporter.port), target('stepped', steppedPort)] },
    });
  });

  afterAll(async () => {
    await Promise.all([prometheus?.stop(), exporter?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  describe('serve', () => {
    it('is up, and every series of the exposition is there', async () => {
      await eventually('the first scrape of all', async () => (await count('hyperv_vm_cpu_seconds_total')) > 10);
      expect(await value('up')).toBe(1);
      expect(await value('hyperv_exporter_simulated')).toBe(0);
      await eventually('the same number of series by name', async () => {
        const text = await (await fetch(`${exporter.url}/metrics`)).text();
        const lines = new Map<string, number>();
        for (const [name] of text.matchAll(/^hyperv_\w+/gm)) lines.set(name, (lines.get(name) ?? 0) + 1);
        const found = await prometheus.query(`count by (__name__) (${of('hyperv_.+')})`);
        expect(lines.size).toBeGreaterThan(80);
        expect(Object.fromEntries(found.map((each) => [each.metric['__name__'], Number(each.value[1])]))).toEqual(
          Object.fromEntries(lines),
        );
        return true;
      });
    });

    it('has the counters of the host within 2 %, across a crash of PowerShell and a recycle', async () => {
      const first = await eventually('counters', counters);
      kill(engines());
      await eventually(
        'both sessions crashed, came back, and activity was recycled',
        async () =>
          (await value('hyperv_exporter_powershell_restarts_total', 'collector="inventory"'))! >= 1 &&
          (await value('hyperv_exporter_powershell_restarts_total', 'collector="activity"'))! >= 2,
      );
      // What a document says of its time is when it was begun: a slow read shifts a value, over less and less of the time.
      await eventually('every counter is within 2 %', async () => {
        const last = await counters();
        const seconds = (last?.at ?? 0) - first.at;
        if (last === undefined || seconds < 20) return false;
        const off = [...truth()].filter(([series, perSecond]) => {
          const got = (last.values.get(series) ?? Number.NaN) - (first.values.get(series) ?? Number.NaN);
          return !(Math.abs(got - perSecond * seconds) <= 0.02 * perSecond * seconds + 2);
        });
        expect(off).toEqual([]);
        return true;
      });
      expect(truth().size).toBeGreaterThan(50);
    });

    it('has no counter that decreased', async () => {
      const names = ((await prometheus.api('label/__name__/values')) as string[]).filter((name) =>
        /^hyperv_.+_total$/.test(name),
      );
      expect(names.length).toBeGreaterThan(30);
      for (const name of names) expect(await prometheus.value(`max(resets(${of(name)}[10m]))`), name).toBe(0);
    });

    it('keeps a VM that a partial document lacks, and drops one that was deleted', async () => {
      const gone = now().vms.find((vm) => vm.processors.length > 0)!;
      const its = `vm_id="${gone.id}"`;
      const without: StubHost = { ...host, calls: { ...host.calls, ...calls(host, gone.id) } };
      const errors = [{ message: 'the object is in use' }];
      const partial = Object.fromEntries(
        ['Get-VM', 'Get-VMNetworkAdapter'].map((name) => [name, { ...without.calls[name], errors }]),
      );
      showStubHost(folder, { ...without, calls: { ...without.calls, ...partial } });
      const faults = () => value('hyperv_exporter_source_errors_total', 'collector="inventory",source="vm"');
      const seen = (await faults())!;
      await eventually('a partial document', async () => (await faults())! > seen);
      expect(await count('hyperv_vm_info', its)).toBe(1);
      showStubHost(folder, without);
      await eventually('the VM has gone', async () => (await count('hyperv_vm_info', its)) === 0);
      expect(await count('hyperv_(vm|vnic)_.+', its)).toBe(0);
      expect(await count('hyperv_vm_info')).toBe(now().vms.length - 1);
      showStubHost(folder, host);
    });

    it('drops the series of a source that fails permanently, and no others', async () => {
      const name = 'Hyper-V Hypervisor Virtual Processor';
      showStubHost(folder, { ...host, counters: { ...host.counters, [name]: { throw: 'Access is denied' } } });
      const success = () => value('hyperv_exporter_source_success', 'source="counters_virtual_processor"');
      await eventually('it alone has expired', async () => {
        expect(await success()).toBe(0);
        expect(await count('hyperv_vm_cpu_seconds_total')).toBe(0);
        return (await count('hyperv_vnic_receive_bytes_total')) > 10;
      });
      showStubHost(folder, host);
      await eventually('it is back', async () => (await success()) === 1);
    });

    it('serves no old counters while PowerShell is dead, and recovers when it is back', async () => {
      breakStubStart(folder, true);
      kill(engines());
      const success = () => value('hyperv_exporter_source_success', 'source="net_adapter_statistics"');
      await eventually('activity has expired', async () => (await success()) === 0);
      expect(await value('up')).toBe(1);
      await eventually('its failure shows', async () => {
        return (await value('hyperv_exporter_collector_success', 'collector="activity"')) === 0;
      });
      expect(await count('hyperv_(vm|vnic|nic|vswitch)_.*(bytes|cpu).*_total')).toBe(0);
      breakStubStart(folder, false);
      await eventually('activity is back', async () => (await success()) === 1);
    });

    it('logs no stack trace, and Prometheus no warning of its scrapes', () => {
      expect(exporter.log()).not.toMatch(/^\s+at /m);
      const lines = prometheus.log().split('\n');
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.filter((line) => /level=(warn|error)/.test(line) && /scrape/i.test(line))).toEqual([]);
    });

    it('ends with its PowerShell when told to', async () => {
      expect(engines().length).toBeGreaterThan(0);
      const ended = once(exporter.child, 'exit') as Promise<[number | null]>;
      exporter.child.kill('SIGTERM');
      const [code] = await Promise.race([
        ended,
        sleep(60_000, undefined, { ref: false }).then(() => ['still running']),
      ]);
      expect(code).toBe(0);
      expect(engines()).toEqual([]);
    });
  });

  it('leaves no PowerShell behind when it is killed', async () => {
    breakStubStart(folder, false);
    const other = await startExporter([
      '--powershell.executable',
      executable,
      '--sources.disabled',
      'activity,config,cluster',
    ]);
    const running = engines().length;
    await other.stop();
    expect(running).toBeGreaterThan(0);
    await eventually('its PowerShell has gone too', async () => engines().length === 0);
  });

  describe('an agent whose clock is stepped', () => {
    let agent: Agent;
    let ahead = 0;
    const clock: Clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead };

    beforeAll(async () => {
      const log = createLogger({ level: 'error', format: 'json' });
      const { config } = loadConfig({
        flags: new Map(Object.entries({ ...QUICK, 'sources.disabled': 'config,cluster' })),
        environment: {},
      });
      const reader = createPowerShellReader({
        executable,
        env: process.env,
        expectedModuleVersion: '0.1.0',
        clock,
        log,
      });
      agent = await createAgent(config, { reader, log, version: '0.1.0' });
      await listen(agent.server, { host: '127.0.0.1', port: steppedPort });
      agent.start();
    });
    afterAll(() => agent.close());

    it('drops inventory too when PowerShell is dead for longer than it may be', async () => {
      const series = (name: string) => prometheus.value(`count(${name}{job="stepped"})`);
      const success = (part: string) =>
        prometheus.query(`hyperv_exporter_source_success{job="stepped",collector="${part}"} == 1`);
      await eventually('all is read', async () => (await series('hyperv_vnic_vf_active'))! > 10);
      breakStubStart(folder, true);
      kill(engines());
      // Three of its effective intervals at most, and less than inventory's five minutes.
      ahead += 3 * 60_000;
      await eventually('activity has expired', async () => (await success('activity')).length === 0);
      expect(await series('hyperv_vnic_vf_active')).toBeGreaterThan(10);
      ahead += 3 * 60_000;
      await eventually('inventory has expired', async () => (await success('inventory')).length === 0);
      for (const name of ['hyperv_vnic_vf_active', 'hyperv_vm_state', 'hyperv_nic_up', 'hyperv_vswitch_vf_in_use'])
        expect(await series(name), name).toBeUndefined();
      expect(await prometheus.value('up{job="stepped"}')).toBe(1);
    });
  });

  /** What a cmdlet would give of the host without one VM. */
  function calls(from: StubHost, vmId: string): StubHost['calls'] {
    const keep = (name: string, key: string) => {
      const { rows = [], ...rest } = from.calls[name]!;
      return { [name]: { ...rest, rows: rows.filter((row) => row[key] !== vmId) } };
    };
    return { ...keep('Get-VM', 'Id'), ...keep('Get-VMNetworkAdapter', 'VMId') };
  }

  const COUNTERS = [
    'hyperv_vnic_receive_bytes_total',
    'hyperv_vnic_transmit_packets_total',
    'hyperv_vm_cpu_seconds_total',
    'hyperv_nic_receive_bytes_total',
    'hyperv_vswitch_transmit_bytes_total',
    'hyperv_root_cpu_seconds_total',
    'hyperv_host_cpu_seconds_total',
  ];

  /** The counters of one scrape by series, and when they were read on the host, Unix seconds. */
  async function counters(): Promise<{ at: number; values: ReadonlyMap<string, number> } | undefined> {
    // A scrape has the time at which it began: one that is still on its way must not come between the queries.
    const time = Date.now() / 1000 - 3;
    const read = await prometheus.value(
      of('hyperv_exporter_collector_last_success_timestamp_seconds', 'collector="activity"'),
      time,
    );
    const values = new Map<string, number>();
    for (const name of COUNTERS)
      for (const { metric, value: sample } of await prometheus.query(of(name), time)) {
        const owner = metric['vnic_id'] ?? metric['vm_id'] ?? metric['vswitch'] ?? metric['nic'] ?? '';
        values.set(`${name} ${owner} ${metric['state'] ?? ''}`, Number(sample[1]));
      }
    return read === undefined || values.size === 0 ? undefined : { at: read, values };
  }

  /** By series, what each counter gains a second: from the simulation, not from what the stubs were told. */
  function truth(): Map<string, number> {
    const [from, to] = [now(), world(startedAt + SECONDS * 1000)];
    const rates = new Map<string, number>();
    const add = (series: string, a: number, b: number): unknown => rates.set(series, (b - a) / SECONDS);
    const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
      items.reduce((total, item) => total + amount(item), 0);
    from.vnics.forEach((vnic, i) => {
      if (vnic.counterInstance === undefined) return;
      const later = to.vnics[i]!;
      const id = vnic.guid.toLowerCase();
      add(`hyperv_vnic_receive_bytes_total ${id} `, vnic.traffic.bytesReceived, later.traffic.bytesReceived);
      add(`hyperv_vnic_transmit_packets_total ${id} `, vnic.traffic.packetsSent, later.traffic.packetsSent);
    });
    const names = from.vms.map(({ name }) => name);
    from.vms.forEach((vm, i) => {
      // Two VMs of one name have no CPU counters of their own: the host's carry only the name.
      if (vm.processors.length === 0 || names.indexOf(vm.name) !== names.lastIndexOf(vm.name)) return;
      const cpu = (each: typeof vm) => sum(each.processors, ({ guest100ns }) => guest100ns) / 1e7;
      add(`hyperv_vm_cpu_seconds_total ${vm.id} guest`, cpu(vm), cpu(to.vms[i]!));
    });
    from.nics.forEach((nic, i) => {
      const label = nic.description.replace('(', '[').replace(')', ']').replace('#', '_');
      const bytes = ({ counters: { receivedBytes } }: typeof nic) => receivedBytes;
      add(`hyperv_nic_receive_bytes_total ${label} `, bytes(nic), bytes(to.nics[i]!));
    });
    from.vswitches.forEach(({ name, traffic }, i) => {
      add(`hyperv_vswitch_transmit_bytes_total ${name} `, traffic.bytesSent, to.vswitches[i]!.traffic.bytesSent);
    });
    const time = (list: typeof from.logicalProcessors, key: 'guest100ns' | 'idle100ns') =>
      sum(list, (each) => each[key]) / 1e7;
    add(
      'hyperv_root_cpu_seconds_total  guest',
      time(from.rootProcessors, 'guest100ns'),
      time(to.rootProcessors, 'guest100ns'),
    );
    add(
      'hyperv_host_cpu_seconds_total  idle',
      time(from.logicalProcessors, 'idle100ns'),
      time(to.logicalProcessors, 'idle100ns'),
    );
    return rates;
  }
});
