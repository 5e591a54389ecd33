import { z } from 'zod';
import type { AlertInstance } from '../../alerting/evaluate.ts';
import type { ServedHost } from '../deps.ts';
import { json } from '../json.ts';
import { isoTime, keptRoute, problemAnswer } from '../route.ts';

const STATES = ['firing', 'pending', 'resolved'] as const;

const query = z.strictObject({
  state: z.enum(STATES).optional().describe('Only alerts in this state'),
});

const texts = z.record(z.string(), z.string());

const answerSchema = z
  .strictObject({
    enabled: z.boolean().describe("Whether the exporter's own alerting is on"),
    alerts: z.array(
      z
        .strictObject({
          name: z.string(),
          state: z
            .enum(STATES)
            .describe(
              'pending: the condition holds, but not yet for long enough. resolved: ended within the last 15 minutes',
            ),
          labels: texts,
          annotations: texts,
          value: z.number().describe('Value of the expression when the condition last held'),
          activeAt: z.iso.datetime().describe('Since when the condition has held'),
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
  activeAt: new Date(alert.activeAt * 1000).toISOString(),
  firedAt: alert.firedAt === undefined ? undefined : isoTime(alert.firedAt * 1000),
  resolvedAt: alert.resolvedAt === undefined ? undefined : isoTime(alert.resolvedAt * 1000),
});

/** GET /api/v1/alerts: alerts that the exporter evaluates itself. */
export const alertsRoute = keptRoute({
  url: '/api/v1/alerts',
  summary: "The exporter's own alerts: firing, pending and recently resolved. Empty if its alerting is off",
  query,
  answers: { 200: { description: 'Alerts', schema: answerSchema }, 400: problemAnswer('Invalid query') },
  make(host: ServedHost, { state: wanted }) {
    const alerts = host.alerts?.() ?? [];
    return json<z.infer<typeof answerSchema>>({
      enabled: host.alerts !== undefined,
      alerts: [...alerts]
        .filter(({ state }) => wanted === undefined || state === wanted)
        .sort((one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.activeAt - other.activeAt)
        .map(toAnswer),
    });
  },
});
