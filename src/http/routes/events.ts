import { z } from 'zod';
import { isoTime, parseQuery, problemAnswer, type HostRoute } from '../route.ts';

const query = z.strictObject({
  since: z
    .union([z.iso.datetime().transform((text) => Date.parse(text)), z.coerce.number().int().nonnegative()])
    .optional()
    .describe('Only events after this time: ISO 8601, or Unix milliseconds'),
  vm: z.string().optional().describe('Name of a VM'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('Maximum number of events; the newest are returned'),
});

const eventSchema = z
  .strictObject({
    at: z.iso.datetime(),
    kind: z.string(),
    subject: z.string().describe('Id of the object that changed; empty for the host'),
    vm: z.string().optional(),
    vnic: z.string().optional(),
    nic: z.string().optional(),
    vswitch: z.string().optional(),
    before: z.string(),
    after: z.string(),
    reason: z.string().optional(),
    text: z.string().describe('The event as a sentence, with what else changed in that poll'),
  })
  .meta({ id: 'Event' });

/** GET /api/v1/events: entries of the journal. */
export const eventsRoute: HostRoute = {
  method: 'GET',
  url: '/api/v1/events',
  summary: 'Changes of paths, pools and the states of host and NICs, oldest first',
  query,
  answers: {
    200: { description: 'Events', schema: z.strictObject({ events: z.array(eventSchema) }).meta({ id: 'Events' }) },
    400: problemAnswer('Invalid query'),
  },
  handle: (request, _reply, host) => {
    const events = host.events?.(parseQuery(query, request)) ?? [];
    return {
      events: events.map(({ at, kind, subject, names, before, after, reason, text }) => ({
        at: isoTime(at),
        kind,
        subject,
        vm: names.vm,
        vnic: names.vnic,
        nic: names.nic,
        vswitch: names.vswitch,
        before,
        after,
        reason,
        text,
      })),
    };
  },
};
