import { z } from 'zod';
import { Body } from '../../body.ts';
import type { Answer, Route } from '../route.ts';

/** The API description (OpenAPI 3.1), generated from the schemas of the routes. */
export const openApiRoute = (routes: readonly Route[], version: string, prefix = ''): Route => {
  const self: Route = {
    method: 'GET',
    url: '/api/v1/openapi.json',
    summary: 'This description',
    answers: {
      200: {
        description: 'OpenAPI 3.1',
        schema: z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }),
      },
    },
    handle: () => body,
  };
  const document = {
    openapi: '3.1.0',
    info: { title: 'Hyper-V SR-IOV Exporter', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    ...(prefix === '' ? {} : { servers: [{ url: prefix }] }),
    paths: Object.fromEntries(
      [...routes, self].map((route) => [
        route.url.replace('*', '{path}'),
        { [route.method.toLowerCase()]: operation(route) },
      ]),
    ),
  };
  const body = new Body('application/json; charset=utf-8', [Buffer.from(JSON.stringify(document))]);
  return self;
};

function operation({ url, summary, query, answers }: Route) {
  const { properties = {}, required = [] } = query === undefined ? {} : jsonSchema(query, 'input');
  const parameters = [
    ...(url.includes('*') ? [{ name: 'path', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...Object.entries(properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    })),
  ];
  return {
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        { description: answer.description, content: content(answer) },
      ]),
    ),
  };
}

function content({ schema, mediaTypes = [] }: Answer) {
  if (schema !== undefined) return { 'application/json': { schema: jsonSchema(schema, 'output') } };
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: { type: 'string' } }]));
}

/** Each schema is repeated where it is used, without dialect and id, so that ids cannot collide. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, id: _id, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
