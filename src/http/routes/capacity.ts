import { z } from 'zod';
import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { notYet, viewOf } from './findings.ts';

const count = z.number().int();
const left = count.optional();

const answerSchema = z
  .strictObject({
    nics: z.array(z.strictObject({ nic: z.string(), vfsLeft: left, vportsLeft: left })),
    vswitches: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string().optional(),
        vfsLeft: left,
        vportsLeft: left,
        queuePairsLeft: left,
        vmqsLeft: left,
        requested: count.describe('Running vNICs known to want a VF'),
        waiting: count.describe('Of those, known to be without one and not settling'),
        queuePairsPerVf: count,
        usable: left.describe('How many more VFs can be handed out'),
        whatIf: z
          .strictObject({ 1: left, 2: left, 4: left })
          .describe('The same if every further VF asked for 1, 2 or 4 queue pairs'),
        byPath: z.strictObject({ vf: count, assigned: count, synthetic: count, not_requested: count, unknown: count }),
      }),
    ),
  })
  .meta({ id: 'Capacity' });

export const capacityRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  url: '/api/v1/capacity',
  summary: 'What is left of VFs, vPorts, queue pairs and VM queues. What is not known is absent',
  answers: { 200: { description: 'Capacity', schema: answerSchema }, 503: notYet },
  handle: (_request, reply) => {
    const view = viewOf(deps, reply);
    if (view === undefined) return reply;
    const { nics, vswitches } = view.diagnosis.capacity;
    const names = new Map(view.tracked.host.vswitches.map(({ id, name }) => [id, name]));
    return {
      nics: [...nics].map(([nic, { vfsLeft, vportsLeft }]) => ({ nic, vfsLeft, vportsLeft })),
      vswitches: [...vswitches].map(([id, of]) => ({
        id,
        name: names.get(id),
        vfsLeft: of.vfsLeft,
        vportsLeft: of.vportsLeft,
        queuePairsLeft: of.queuePairsLeft,
        vmqsLeft: of.vmqsLeft,
        requested: of.requested,
        waiting: of.waiting,
        queuePairsPerVf: of.queuePairsPerVf,
        usable: of.usable,
        whatIf: of.whatIf,
        byPath: of.byPath,
      })),
    } satisfies z.infer<typeof answerSchema>;
  },
});
