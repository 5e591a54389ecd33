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

/** Addresses of this server, whatever host a page is about. */
export interface SiteLinks {
  /** `/`: the host's status page, or a collector's table of hosts */
  home(): string;
  /** The status page of a collector's target */
  host(target: string): string;
  /** A collector's table of hosts */
  hosts(query?: Pick<StatusQuery, 'filter' | 'page'>): string;
  /** Endpoints of a collector that need no target, for the foot of a page */
  ofAllHosts(): readonly Endpoint[];
  /** The description of the API */
  api(): string;
  docs(): string;
  /** @param path of the file in the repository's folder `docs` */
  doc(path: string): string;
  /** What a reason or finding means and how to fix it */
  reason(id: string): string;
  runbook(alert: string): string;
  /** Style and script of the pages */
  asset(file: string): string;
}

/** @param prefix what the path of each address begins with: empty, or `/prefix` behind a reverse proxy */
export function siteLinks(prefix = ''): SiteLinks {
  const doc = (path: string): string => `${prefix}/docs/${path}`;
  return {
    home: () => `${prefix}/`,
    host: (target) => withQuery(`${prefix}/host`, { target }),
    hosts: ({ filter, page } = {}) => `${withQuery(`${prefix}/`, { filter, page })}#hosts`,
    ofAllHosts: () => [
      [`${prefix}/metrics`, 'Metrics of the collector'],
      [`${prefix}/api/v1/fleet`, 'Fleet'],
      [`${prefix}/api/v1/targets`, 'Targets'],
    ],
    api: () => `${prefix}/api/v1/openapi.json`,
    docs: () => doc(''),
    doc,
    reason: (id) => doc(`reasons.md#${id}`),
    runbook: (alert) => doc(`runbooks/${alert}.md`),
    asset: (file) => `${prefix}/assets/${file}`,
  };
}

/** Addresses about one host. In a collector each of them names the target. */
export interface HostLinks extends SiteLinks {
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

/**
 * @param target name of the target in a collector; undefined in an agent, which has one host
 * @param prefix as of siteLinks
 */
export function hostLinks(target: string | undefined, prefix = ''): HostLinks {
  const [page, metrics] = target === undefined ? ['/', '/metrics'] : ['/host', '/probe'];
  const address = (path: string, query: Parameters<typeof withQuery>[1] = {}): string =>
    withQuery(`${prefix}${path}`, { target, ...query });
  return {
    ...siteLinks(prefix),
    status: () => address(page),
    vnics: ({ filter, sort, group, show, page: number } = {}) =>
      `${address(page, { filter, sort, group, show, page: number })}#vnics`,
    vm: (id) => address('/vm', { id }),
    stage: (index) => address('/demo/stage', { number: index + 1 }),
    endpoints: () => [
      [address(metrics), 'Metrics'],
      ...['explain', 'findings', 'capacity', 'events'].map((route): Endpoint => [
        address(`/api/v1/${route}`),
        route.replace(/^./, (letter) => letter.toUpperCase()),
      ]),
    ],
    fields: target === undefined ? undefined : html`<input type="hidden" name="target" value="${target}" />`,
  };
}
