import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import { processMetrics as rows } from './catalogue/process.ts';

/** Metrics of this process: set by those who act, rendered live at the scrape. */
export interface ProcessMetrics {
  buildInfo(version: string): void;
  /** A load of the configuration ended; only a good one moves the time. */
  configLoaded(success: boolean): void;
  /** When the certificate that is served expires, Unix milliseconds; undefined where none is served. */
  certificateExpires(at: number | undefined): void;
  /** A connection was closed at once because a limit was reached. */
  connectionRefused(limit: 'client' | 'server' | 'pipelining'): void;
  /** Kinds of files of the state folder: their counters exist at 0 from then on. */
  stateFiles(files: readonly string[]): void;
  /** A file of the state folder could not be saved. */
  saveFailed(file: string): void;
  /** So many answers were ended because their clients read too slowly. */
  slowAnswersEnded(answers: number): void;
  /** An Alertmanager that is configured: its counters exist at 0 from then on. */
  alertmanager(url: string): void;
  notificationsSent(alertmanager: string, alerts: number): void;
  notificationErrors(alertmanager: string, alerts: number): void;
  notificationsDropped(alertmanager: string, alerts: number): void;
  notificationQueueLength(alerts: number): void;
  /** Prometheus text, `process_*` and `nodejs_*` included */
  render(): Promise<string>;
}

/** prom-client names three gauges `…_total`, which promtool refuses. */
const REFUSED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Metrics of this process: prom-client's defaults without the names that promtool refuses, build information and reloads. */
export function createProcessMetrics(clock: Clock): ProcessMetrics {
  const register = new Registry();
  const registers = [register];
  const gauge = <T extends string>(row: { name: string; help: string; labels: readonly T[] }) =>
    new Gauge<T>({ name: row.name, help: row.help, labelNames: row.labels, registers });
  const counter = <T extends string>(row: { name: string; help: string; labels: readonly T[] }) =>
    new Counter<T>({ name: row.name, help: row.help, labelNames: row.labels, registers });

  const buildInfo = gauge(rows.buildInfo);
  const reloadSuccessful = gauge(rows.reloadSuccessful);
  const reloadTimestamp = gauge(rows.reloadTimestamp);
  const clockNow = gauge(rows.clock);
  const certificateExpiry = gauge(rows.certificateExpiry);
  certificateExpiry.remove();
  const refused = counter(rows.connectionsRefused);
  for (const limit of ['client', 'server', 'pipelining'] as const) refused.inc({ limit }, 0);
  const slowAnswers = counter(rows.slowAnswersEnded);
  const saveFailures = counter(rows.saveFailures);
  const sent = counter(rows.notificationsSent);
  const errors = counter(rows.notificationErrors);
  const dropped = counter(rows.notificationsDropped);
  const queue = gauge(rows.notificationQueue);
  collectDefaultMetrics({ register });
  for (const name of REFUSED) register.removeSingleMetric(name);

  return {
    buildInfo: (version) => buildInfo.set({ version, node_version: process.version }, 1),
    configLoaded(success) {
      reloadSuccessful.set(success ? 1 : 0);
      if (success) reloadTimestamp.set(clock.now() / 1000);
    },
    certificateExpires(at) {
      if (at === undefined) certificateExpiry.remove();
      else certificateExpiry.set(at / 1000);
    },
    connectionRefused: (limit) => refused.inc({ limit }),
    stateFiles(files) {
      for (const file of files) saveFailures.inc({ file }, 0);
    },
    saveFailed: (file) => saveFailures.inc({ file }),
    slowAnswersEnded: (answers) => slowAnswers.inc(answers),
    alertmanager(alertmanager) {
      for (const metric of [sent, errors, dropped]) metric.inc({ alertmanager }, 0);
    },
    notificationsSent: (alertmanager, alerts) => sent.inc({ alertmanager }, alerts),
    notificationErrors: (alertmanager, alerts) => errors.inc({ alertmanager }, alerts),
    notificationsDropped: (alertmanager, alerts) => dropped.inc({ alertmanager }, alerts),
    notificationQueueLength: (alerts) => queue.set(alerts),
    // What has no measurement yet reads "Nan": left out, as everywhere.
    async render() {
      clockNow.set(clock.now() / 1000);
      return (await register.metrics()).replace(/^[^#\n].* Nan\n/gm, '');
    },
  };
}
