import { z } from 'zod';
import { once } from '../../once.ts';
import type { JournalEvent } from '../../report/events.ts';
import type { ServedHost } from '../deps.ts';
import { json, Json, JsonMemory, map } from '../json.ts';
import { keptRoute, problemAnswer } from '../route.ts';

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

const answerSchema = z.strictObject({ events: z.array(eventSchema) }).meta({ id: 'Events' });

/** Events are printed in the order in which they came, and leave the journal in this order. */
const memory = new JsonMemory();
/** The journal keeps an event as one object. */
const printed = once(
  ({ at, kind, subject, names, before, after, reason, text }: JournalEvent) =>
    new Json(
      {
        at: new Date(at).toISOString(),
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
      } satisfies z.infer<typeof eventSchema>,
      memory,
    ),
);

/** GET /api/v1/events: entries of the journal. */
export const eventsRoute = keptRoute({
  url: '/api/v1/events',
  summary: 'Changes of paths, pools and the states of host and NICs, oldest first',
  query,
  answers: {
    200: { description: 'Events', schema: answerSchema },
    400: problemAnswer('Invalid query'),
  },
  make: (host: ServedHost, asked) =>
    json<z.infer<typeof answerSchema>>({ events: map(host.events?.(asked) ?? [], printed) }),
});
