import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createDemoReader, type DemoReader } from '../../src/simulated-host/reader.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { windows } from '../../src/document/enumerations.ts';
import { type Backfill, backfill } from '../support/backfill.ts';
import type { LooseDocument } from '../support/documents.ts';
import { type AcceptProxy, startAcceptProxy } from '../support/servers/accept-proxy.ts';
import { type RunningAgent, startAgent } from '../support/servers/agent.ts';
import { type InstantSample, type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { simulateHost } from '../support/simulated-host.ts';
import { describeWith } from '../support/tools.ts';
import { rates, type Truth, TRUTHS } from './demo-truth.ts';

const WITHIN = 0.02;

/** Compares every rate that a query gave, over so many seconds, with the truth's. */
function compare(
  { metric, label, unit }: Truth,
  truth: ReadonlyMap<string, number>,
  seen: readonly InstantSample[],
  seconds: number,
): void {
  // Counts are whole at both ends.
  const rounding = (2 * unit) / seconds;
  const off = seen.flatMap(({ metric: labels, value: [, text] }) => {
    const expected = truth.get(labels[label] ?? '') ?? Number.NaN;
    return Math.abs(Number(text) - expected) <= WITHIN * expected + rounding ? [] : [{ labels, text, expected }];
  });
  expect([metric, off]).toEqual([metric, []]);
  expect([metric, seen.length > 0]).toEqual([metric, true]);
}

/** A demo host in a test's hands: its documents can be bent, its part of activity broken, its time moved ahead. */
function bendable(): { reader: HostReader; demo: DemoReader; bend: Bend } {
  const bend: Bend = { ahead: 0, document: (document) => document };
  const clock: Clock = {
    now: () => systemClock.now() + bend.ahead,
    monotonic: () => systemClock.monotonic() + bend.ahead,
  };
  const demo = createDemoReader({ seed: 1, scenario: 'set-team', clock });
  const read = async (...of: Parameters<HostReader['read']>) =>
    bend.document((await demo.read(...of)) as LooseDocument);
  return { demo, bend, reader: { ...demo, read } };
}
interface Bend {
  ahead: number;
  document: (document: LooseDocument) => LooseDocument;
}

/** Leaves a VM out of every source of a document. */
function without(document: LooseDocument, vm: { readonly id: string; readonly name: string }, status: string) {
  for (const [name, source] of Object.entries(document.sources)) {
    const rows = source.rows.filter((row) => !JSON.stringify(row).toLowerCase().includes(vm.id.toLowerCase()));
    if (rows.length < source.rows.length)
      Object.assign(source, { rows, status: document.part === 'inventory' ? status : 'ok' });
    if (name === 'counters_virtual_processor')
      source.rows = source.rows.filter((row) => !String(row['instance']).startsWith(`${vm.name}:`));
  }
  return document;
}

describeWith(['prometheus', 'promtool'], 'a real Prometheus on the demo host', () => {
  const { demo, bend, reader } = bendable();
  let agent: RunningAgent;
  let proxy: AcceptProxy;
  let prometheus: Prometheus;

  beforeAll(async () => {
    agent = await startAgent(reader, { 'poll.activity.interval': '1s', 'poll.inventory.interval': '1s' });
    proxy = await startAcceptProxy(agent.port, 'text/plain;version=0.0.4');
    const target = (job: string, port: number) => ({
      job_name: job,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    });
    prometheus = await startPrometheus({
      config: { scrape_configs: [target('hyperv-sriov', agent.port), target('as-text', proxy.port)] },
    });
    await until('both are scraped', async () => (await prometheus.value('count(up == 1)')) === 2);
  });

  afterAll(async () => {
    await Promise.all([prometheus?.stop(), proxy?.stop(), agent?.close()]);
  });

  const has = async (selector: string) => ((await prometheus.value(`count(${selector})`)) ?? 0) > 0;
  const JOB = 'job="hyperv-sriov"';
  const success = (collector: string, name: string) =>
    prometheus.value(`hyperv_exporter_source_success{collector="${collector}",source="${name}",${JOB}}`);

  it('has every series of the exposition, from both text formats', async () => {
    const lines = async () => {
      const text = await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).text();
      const counts = new Map<string, number>();
      for (const [, name = ''] of text.matchAll(/^(hyperv_\w+)[{ ]/gm)) counts.set(name, (counts.get(name) ?? 0) + 1);
      return counts;
    };
    for (const job of ['hyperv-sriov', 'as-text'])
      await until(`the series counts of ${job} match`, async () => {
        const expected = await lines();
        const seen = await prometheus.query(`count by (__name__) ({__name__=~"hyperv_.+", job="${job}"})`);
        const counts = seen.map(({ metric, value }) => [metric['__name__'] ?? '', Number(value[1])] as const);
        expect(new Map(counts)).toEqual(expected);
        return expected.size > 90;
      });
    expect([...proxy.types]).toEqual(['text/plain; version=0.0.4; charset=utf-8']);
  });

  it('has counters that grow as the simulation does, within 2 %', async () => {
    // Ten seconds and more; what is divided by is the host's own time between the two readings.
    const AT = `hyperv_exporter_collector_last_success_timestamp_seconds{collector="activity",${JOB}}`;
    const readings = async () => {
      // A scrape has the time at which it began: one that is still on its way must not come between two queries.
      const moment = systemClock.now() / 1000 - 3;
      const at = await prometheus.value(AT, moment);
      return at !== undefined && { at, moment };
    };
    const first = await until('a first reading', readings);
    const second = await until('a while has passed', async () => {
      const next = await readings();
      return next && next.at - first.at >= 10 && next;
    });
    for (const truth of TRUTHS) {
      const expected = rates(truth, demo.world, first.at, second.at);
      const name = truth.metric.includes('{') ? truth.metric.replace('}', `,${JOB}}`) : `${truth.metric}{${JOB}}`;
      const before = new Map(
        (await prometheus.query(name, first.moment)).map(({ metric, value }) => [JSON.stringify(metric), value[1]]),
      );
      const growth = (await prometheus.query(name, second.moment)).flatMap(({ metric, value: [at, text] }) => {
        const former = before.get(JSON.stringify(metric));
        const rate = (Number(text) - Number(former)) / (second.at - first.at);
        return former === undefined ? [] : [{ metric, value: [at, String(rate)] as const }];
      });
      compare(truth, expected, growth, second.at - first.at);
    }
  });

  it('loses the series of a deleted VM at once, and keeps those of one that a partial document lacks', async () => {
    const all = demo
      .world(bendNow())
      .vms.filter(({ state, unreadable }) => state === windows.VMState.Running && unreadable === undefined);
    const [deleted, missing] = all.slice(2, 4);
    if (deleted === undefined || missing === undefined) throw new Error('the demo host has too few VMs');
    const series = (vm: { id: string }) => `{__name__=~"hyperv_(vm|vnic).*",vm_id="${vm.id}",${JOB}}`;
    expect(await has(series(deleted))).toBe(true);
    bend.document = (document) => without(document, deleted, 'ok');
    await until('the deleted VM is gone', async () => !(await has(series(deleted))));
    // Gone by staleness markers: Prometheus would show what it only lost for five minutes more.
    bend.document = (document) => without(document, missing, 'partial');
    await until('a partial document has come', async () =>
      has(`hyperv_vnic_info{vm_id="${missing.id}",${JOB}} unless on (vnic_id) hyperv_vnic_vf_active`),
    );
    expect(await success('inventory', 'vm')).toBe(1);
    bend.document = (document) => document;
    await until('both are back', async () =>
      has(`hyperv_vnic_vf_active{vm_id="${missing.id}",${JOB}} and on () hyperv_vm_info{vm_id="${deleted.id}"}`),
    );
  });

  it('loses the series of an expired source of the part activity while its success is 0', async () => {
    const counters = `hyperv_vnic_receive_bytes_total{${JOB}}`;
    expect(await has(counters)).toBe(true);
    const name = 'counters_virtual_network_adapter';
    bend.document = (document) => {
      if (document.part === 'activity')
        Object.assign(document.sources[name]!, {
          status: 'failed',
          rows: [],
          errors: ['the provider does not answer'],
        });
      return document;
    };
    await until('they are gone', async () => !(await has(counters)));
    expect(await success('activity', name)).toBe(0);
    expect(await success('activity', 'net_adapter_statistics')).toBe(1);
    expect(await has(`hyperv_nic_receive_bytes_total{${JOB}}`)).toBe(true);
    bend.document = (document) => document;
    await until('they are back', () => has(counters));
  });

  it('loses the series of an expired inventory, and keeps the counters of identified vNICs', async () => {
    bend.document = (document) => {
      if (document.part === 'inventory') throw new Error('vmms does not answer');
      return document;
    };
    await until('inventory fails', async () => (await success('inventory', 'vm')) === 1 && collectorFails());
    expect(await has(`hyperv_vnic_vf_active{${JOB}}`)).toBe(true);
    bend.ahead += 5 * 60_000 + 1000;
    await until('they are gone', async () => !(await has(`hyperv_vnic_vf_active{${JOB}}`)));
    expect(await success('inventory', 'vm_network_adapter')).toBe(0);
    await until('counters go on', () => has(`hyperv_vnic_receive_bytes_total{${JOB}}`));
    expect(await has(`hyperv_vnic_info{${JOB}}`)).toBe(true);
  });

  it('has logged no warning', () => {
    const lines = prometheus.log().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => /level=(warn|error)/.test(line))).toEqual([]);
  });

  const bendNow = () => systemClock.now() + bend.ahead;
  const collectorFails = async () =>
    (await prometheus.value(`hyperv_exporter_collector_success{collector="inventory",${JOB}}`)) === 0;
});

describeWith(['prometheus', 'promtool'], "rate() over an hour of the demo host's past", () => {
  let past: Backfill;
  let prometheus: Prometheus;
  const names = new Set(TRUTHS.map(({ metric }) => metric.replace(/(_total)?(\{.*)?$/, '')));

  beforeAll(async () => {
    past = await backfill({
      hosts: [{ scenario: 'set-team', seed: 1 }],
      seconds: 3600,
      keep: (family) => names.has(family),
    });
    prometheus = await startPrometheus({ data: past.data });
  });
  afterAll(async () => {
    await prometheus?.stop();
    past?.remove();
  });

  describe('is within 2 % of the simulated values', () => {
    it.each(TRUTHS.map((truth) => [truth.metric, truth] as const))('%s', async (metric, truth) => {
      const host = simulateHost('set-team', { seed: 1 });
      const expected = rates(truth, host.world, past.end - 1800, past.end);
      await host.close();
      const seen = await prometheus.query(`rate(${metric.replace(/(\{.*\})?$/, '$1[30m]')})`, past.end);
      compare(truth, expected, seen, 1800);
    });
  });
});
