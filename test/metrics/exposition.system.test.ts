import { spawnSync } from 'node:child_process';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/body.ts';
import { systemClock } from '../../src/clock.ts';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import type { View } from '../../src/metrics/define.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { renderFamily } from '../../src/metrics/render.ts';
import { createProcessMetrics } from '../../src/metrics/process.ts';
import { describeWith, PYTHON, tool } from '../support/tools.ts';
import { collection, part, viewOf } from '../support/hand-made/view.ts';

const HOSTILE = 'a"b\\c\nd } 1 ü 仮想 {e="f"}';

/** A small host with two VMs, one of a name chosen to break the format. */
const view = (guestSeconds = 1.5, name = 'sql01') =>
  viewOf({
    host: {
      platform: { iovSupported: true },
      vms: [
        ['6f1c3b52-0000-4000-8000-000000000001', name],
        ['6f1c3b52-0000-4000-8000-000000000002', HOSTILE],
      ].map(([id = '', vm = '']) => ({
        id,
        name: vm,
        real: true,
        identityOnly: false,
        nameShared: false,
        state: 'running',
        cpu: { guestSeconds, instances: 1 },
      })),
    },
    collection: collection({ inventory: part({ polls: { ok: 1, failed: 0, timeout: 0, starting: 0, skipped: 0 } }) }),
  });

const text = async (body: Promise<Body>) => (await body).plain().toString();

