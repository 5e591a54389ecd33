import { z } from 'zod';
import type { AlertInstance } from '../../alerting/evaluate.ts';
import { isoTime, parseQuery, problemAnswer, type Route } from '../route.ts';

const STATES = ['firing', 'pending', 'resolved'] as const;

const query = z.strictObject({
  state: z.enum(STATES).optional().describe('Only alerts in this state'),
});

const texts = z.record(z.string(), z.string());

const answerSchema = z
  .strictObject({
    enabled: z.boolean().describe("The agent's own alerting is on"),
    alerts: z.array(
      z
        .strictObject({
          name: z.string(),
          state: z.enum(STATES).describe('pending: holds, not yet long enough. resolved: within the last 15 minutes'),
          labels: texts,
          annotations: texts,
          value: z.number().describe('Of the expression, when it last held'),
          activeAt: z.iso.datetime().describe('The condition has held since'),
          firedAt: z.iso.datetime().optional(),
          resolvedAt: z.iso.datetime().optional(),
        })
        .meta({ id: 'Alert' }),
    ),
  })
  .meta({ id: 'Alerts' });

const toAnswer = ({ name, state, labels, annotations, value, ...alert }: AlertInstance) => ({
  name,
  state,
  labels,
  annotations,
  value,
  activeAt: isoTime(alert.activeAt * 1000),
  firedAt: alert.firedAt === undefined ? undefined : isoTime(alert.firedAt * 1000),
  resolvedAt: alert.resolvedAt === undefined ? undefined : isoTime(alert.resolvedAt * 1000),
});

export const alertsRoute: Route = {
  method: 'GET',
  url: '/api/v1/alerts',
  summary: "The agent's own alerts: firing, pending and lately resolved; none where its alerting is off",
  query,
  answers: { 200: { description: 'Alerts', schema: answerSchema }, 400: problemAnswer('Faulty query') },
  handle: (request, _reply, host) => {
    const { state: wanted } = parseQuery(query, request);
    const alerts = host.alerts?.() ?? [];
    return {
      enabled: host.alerts !== undefined,
      alerts: [...alerts]
        .filter(({ state }) => wanted === undefined || state === wanted)
        .sort((one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.activeAt - other.activeAt)
        .map(toAnswer),
    };
  },
};
