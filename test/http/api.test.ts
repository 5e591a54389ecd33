import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { reasonById } from '../../src/diagnosis/reasons.ts';
import { createServer } from '../../src/http/server.ts';
import { deps, poolEmpty } from './deps.ts';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly required: boolean }[];
  readonly responses: Record<
    string,
    { readonly content: Record<string, { readonly schema: z.core.JSONSchema.JSONSchema }> }
  >;
}

async function description() {
  const app = createServer(deps());
  const routes: string[] = [];
  const answer = await app.inject('/api/v1/openapi.json');
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, url] = /── (\S+) \(/.exec(line) ?? [];
    // A wildcard stands below its path: the one that is served is for documents.
    if (url === '*' || url === '/*') routes.push('/docs/{path}');
    else if (url !== undefined) routes.push(url.startsWith('/') ? url : `/${url}`);
  }
  const document = answer.json<{ openapi: string; paths: Record<string, Record<string, Operation>> }>();
  return { app, routes, document };
}

describe('/api/v1/openapi.json', () => {
  it('lists every route that is served, and no other', async () => {
    const { document, routes } = await description();
    expect(document.openapi).toBe('3.1.0');
    expect(routes.length).toBeGreaterThanOrEqual(10);
    expect(Object.keys(document.paths).sort()).toEqual(routes.sort());
  });

  it('describes what is really answered', async () => {
    const { app, document } = await description();
    for (const [url, operations] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const answer = await app.inject({ method: method === 'post' ? 'POST' : 'GET', url });
        const described = responses[answer.statusCode]?.content;
        const type = String(answer.headers['content-type']).split(';')[0] ?? '';
        expect(described, `${method} ${url} ${answer.statusCode}`).toHaveProperty([type]);
        if (type === 'application/json') {
          const schema = z.fromJSONSchema(described?.[type]?.schema ?? false);
          expect(schema.safeParse(answer.json()).error, url).toBeUndefined();
        }
      }
    }
  });

  it('its schemas refuse a field too many', async () => {
    const { app, document } = await description();
    const schema = document.paths['/api/v1/vnics']?.['get']?.responses['200']?.content['application/json']?.schema;
    const answer = (await app.inject('/api/v1/vnics')).json<object>();
    expect(z.fromJSONSchema(schema ?? true).safeParse({ ...answer, more: 1 }).success).toBe(false);
  });

  it('names the query parameters, none of them required', async () => {
    const { document } = await description();
    const parameters = document.paths['/api/v1/vnics']?.['get']?.parameters ?? [];
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['vm', false],
      ['path', false],
      ['limit', false],
    ]);
  });
});

describe('/api/v1/vnics', () => {
  const web07 = {
    id: 'n1',
    name: 'Network Adapter',
    vm: 'web07',
    vmId: 'v1',
    kind: 'synthetic',
    vswitch: 'vSwitch',
    vswitchId: 's1',
    iovWeight: 100,
    path: 'synthetic',
    since: '2027-01-15T07:59:00.000Z',
    sinceSeen: false,
    vfRequested: true,
    fallback: true,
    reason: poolEmpty,
    findings: [],
  };
  const sql02 = { id: 'n2', name: 'Network Adapter', vm: 'sql02', vmId: 'v2', path: 'unknown', findings: [] };

  it('gives what is known; what is not is absent, and so are guest addresses', async () => {
    expect((await createServer(deps()).inject('/api/v1/vnics')).json()).toEqual({ total: 2, vnics: [web07, sql02] });
  });

  it('gives guest addresses where opted in', async () => {
    const { vnics } = (await createServer(deps({ ipAddresses: true })).inject('/api/v1/vnics')).json();
    expect(vnics[0]).toEqual({ ...web07, ipAddresses: ['10.0.0.7'] });
  });

  it('filters by VM and path, and limits', async () => {
    const app = createServer(deps());
    const get = async (query: string) => (await app.inject(`/api/v1/vnics?${query}`)).json();
    expect(await get('vm=web07')).toEqual({ total: 1, vnics: [web07] });
    expect(await get('vm=V2')).toEqual({ total: 1, vnics: [sql02] });
    expect(await get('path=unknown')).toEqual({ total: 1, vnics: [sql02] });
    expect(await get('limit=1')).toEqual({ total: 2, vnics: [web07] });
    expect(await get('path=vf')).toEqual({ total: 0, vnics: [] });
  });

  it('refuses a query that it does not understand, naming the parameter', async () => {
    const app = createServer(deps());
    for (const [query, fault] of [
      ['limit=0', /^limit: /],
      ['path=quick', /^path: /],
      ['vm=a&vm=b', /^vm: /],
      ['vnm=a', /"vnm"/],
    ] as const) {
      const answer = await app.inject(`/api/v1/vnics?${query}`);
      expect([answer.statusCode, answer.json().error]).toEqual([400, 'bad_request']);
      expect(answer.json().message).toMatch(fault);
    }
  });
});

