import { connect, type Socket } from 'node:net';
import type { Part } from '../../src/document/document.ts';
import type { SoakHost } from './host.ts';
import type { Metrics } from './metrics.ts';

/** Something that goes wrong, and how the metrics show that it does and that it is over. */
export interface Fault {
  readonly name: string;
  /** The part whose polls are counted until it is over */
  readonly part: Part;
  /** How it is seen, for the report: a metric of the catalogue */
  readonly metric: string;
  begin(host: SoakHost): void | Promise<void>;
  end(host: SoakHost): void | Promise<void>;
  /** @param before the metrics before it began */
  seen(metrics: Metrics, before: Metrics, host: SoakHost): boolean;
  over(metrics: Metrics, before: Metrics, host: SoakHost): boolean;
  /** It changes what the host reports, so that events are due */
  readonly withEvents?: boolean;
}

const HOUR = 3_600_000;
const SUCCESS = 'hyperv_exporter_collector_success';

/** A shell that does not answer a part as it should. */
const badShell = (name: string, fault: string, part: Part, result: 'failed' | 'timeout' = 'failed'): Fault => ({
  name: `${name} (${part})`,
  part,
  metric: SUCCESS,
  begin: (host) => host.tell({ faults: { [part]: fault } }),
  end: (host) => host.tell({ faults: {} }),
  seen: (metrics, before) => {
    const count = (from: Metrics) =>
      from.value('hyperv_exporter_polls_total', `collector="${part}",result="${result}"`) ?? 0;
    return !metrics.success(part) && count(metrics) > count(before);
  },
  over: (metrics) => metrics.success(part),
});

const restarts = (metrics: Metrics) => metrics.sum('hyperv_exporter_powershell_restarts_total');
const clockOf = (metrics: Metrics) => metrics.value('hyperv_exporter_clock_timestamp_seconds') ?? Number.NaN;
const lastSuccess = (metrics: Metrics, part: Part) =>
  metrics.value('hyperv_exporter_collector_last_success_timestamp_seconds', `collector="${part}"`) ?? Number.NaN;

/** Both parts have been read at the time that the clock has now. */
const readSince = (metrics: Metrics): boolean =>
  (['inventory', 'activity'] as const).every(
    (part) => Math.abs(clockOf(metrics) - lastSuccess(metrics, part)) < 90 && metrics.success(part),
  );

const clockSet = (name: string, ms: number): Fault => ({
  name,
  part: 'inventory',
  metric: 'hyperv_exporter_clock_timestamp_seconds',
  begin: (host) => host.time.setClock(ms),
  end: () => {},
  seen: (metrics, before) => Math.abs(clockOf(metrics) - clockOf(before) - ms / 1000) < 300,
  over: readSince,
});

const REFUSED = 'hyperv_exporter_http_connections_refused_total';
const refused = (metrics: Metrics) => metrics.value(REFUSED, 'limit="client"') ?? 0;

/** More connections of one client than it may have, each with half a request. */
function halfOpen(): Fault {
  let sockets: Socket[] = [];
  return {
    name: 'half-open connections',
    part: 'activity',
    metric: REFUSED,
    async begin({ port }) {
      sockets = Array.from({ length: 100 }, () => {
        // Another client than the scraper.
        const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
        socket.on('error', () => {});
        socket.write('GET /metrics HTTP/1.1\r\nhost: ');
        return socket;
      });
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
      );
    },
    end() {
      for (const socket of sockets) socket.destroy();
    },
    seen: (metrics, before) => refused(metrics) > refused(before),
    over: (metrics) => metrics.success('activity'),
  };
}

const RELOADED = 'hyperv_exporter_config_last_reload_successful';
const reloadStorm: Fault = {
  name: 'reloads of a faulty file, 200 at once',
  part: 'activity',
  metric: RELOADED,
  async begin(host) {
    host.broken(true);
    await Promise.allSettled(Array.from({ length: 200 }, () => host.reload()));
  },
  async end(host) {
    host.broken(false);
    await Promise.all(Array.from({ length: 200 }, () => host.reload()));
  },
  seen: (metrics) => metrics.value(RELOADED) === 0,
  over: (metrics) => metrics.value(RELOADED) === 1,
};

const WRITABLE = 'hyperv_exporter_journal_writable';
const diskFull: Fault = {
  name: 'disk full',
  part: 'inventory',
  metric: WRITABLE,
  withEvents: true,
  begin(host) {
    host.diskFull(true);
    // Something to write: a vNIC leaves its VF, and is back when the disk has room again.
    host.tell({ scenario: 'guest-driver-missing', startedAt: host.time.now - HOUR });
  },
  end(host) {
    host.diskFull(false);
    host.tell({ scenario: 'healthy', startedAt: host.time.now - HOUR });
  },
  seen: (metrics) => metrics.value(WRITABLE) === 0,
  over: (metrics) => metrics.value(WRITABLE) === 1,
};

/** Every fault, in the order in which they come; the clock is set back as far as it was set forward. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'all shells killed',
    part: 'inventory',
    metric: 'hyperv_exporter_powershell_restarts_total',
    begin: (host) => host.kill(),
    end: () => {},
    seen: (metrics, before) => restarts(metrics) > restarts(before),
    over: (metrics) => metrics.success('inventory') && metrics.success('activity'),
  },
  badShell('shell exits while asked', 'exit-3', 'inventory'),
  badShell('shell hangs', 'hang', 'inventory', 'timeout'),
  badShell('shell hangs', 'hang', 'activity', 'timeout'),
  {
    name: 'slow shell (activity)',
    part: 'activity',
    metric: 'hyperv_exporter_collector_duration_seconds',
    begin: (host) => host.tell({ faults: { activity: 'slow' } }),
    end: (host) => host.tell({ faults: {} }),
    seen: (metrics) => slowness(metrics) >= 4.5 && metrics.success('activity'),
    over: (metrics) => slowness(metrics) < 4.5 && metrics.success('activity'),
  },
  badShell('garbage', 'garbage', 'inventory'),
  badShell('endless output', 'endless', 'activity'),
  badShell('frame cut', 'truncated', 'activity'),
  badShell('wrong checksum', 'wrong-checksum', 'inventory'),
  clockSet('clock set forward by an hour', HOUR),
  badShell('error of the module', 'error-frame', 'inventory'),
  clockSet('clock set back by an hour', -HOUR),
  halfOpen(),
  reloadStorm,
  diskFull,
];

const slowness = (metrics: Metrics): number =>
  metrics.value('hyperv_exporter_collector_duration_seconds', 'collector="activity"') ?? 0;
