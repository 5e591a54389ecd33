import { byPart } from '../../src/document/document.ts';
import { Counter, Gauge, Registry } from 'prom-client';
import { systemClock } from '../../src/clock.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { TrackedHost, TrackedVnic } from '../../src/history/model.ts';
import type { Vnic } from '../../src/host/model.ts';
import type { MetricFamily, View } from '../../src/metrics/define.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import type { Figure } from './figure.ts';
import { measure } from './measure.ts';

const VNICS = 2048;
const SERIES_PER_VNIC = 25;
const RUNS = 15;

const guid = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const vnic = (n: number, poll: number): Vnic => ({
  id: guid(n),
  name: 'Network Adapter',
  vmId: guid(n >> 1),
  vmName: `app-server-${n >> 1}`,
  kind: 'synthetic',
  mac: '00:15:5D:00:00:01',
  vswitchName: 'Production',
  connected: true,
  iovWeight: 100,
  pathApplies: true,
  path: 'vf',
  offload: {
    queuePairsRequested: 1,
    queuePairsAssigned: 1,
    vmqWeight: 100,
    vmqAllocated: false,
    vrssEnabled: true,
    vmmqQueuePairs: 1,
    vmmqQueuePairsRequested: 16,
  },
  traffic: {
    receiveBytes: 1e9 + poll * 1e6 + n,
    transmitBytes: 1e9 + poll,
    receivePackets: poll * 100,
    transmitPackets: poll * 90,
    receiveDropped: 0,
    transmitDropped: 0,
  },
  counterInstance: `app-server-${n >> 1}_Network Adapter_${guid(n >> 1)}--${guid(n)}`,
  identityOnly: false,
});

/** A host of 2,048 vNICs on their VFs and nothing else: 25 series each, 51,200 in all. */
function viewAt(poll: number): View {
  const vnics = Array.from({ length: VNICS }, (_, n) => vnic(n, poll));
  const path: TrackedVnic = {
    path: 'vf',
    since: 1.7e12,
    transitionsTo: { vf: 1, synthetic: 0 },
    recentChanges: [],
  };
  const off = {
    enabled: false,
    tried: false,
    success: false,
    intervalSeconds: 60,
    polls: { ok: 0, failed: 0, timeout: 0, starting: 0, skipped: 0 },
    sources: new Map(),
  };
  const rate = () => undefined;
  const diagnosis = {
    fallback: false,
    vfRequested: true,
    findings: ['vmmq_clamped', 'vf_oversubscribed', 'vm_name_shared'].map((id) => ({
      id,
      severity: 'info' as const,
      detail: '',
    })),
  };
  const tracked: TrackedHost = {
    host: {
      inventorySequence: poll,
      platform: {},
      nics: [],
      vswitches: [],
      vms: [],
      vnics,
      vfs: [],
      vports: [],
      vmQueues: [],
      cpu: {},
      processes: [],
      sources: new Map(),
      unmatched: new Map(),
    },
    now: 1.7e12,
    vnics: new Map(vnics.map(({ id }) => [id, path])),
    transitions: [],
    rates: { vnicReceivePackets: rate, vnicReceiveBytes: rate, vnicTransmitBytes: rate, vmGuestCpu: rate },
  };
  return {
    tracked,
    diagnosis: {
      ...diagnose({ ...tracked, host: { ...tracked.host, vnics: [] } }, () => true),
      vnics: new Map(vnics.map(({ id }) => [id, diagnosis])),
    },
    collection: { simulated: true, now: 1.7e12, parts: byPart(() => off) },
  };
}

/** The usual method: reset each metric, set each sample, render all at once. Counters can only be incremented. */
function usualWay(families: readonly MetricFamily[]): () => Promise<string> {
  const register = new Registry();
  const metrics = families.map(({ name, help, type, samples }) => {
    const labelNames = [...new Set(samples.flatMap(({ shared, labels }) => Object.keys({ ...shared, ...labels })))];
    const configuration = { name, help, labelNames, registers: [register] };
    return type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  });
  return () => {
    families.forEach(({ samples }, index) => {
      const metric = metrics[index];
      metric?.reset();
      for (const { shared, labels, value } of samples) metric?.inc({ ...shared, ...labels }, value);
    });
    return register.metrics();
  };
}

/** One render of 51,200 series against the usual method of prom-client: time, and how long the event loop is held. */
export async function bench(): Promise<Figure> {
  const exposition = createExposition(systemClock);
  const views = Array.from({ length: RUNS + 10 }, (_, poll) => viewAt(poll));
  const ours = await measure((run) => exposition.update(views[run % views.length] ?? viewAt(run)));
  const families = await exposition.update(viewAt(0));
  const series = families.reduce((sum, { samples }) => sum + samples.length, 0);
  if (series < VNICS * SERIES_PER_VNIC) throw new Error(`the bench's host has only ${series} series`);
  const usual = await measure(usualWay(families));
  const body = (await exposition.body('text')).plain();
  return {
    name: `exposition of ${series} series, ${(body.length / 1e6).toFixed(1)} MB`,
    ratios: {
      'time against the usual method': { value: ours.ms / usual.ms, atMost: 0.5 },
      'longest block against the usual method': { value: ours.blockMs / usual.blockMs, atMost: 0.5 },
    },
    numbers: {
      'render, ms': ours.ms,
      'usual method, ms': usual.ms,
      'longest block, ms': ours.blockMs,
      'usual method, longest block, ms': usual.blockMs,
    },
  };
}
