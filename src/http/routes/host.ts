import { z } from 'zod';
import { PARTS } from '../../document/document.ts';
import type { PartState } from '../../poll/collection.ts';
import type { ServedHost } from '../deps.ts';
import { json } from '../json.ts';
import { isoTime, keptRoute } from '../route.ts';
import { notYet, viewOf } from './findings.ts';

const text = z.string().optional();
const count = z.number().int().optional();
const flag = z.boolean().optional();
const time = z.iso.datetime().optional();

const nic = z.strictObject({
  description: z.string(),
  friendlyName: text,
  mac: text,
  up: flag,
  speedBytes: z.number().optional(),
  driverVersion: text,
  vswitchId: text,
  sriovSupport: text,
  sriovEnabled: flag,
  vfLimit: count,
  vfAllocated: count,
  vportLimit: count,
  vportActive: count,
  queuePairLimit: count,
});

const vswitch = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.enum(['private', 'internal', 'external']).optional(),
  teaming: z.enum(['none', 'set', 'lbfo']).optional(),
  iovEnabled: flag,
  iovSupported: flag,
  vfLimit: count,
  vfInUse: count,
  queuePairLimit: count,
  queuePairInUse: count,
  vmqLimit: count,
  vmqAllocated: count,
});

const part = z.strictObject({
  part: z.enum(PARTS),
  enabled: z.boolean(),
  tried: z.boolean(),
  success: z.boolean(),
  lastSuccess: time,
  intervalSeconds: z.number(),
  error: text,
  sources: z.array(
    z.strictObject({
      source: z.string(),
      success: z.boolean(),
      available: z.boolean(),
      lastSuccess: time,
      error: text,
    }),
  ),
});

const answerSchema = z
  .strictObject({
    simulated: z.boolean().describe('Whether the host is simulated'),
    name: text,
    takenAt: time.describe('When the inventory was read; absent before that'),
    os: text,
    build: text,
    manufacturer: text,
    model: text,
    iovSupported: flag,
    logicalProcessors: count,
    nics: z.array(nic),
    vswitches: z.array(vswitch),
    collection: z.array(part),
  })
  .meta({ id: 'Host' });

/** Only the fields of an object that are in the schema, so that the response has no undocumented field. */
function pick<S extends z.ZodObject>(schema: S, from: z.infer<S>): z.infer<S> {
  const kept = Object.entries(from).filter(([key]) => key in schema.shape);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a subset of a value of that type
  return Object.fromEntries(kept) as z.infer<S>;
}

/** GET /api/v1/host. */
export const hostRoute = keptRoute({
  url: '/api/v1/host',
  summary: 'The host, its NICs and vSwitches, and the state of the collection. Unknown values are absent',
  answers: { 200: { description: 'Host', schema: answerSchema }, 503: notYet },
  *make(host: ServedHost) {
    const view = viewOf(host);
    const { platform, takenAt, nics, vswitches } = view.tracked.host;
    const { parts } = host.collection();
    return yield* json<z.infer<typeof answerSchema>>({
      simulated: host.simulated,
      name: platform.name,
      takenAt: isoTime(takenAt),
      os: platform.os,
      build: platform.build,
      manufacturer: platform.manufacturer,
      model: platform.model,
      iovSupported: platform.iovSupported,
      logicalProcessors: platform.logicalProcessors,
      nics: nics.map((value) => pick(nic, value)),
      vswitches: vswitches.map((value) => pick(vswitch, value)),
      collection: PARTS.map((name) => partOf(name, parts[name])),
    });
  },
});

const partOf = (name: (typeof PARTS)[number], state: PartState): z.infer<typeof part> => ({
  part: name,
  enabled: state.enabled,
  tried: state.tried,
  success: state.success,
  lastSuccess: isoTime(state.lastSuccess),
  intervalSeconds: state.intervalSeconds,
  error: state.error,
  sources: [...state.sources].map(([source, { success, available, lastSuccess, error }]) => ({
    source,
    success,
    available,
    lastSuccess: isoTime(lastSuccess),
    error,
  })),
});
