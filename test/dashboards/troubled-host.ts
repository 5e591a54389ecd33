import type { HostReader } from '../../src/collect/host-reader.ts';
import { type Part, PARTS } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import type { BackfilledHost } from '../support/backfill.ts';
import { NOON } from '../support/simulated-host.ts';

/** What an agent under Windows has beside its host's data: PowerShell processes, two Alertmanagers, a journal. */
const seconds = (demo: HostReader): number => (demo.clock.now() - NOON) / 1000;
export const pushing: Pick<BackfilledHost, 'simulate' | 'count'> = {
  simulate: { wrap: withPowerShell, journal: () => ({ writable: true, eventsTotal: 7 }) },
  count(metrics) {
    for (const each of ALERTMANAGERS) metrics.alertmanager(each);
    metrics.notificationsSent(ALERTMANAGERS[0], 2);
  },
};

const ALERTMANAGERS = ['http://alertmanager-1:9093', 'http://alertmanager-2:9093'] as const;
const everyPart = (value: number) => Object.fromEntries(PARTS.map((part) => [part, value])) as Record<Part, number>;

function withPowerShell(demo: HostReader): HostReader {
  return {
    ...demo,
    stats: () => ({
      calls: everyPart(1 + Math.floor(seconds(demo) / 60)),
      restarts: everyPart(Math.floor(seconds(demo) / 600)),
      frameBytes: everyPart(40_000),
      childCpuSeconds: everyPart(seconds(demo) / 50),
      childResidentBytes: everyPart(90e6),
    }),
  };
}

interface RawSource {
  status: string;
  errors: string[];
  rows: unknown[];
}

/** Spoils the documents of a demo host once its trouble has begun. */
const spoiled = (demo: HostReader, from: number): HostReader => ({
  ...withPowerShell(demo),
  async read(part, signal) {
    const raw = await demo.read(part, signal);
    if (seconds(demo) < from) return raw;
    if (part === 'cluster') throw new OperationalError('poll_failed', 'The cluster service does not answer.');
    const { sources } = raw as { sources: Record<string, RawSource> };
    if (part === 'inventory')
      sources['net_adapter_vport'] = { status: 'failed', errors: ['Access is denied.'], rows: [] };
    if (part === 'activity') {
      sources['net_adapter_statistics']?.rows.push({ nonsense: true });
      const stranger = { instance: 'A VM that inventory does not know', values: {} };
      sources['counters_virtual_network_adapter']?.rows.push(stranger);
    }
    return raw;
  },
});

/**
 * A host on which what should not happen does, `from` some seconds on: the cluster service and one cmdlet fail, rows are
 * unusable or match nothing, one of two Alertmanagers is away, the disk of the journal is full.
 */
export const troubledHost = (seed: number, from: number): BackfilledHost => ({
  scenario: 'cluster',
  seed,
  simulate: { wrap: (demo) => spoiled(demo, from), journal: () => ({ writable: false, eventsTotal: 7 }) },
  count(metrics, now) {
    pushing.count?.(metrics, now);
    if (now < from) return;
    metrics.notificationErrors(ALERTMANAGERS[1], 2);
    metrics.notificationsDropped(ALERTMANAGERS[1], 1);
    metrics.notificationQueueLength(3);
  },
});