describe('exposition', () => {
  it('is Prometheus text, HELP and TYPE included', async () => {
    const exposition = createExposition(systemClock);
    await exposition.update(viewOf({ host: { platform: { logicalProcessors: 32 }, cpu: { rootGuestSeconds: 2 } } }));
    const body = await exposition.body('text');
    expect(body.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body.plain().toString()).toBe(`\
# HELP hyperv_host_logical_processors Number of logical processors of the host. Source: Get-VMHost LogicalProcessorCount.
# TYPE hyperv_host_logical_processors gauge
hyperv_host_logical_processors 32
# HELP hyperv_root_cpu_seconds_total Processor time of the root partition, in seconds, by state: guest or hypervisor. Traffic on the synthetic path costs time here. Source: counter set Hyper-V Hypervisor Root Virtual Processor.
# TYPE hyperv_root_cpu_seconds_total counter
hyperv_root_cpu_seconds_total{state="guest"} 2
# HELP hyperv_exporter_simulated Whether the host is a simulated one: 1 if so, and no number is of a real host; 0 if not. Source: the agent itself.
# TYPE hyperv_exporter_simulated gauge
hyperv_exporter_simulated 0
`);
  });

  it('is OpenMetrics with the same samples, counter families without _total, and an end', async () => {
    const exposition = createExposition(systemClock);
    await exposition.update(viewOf({ host: { cpu: { rootGuestSeconds: 2 } } }));
    const body = await exposition.body('openmetrics');
    expect(body.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const lines = body.plain().toString().split('\n');
    expect(lines[0]).toMatch(/^# HELP hyperv_root_cpu_seconds Processor time of the root/);
    expect(lines.slice(1, 3)).toEqual([
      '# TYPE hyperv_root_cpu_seconds counter',
      'hyperv_root_cpu_seconds_total{state="guest"} 2',
    ]);
    expect(lines.slice(-3)).toEqual(['hyperv_exporter_simulated 0', '# EOF', '']);
  });

  it('is empty before the first update, without an error', async () => {
    const exposition = createExposition(systemClock);
    expect(await text(exposition.body('text'))).toBe('');
    expect(await text(exposition.body('openmetrics'))).toBe('# EOF\n');
    expect(gunzipSync(await (await exposition.body('openmetrics')).compressed()).toString()).toBe('# EOF\n');
  });

  it('escapes any VM name', async () => {
    const exposition = createExposition(systemClock);
    await exposition.update(view());
    expect((await text(exposition.body('text'))).split('\n')).toContain(
      String.raw`hyperv_vm_running{vm="a\"b\\c\nd } 1 ü 仮想 {e=\"f\"}",vm_id="6f1c3b52-0000-4000-8000-000000000002"} 1`,
    );
  });

  it.each([
    ['text', true],
    ['text', false],
    ['openmetrics', true],
    ['openmetrics', false],
  ] as const)('compressed %s is the same text, with metrics of the process: %s', async (kind, withProcess) => {
    const exposition = createExposition(systemClock, withProcess ? createProcessMetrics(systemClock) : undefined);
    // gunzip checks length and checksum; a stream of more than one member would end early in other clients.
    for (const time of ['before the first update', 'after it']) {
      if (time === 'after it') await exposition.update(view());
      const shown = await exposition.body(kind);
      const [plain, body] = [shown.plain(), await shown.compressed()];
      expect(gunzipSync(body).toString(), time).toBe(plain.toString());
      expect(inflateRawSync(body.subarray(10, -8)).length, time).toBe(plain.length);
    }
  });

  it('serves the same bytes until the next update, which renders the process metrics again', async () => {
    const metrics = createProcessMetrics(systemClock);
    const exposition = createExposition(systemClock, metrics);
    const queue = async () =>
      /^hyperv_exporter_notifications_queue_length (\d+)$/m.exec(await text(exposition.body('text')))?.[1];
    metrics.notificationQueueLength(1);
    expect(await queue()).toBe('1');
    await exposition.update(view());
    const first = await exposition.body('text');
    await first.compressed();
    metrics.notificationQueueLength(2);
    expect(await queue()).toBe('1');
    expect(await exposition.body('text')).toBe(first);
    expect(first.life.retired).toBe(false);
    await exposition.update(view());
    expect(await queue()).toBe('2');
    const next = await exposition.body('text');
    expect([next === first, first.life.retired, next.life.retired]).toEqual([false, true, false]);
  });

  it.each([
    ['a large exposition', 'x'.repeat(300_000), true],
    ['a small one', 'x', false],
  ])('%s that a client took compressed', async (_, name, before) => {
    const exposition = createExposition(systemClock);
    await exposition.update(view(1, name));
    await (await exposition.body('text')).compressed();
    for (const seconds of [2, 3]) {
      await exposition.update(view(seconds, name));
      const next = await exposition.body('text');
      expect(next.size > 1e6).toBe(before);
      expect([next.isCompressed, (await exposition.body('openmetrics')).isCompressed]).toEqual([before, false]);
    }
  });

  it('shows the last of several simultaneous updates', async () => {
    const exposition = createExposition(systemClock);
    const [families] = await Promise.all([1, 2, 3].map((vms) => exposition.update(view(vms))));
    const lines = (await text(exposition.body('text'))).match(/^hyperv_vm_cpu_seconds_total.*$/gm);
    expect(lines?.map((line) => line.slice(-2))).toEqual([' 3', ' 3']);
    expect(families?.find(({ name }) => name === 'hyperv_vm_cpu_seconds_total')?.samples).toHaveLength(2);
  });

  it('keeps no families where nobody needs them, and has the same text', async () => {
    const [exposition, other] = [createExposition(systemClock, undefined, false), createExposition(systemClock)];
    expect([await exposition.update(view()), (await other.update(view())).length]).toEqual([[], catalogue.length]);
    expect(await text(exposition.body('text'))).toBe(await text(other.body('text')));
  });

  it('keeps the previous text when a view cannot be rendered, and continues', async () => {
    const exposition = createExposition(systemClock);
    await exposition.update(view(1));
    const broken: View = {
      ...view(2),
      get tracked(): never {
        throw new TypeError('broken');
      },
    };
    await expect(exposition.update(broken)).rejects.toThrow(TypeError);
    expect(await text(exposition.body('text'))).toMatch(/hyperv_vm_cpu_seconds_total.* 1$/m);
    await exposition.update(view(3));
    expect(await text(exposition.body('text'))).toMatch(/hyperv_vm_cpu_seconds_total.* 3$/m);
  });
});

describe('the process', () => {
  it('shows its metrics after those of the host', async () => {
    const clock = { now: () => 1_767_323_045_000, monotonic: () => 0 };
    const metrics = createProcessMetrics(clock);
    metrics.buildInfo('1.2.3');
    metrics.configLoaded(true);
    metrics.configLoaded(false);
    metrics.alertmanager('http://am1:9093');
    metrics.notificationsSent('http://am1:9093', 3);
    metrics.notificationQueueLength(2);
    const lines = (await text(createExposition(clock, metrics).body('text'))).split('\n');
    expect(lines.filter((line) => line.startsWith('hyperv_'))).toEqual([
      `hyperv_exporter_build_info{version="1.2.3",node_version="${process.version}"} 1`,
      'hyperv_exporter_config_last_reload_successful 0',
      'hyperv_exporter_config_last_reload_success_timestamp_seconds 1767323045',
      'hyperv_exporter_clock_timestamp_seconds 1767323045',
      'hyperv_exporter_http_connections_refused_total{limit="client"} 0',
      'hyperv_exporter_http_connections_refused_total{limit="server"} 0',
      'hyperv_exporter_http_connections_refused_total{limit="pipelining"} 0',
      'hyperv_exporter_http_slow_answers_ended_total 0',
      'hyperv_exporter_notifications_sent_total{alertmanager="http://am1:9093"} 3',
      'hyperv_exporter_notifications_errors_total{alertmanager="http://am1:9093"} 0',
      'hyperv_exporter_notifications_dropped_total{alertmanager="http://am1:9093"} 0',
      'hyperv_exporter_notifications_queue_length 2',
    ]);
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
    expect(lines.some((line) => line.startsWith('nodejs_heap_size_used_bytes '))).toBe(true);
  });

  it('shows when its certificate expires if it serves TLS', async () => {
    const metrics = createProcessMetrics(systemClock);
    const shown = async () => /^hyperv_exporter_tls_\S+ (\S+)$/m.exec(await metrics.render())?.[1];
    expect(await shown()).toBeUndefined();
    metrics.certificateExpires(1_767_323_045_000);
    expect(await shown()).toBe('1767323045');
    metrics.certificateExpires(undefined);
    expect(await shown()).toBeUndefined();
  });
});

async function served(kind: 'text' | 'openmetrics'): Promise<string> {
  const exposition = createExposition(systemClock, createProcessMetrics(systemClock));
  await exposition.update(view());
  return text(exposition.body(kind));
}

describeWith(['promtool'], 'promtool check metrics', () => {
  it('accepts every row of the catalogue', async () => {
    const families = catalogue.map(({ name, type, help }) =>
      renderFamily({ name, type, help, samples: [{ value: 1 }] }),
    );
    const input = (await Promise.all(families)).map((family) => `${family?.text}${family?.samples}\n`).join('');
    const { status, stderr } = spawnSync(tool('promtool'), ['check', 'metrics'], { input });
    expect([status, stderr.toString()]).toEqual([0, '']);
  });

  it('has nothing to say', async () => {
    const { status, stdout, stderr } = spawnSync(tool('promtool'), ['check', 'metrics'], {
      input: await served('text'),
    });
    expect([status, stdout.toString(), stderr.toString()]).toEqual([0, '', '']);
  });
});

describeWith(['python3-prometheus-client'], "Prometheus' own OpenMetrics parser", () => {
  it('reads the same names and values', async () => {
    const script = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(json.dumps([[f.name, f.type, s.name, s.labels, s.value] for f in parse(sys.stdin.read()) for s in f.samples]))`;
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script], {
      input: await served('openmetrics'),
    });
    expect([status, stderr.toString()]).toEqual([0, '']);
    const samples: unknown[][] = JSON.parse(stdout.toString());
    expect(samples).toContainEqual([
      'hyperv_vm_cpu_seconds',
      'counter',
      'hyperv_vm_cpu_seconds_total',
      { vm: HOSTILE, vm_id: '6f1c3b52-0000-4000-8000-000000000002', state: 'guest' },
      1.5,
    ]);
  });
});
