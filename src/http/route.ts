import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ServedHost } from './deps.ts';

/** What a route answers with one status: JSON of a schema, or a text of some media types. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaTypes?: readonly string[];
}

/** One route: everything about it in one place. The API description is made from these. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** `*` at its end stands for any path */
  readonly url: string;
  readonly summary: string;
  /** The query parameters, all text on the wire */
  readonly query?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  /** @param host the host that the request asks about */
  readonly handle: (request: FastifyRequest, reply: FastifyReply, host: ServedHost) => unknown;
}

export const problem = z
  .strictObject({
    error: z.string().describe('Short stable name of what went wrong'),
    message: z.string().describe('The same for people'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

export const problemAnswer = (description: string): Answer => ({ description, schema: problem });

/** Unix milliseconds as the API writes times; undefined stays absent. */
export function isoTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

/** The query was of the wrong form. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly statusCode = 400;
}

/** The request's query by a route's schema. Throws QueryError naming every parameter that does not fit. */
export function parseQuery<Q extends z.ZodObject>(schema: Q, request: FastifyRequest): z.infer<Q> {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(': '));
  throw new QueryError(faults.join('; '));
}
