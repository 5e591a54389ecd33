import { html, type Html } from './html.ts';

/** The query of the status page; what is not given keeps its default */
export interface StatusQuery {
  readonly filter?: string | undefined;
  readonly sort?: string | undefined;
  readonly group?: string | undefined;
  readonly show?: string | undefined;
  readonly page?: number | undefined;
}

const withQuery = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = given.map(([key, value]) => `${key}=${encodeURIComponent(value ?? '')}`).join('&');
  return text === '' ? path : `${path}?${text}`;
};

/** An address with the text of its link */
type Endpoint = readonly [address: string, text: string];

/** Addresses that are the same on each page, whatever host it is about. */
export const link = {
  /** `/`: the host's status page, or a collector's table of hosts */
  home: (): string => '/',
  /** The status page of a collector's target */
  host: (target: string): string => withQuery('/host', { target }),
  /** A collector's table of hosts */
  hosts: ({ filter, page }: Pick<StatusQuery, 'filter' | 'page'> = {}): string =>
    `${withQuery('/', { filter, page })}#hosts`,
  /** Endpoints of a collector that need no target, for the foot of a page */
  ofAllHosts: (): readonly Endpoint[] => [
    ['/metrics', 'Metrics of the collector'],
    ['/api/v1/fleet', 'Fleet'],
    ['/api/v1/targets', 'Targets'],
  ],
  docs: (): string => '/docs/',
  /** @param path of the file in the repository's folder `docs` */
  doc: (path: string): string => `/docs/${path}`,
  /** What a reason or finding means and how to fix it */
  reason: (id: string): string => `/docs/reasons.md#${id}`,
  runbook: (alert: string): string => `/docs/runbooks/${alert}.md`,
};

/** Addresses about one host. In a collector each of them names the target. */
export interface HostLinks {
  status(): string;
  /** The table of vNICs */
  vnics(query?: StatusQuery): string;
  vm(id: string): string;
  /** Puts a simulated host into a stage; takes a POST */
  stage(index: number): string;
  /** Endpoints about the host, for the foot of a page */
  endpoints(): readonly Endpoint[];
  /** Hidden fields for a form with a GET, which drops the query of its address */
  readonly fields: Html | undefined;
}

/** @param target name of the target in a collector; undefined in an agent, which has one host */
export function hostLinks(target: string | undefined): HostLinks {
  const [page, metrics] = target === undefined ? ['/', '/metrics'] : ['/host', '/probe'];
  return {
    status: () => withQuery(page, { target }),
    vnics: ({ filter, sort, group, show, page: number } = {}) =>
      `${withQuery(page, { target, filter, sort, group, show, page: number })}#vnics`,
    vm: (id) => withQuery('/vm', { target, id }),
    stage: (index) => withQuery('/demo/stage', { target, number: index + 1 }),
    endpoints: () => [
      [withQuery(metrics, { target }), 'Metrics'],
      ...['explain', 'findings', 'capacity', 'events'].map((route): Endpoint => [
        withQuery(`/api/v1/${route}`, { target }),
        route.replace(/^./, (letter) => letter.toUpperCase()),
      ]),
    ],
    fields: target === undefined ? undefined : html`<input type="hidden" name="target" value="${target}" />`,
  };
}

/** Addresses in attributes that are paths of this server */
const OF_SERVER = /(\s(?:href|action|src)=")\/(?!\/)/g;

/**
 * A finished page whose addresses of this server begin with `prefix`, which is empty or `/prefix`. In markup a quote is
 * always one of an attribute, as all else is escaped.
 */
export const withPrefix = (page: string, prefix = ''): string =>
  prefix === '' ? page : page.replace(OF_SERVER, (_, before: string) => `${before}${prefix}/`);
