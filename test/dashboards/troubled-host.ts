import type { HostSource } from '../../src/collect/source.ts';
import { type Part, PARTS } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import type { BackfilledHost } from '../support/backfill.ts';
import { NOON } from '../support/simulated-host.ts';

/** Seconds after the start */
export const TROUBLE = { from: 600, to: 1800 } as const;
const ALERTMANAGERS = ['http://alertmanager-1:9093', 'http://alertmanager-2:9093'] as const;

const everyPart = (value: number) => Object.fromEntries(PARTS.map((part) => [part, value])) as Record<Part, number>;

interface RawSource {
  status: string;
  errors: string[];
  rows: unknown[];
}

/** Spoils the documents of a demo host once its trouble has begun. */
function spoiled(demo: HostSource): HostSource {
  const seconds = () => (demo.clock.now() - NOON) / 1000;
  return {
    ...demo,
    async read(part, signal) {
      const raw = await demo.read(part, signal);
      if (seconds() < TROUBLE.from) return raw;
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
    stats: () => ({
      calls: everyPart(1 + Math.floor(seconds() / 60)),
      restarts: everyPart(Math.floor(seconds() / 600)),
      frameBytes: everyPart(40_000),
      childCpuSeconds: everyPart(seconds() / 50),
      childResidentBytes: everyPart(90e6),
    }),
  };
}

/**
 * A host on which what should not happen does: the cluster service and one cmdlet fail, rows are unreadable or of nobody, one of
 * two Alertmanagers is away, the disk of the journal is full; in the end the agent itself is gone.
 */
export const troubledHost: BackfilledHost = {
  scenario: 'cluster',
  seed: 4,
  until: TROUBLE.to,
  simulate: { wrap: spoiled, journal: () => ({ writable: false, eventsTotal: 7 }) },
  count(metrics, seconds) {
    const [near, far] = ALERTMANAGERS;
    for (const each of ALERTMANAGERS) metrics.alertmanager(each);
    metrics.notificationsSent(near, 2);
    if (seconds < TROUBLE.from) return;
    metrics.notificationErrors(far, 2);
    metrics.notificationsDropped(far, 1);
    metrics.notificationQueueLength(3);
  },
};
