import { parseDocument } from '../../../src/document/parse.ts';
import { acceptsGzip, expositionKind } from '../../../src/http/negotiate.ts';
import { HOSTILE_TEXTS, mutated, mutateText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { documentSeeds } from '../seeds.ts';
import { asTarget, openServer, type Request, viewOf } from '../served.ts';
import { invariant, type Surface } from '../surface.ts';

/** Headers of Prometheus 2 and 3, curl and browsers */
const ACCEPTS = [
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.1',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  '*/*',
  'gzip, deflate, br;q=0',
  'identity;q=1, *;q=0',
];
const WORDS = [';q=', ';q=0', ',', ', ', '; version=', '=', ';', '*', '"', '1e309', '-0', ...HOSTILE_TEXTS];
const URLS = [
  '/',
  '/?filter=web&sort=-vm&group=vswitch&show=all&page=2',
  '/vm?id=11111111-0000-4000-8000-000000000001',
  '/metrics',
  '/-/healthy',
  '/-/ready',
  '/-/reload',
  '/api/v1/host',
  '/api/v1/vnics?path=vf&filter=a&format=csv',
  '/api/v1/findings?severity=critical',
  '/api/v1/explain?vm=web07',
  '/api/v1/events?since=2026-05-04T12:00:00Z&limit=10&vm=web07',
  '/api/v1/openapi.json',
  '/docs/',
  '/assets/page.css',
];
const URL_WORDS = [
  '?',
  '&',
  '=',
  '%',
  '%00',
  '%FF',
  '/../',
  '//',
  '[]',
  '[a]',
  '1e9',
  '-1',
  '#',
  '\\',
  ...HOSTILE_TEXTS,
];
const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const;

const header = (random: Random): string =>
  mutated(random.pick(ACCEPTS), random, 6, (text, by) => mutateText(text, by, WORDS));

/** Accept and Accept-Encoding headers, addresses and methods of requests. */
export async function requests(): Promise<Surface> {
  const server = await openServer();
  const shown = { view: viewOf((documentSeeds()[0] ?? []).map(parseDocument)) };
  return {
    name: 'requests',
    make(random) {
      const [accept, encoding] = [header(random), header(random)];
      const url = random.chance(0.7)
        ? asTarget(mutated(random.pick(URLS), random, 4, (text, by) => mutateText(text, by, URL_WORDS)))
        : random.pick(URLS);
      const sent: Request | undefined = random.chance(0.25)
        ? { url, method: random.pick(METHODS), headers: { accept, 'accept-encoding': encoding } }
        : undefined;
      return {
        input: sent ?? { accept, encoding },
        async check() {
          const kind = expositionKind(accept);
          invariant(
            kind === 'text' || accept.toLowerCase().includes('application/openmetrics-text'),
            'OpenMetrics for a client that did not name it',
          );
          invariant(!acceptsGzip(encoding) || /gzip|\*/i.test(encoding), 'gzip for a client that did not name it');
          if (sent === undefined) return kind === 'openmetrics' ? 'accepted' : 'refused';
          return (await server.request(shown, sent)) < 400 ? 'accepted' : 'refused';
        },
      };
    },
    close: () => server.close(),
  };
}
