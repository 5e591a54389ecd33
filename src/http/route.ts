import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { visible } from '../report/visible.ts';
import type { ServedHost } from './deps.ts';

/** The response of a route with one status: JSON of a schema, or text of some media types. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaTypes?: readonly string[];
}

/** One route. The API description is generated from all routes. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** A `*` at the end matches any path */
  readonly url: string;
  readonly summary: string;
  /** The query parameters; each arrives as text */
  readonly query?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** A route about one host, which in a collector is that of `?target=`. */
export interface HostRoute extends Omit<Route, 'handle'> {
  readonly handle: (request: FastifyRequest, reply: FastifyReply, host: ServedHost) => unknown;
}

/** Body of every error answer of the API. */
export const problem = z
  .strictObject({
    error: z.string().describe('Short stable name of the error'),
    message: z.string().describe('What went wrong, as a sentence'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** A response with a Problem, for the API description. */
export const problemAnswer = (description: string): Answer => ({ description, schema: problem });

/** Converts Unix milliseconds to ISO 8601, as in the API; undefined stays undefined. */
export function isoTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

/** The query of a request is not valid. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly statusCode = 400;
}

/** What a table is filtered by: shown in the field of the page again, so control characters are made visible. */
export const filterText = z.string().max(200).default('').transform(visible);

/** Parses the query of a request. @throws QueryError that names every invalid parameter */
export function parseQuery<Q extends z.ZodObject>(schema: Q, request: FastifyRequest): z.infer<Q> {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(': '));
  throw new QueryError(faults.join('; '));
}
