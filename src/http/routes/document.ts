import { z } from 'zod';
import { PARTS } from '../../document/document.ts';
import type { ServedHost } from '../deps.ts';
import { json } from '../json.ts';
import { type KeptRoute, parseQuery, problemAnswer, ProblemError } from '../route.ts';

const query = z.strictObject({ part: z.enum(PARTS).describe('One of the five parts of what is read') });

/** What a collector reads of an agent (`via: http`): as `capture` records it, names and addresses included. */
export const documentRoute: KeptRoute<ServedHost> = {
  method: 'GET',
  url: '/api/v1/document',
  summary: 'What the last poll of a part has read, as the PowerShell module sent it; for a collector',
  query,
  answers: {
    200: {
      description: 'The document. Its fields are internal: they may change with any version',
      schema: z.looseObject({ schema: z.number().int(), part: z.enum(PARTS), takenAt: z.number().int() }),
    },
    204: { description: 'This agent does not read the part' },
    400: problemAnswer('Faulty query'),
    503: problemAnswer('The last poll of the part has failed, or its document is too old'),
  },
  ask(request, host) {
    const { part } = parseQuery(query, request);
    const last = host.document?.(part);
    if (last === undefined) {
      if (!host.collection().parts[part].enabled) return undefined;
      throw new ProblemError(503, `${part} has not been polled yet`);
    }
    if ('error' in last) throw new ProblemError(503, last.error);
    const { document } = last;
    return { key: part, moment: document, make: () => json(document) };
  },
};
