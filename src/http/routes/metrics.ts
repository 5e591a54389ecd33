import type { ServedFleet } from '../deps.ts';
import { expositionKind } from '../negotiate.ts';
import { type HostRoute, type KeptRoute, problemAnswer } from '../route.ts';

const EXPOSITION = { description: 'The exposition', mediaTypes: ['text/plain', 'application/openmetrics-text'] };

/** GET /metrics of an agent, and GET /probe of a collector. */
export const metricsRoute: HostRoute = {
  method: 'GET',
  url: '/metrics',
  summary: 'All metrics, in the Prometheus text format 0.0.4 or OpenMetrics 1.0.0, depending on Accept',
  answers: { 200: EXPOSITION },
  handle: ({ headers }, _reply, host) => host.exposition(expositionKind(headers.accept)),
};

/** GET /metrics of a collector. */
export const collectorMetricsRoute: KeptRoute<ServedFleet> = {
  method: 'GET',
  url: '/metrics',
  summary: 'Metrics of the collector itself; those of its targets are at /probe',
  answers: { 200: EXPOSITION },
  ask({ headers }) {
    const kind = expositionKind(headers.accept);
    return { key: kind, make: (fleet) => fleet.exposition(kind) };
  },
};

/** Bytes that are ready: a request connects to nothing, and only configured targets are served. */
export const probeRoute: HostRoute = {
  ...metricsRoute,
  url: '/probe',
  summary:
    'All metrics of one target. Also of one that does not answer: what is known of it expires, the state of its collection stays',
  answers: { 200: EXPOSITION, 400: problemAnswer('No target given'), 404: problemAnswer('No such target') },
};