describe('/api/v1', () => {
  it('503 before the first poll has ended', async () => {
    const app = createServer(deps({ host: { view: () => undefined } }));
    for (const name of ['host', 'vnics', 'findings', 'capacity']) {
      const answer = await app.inject(`/api/v1/${name}`);
      expect([answer.statusCode, answer.json().message]).toEqual([503, 'no poll has ended yet']);
    }
  });

  it('findings: the worst first, the reason marked', async () => {
    const words = (id: string) => {
      const { remedy, impact } = reasonById(id)!;
      return { remedy, impact };
    };
    expect((await createServer(deps()).inject('/api/v1/findings')).json()).toEqual({
      vmqAdvice: [],
      findings: [
        {
          object: 'vnic',
          subject: 'n1',
          name: 'web07 / Network Adapter',
          ...poolEmpty,
          ...words('vf_pool_exhausted'),
          primary: true,
        },
        {
          object: 'host',
          id: 'duplicate_mac',
          severity: 'warning',
          detail: 'Two vNICs share 00:15:5D:00:00:01',
          ...words('duplicate_mac'),
          primary: false,
        },
      ],
    });
  });

  it('capacity: unknown terms are absent', async () => {
    const { nics, vswitches } = (await createServer(deps()).inject('/api/v1/capacity')).json();
    expect(nics).toEqual([{ nic: 'Intel X520', vfsLeft: 0, holders: [] }]);
    expect(vswitches[0].whatIf).toEqual({ 1: 0, 2: 0 });
  });

  it('events: since as ISO 8601 or Unix milliseconds, of a VM, at most so many', async () => {
    const asked: unknown[] = [];
    const app = createServer(deps({ host: { events: (query) => (asked.push(query), []) } }));
    const get = async (query: string) => (await app.inject(`/api/v1/events?${query}`)).statusCode;
    expect(await get('')).toBe(200);
    expect(await get('since=2027-01-15T08:00:00.000Z&vm=web07&limit=5')).toBe(200);
    expect(await get('since=1800000000000')).toBe(200);
    expect(asked).toEqual([
      { limit: 1000 },
      { since: 1_800_000_000_000, vm: 'web07', limit: 5 },
      { since: 1_800_000_000_000, limit: 1000 },
    ]);
    for (const query of ['since=yesterday', 'limit=0', 'limit=100000', 'before=1']) expect(await get(query)).toBe(400);
  });

  it('host: NICs, vSwitches and which source failed', async () => {
    const host = (await createServer(deps()).inject('/api/v1/host')).json();
    expect(host.nics).toEqual([{ description: 'Intel X520', up: true, vfLimit: 62, vfAllocated: 62 }]);
    expect(host.takenAt).toBe('2027-01-15T08:00:00.000Z');
    expect(host.collection[0].sources).toEqual([
      { source: 'vm', success: false, available: true, error: 'access denied' },
    ]);
  });
});
