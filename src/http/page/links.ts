/** Addresses within the agent's pages, in one place: what all of them have in common (a prefix, a target) is added here. */

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

export const link = {
  status: (): string => '/',
  /** The table of vNICs */
  vnics: ({ filter, sort, group, show, page }: StatusQuery = {}): string =>
    `${withQuery('/', { filter, sort, group, show, page })}#vnics`,
  vm: (id: string): string => withQuery('/vm', { id }),
  docs: (): string => '/docs/',
  /** @param path of the file in the repository's folder `docs` */
  doc: (path: string): string => `/docs/${path}`,
  /** What a reason or finding means and how to fix it */
  reason: (id: string): string => `/docs/reasons.md#${id}`,
  runbook: (alert: string): string => `/docs/runbooks/${alert}.md`,
};
