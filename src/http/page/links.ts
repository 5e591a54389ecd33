import { Html } from './html.ts';

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

/** Address of each page. Every link on a page is made here. */
export const link = {
  status: (): string => '/',
  /** The status page of a collector's target */
  host: (target: string): string => withQuery('/host', { target }),
  /** A collector's table of hosts */
  hosts: ({ filter, page }: Pick<StatusQuery, 'filter' | 'page'> = {}): string =>
    `${withQuery('/', { filter, page })}#hosts`,
  /** The table of vNICs */
  vnics: ({ filter, sort, group, show, page }: StatusQuery = {}): string =>
    `${withQuery('/', { filter, sort, group, show, page })}#vnics`,
  vm: (id: string): string => withQuery('/vm', { id }),
  /** Puts a simulated host into a stage; takes a POST */
  stage: (index: number): string => withQuery('/demo/stage', { number: index + 1 }),
  docs: (): string => '/docs/',
  /** @param path of the file in the repository's folder `docs` */
  doc: (path: string): string => `/docs/${path}`,
  /** What a reason or finding means and how to fix it */
  reason: (id: string): string => `/docs/reasons.md#${id}`,
  runbook: (alert: string): string => `/docs/runbooks/${alert}.md`,
};

/** What is about one host, and so is about a target in a collector */
const OF_HOST = /(\s(?:href|action)=")\/((?:vm|metrics|api\/v1\/(?!openapi)[a-z]+)?)(?:\?([^"#]*))?((?:#[^"]*)?")/g;
const FORM = /<form\b[^>]*\saction="\/(?:#[^"]*)?"[^>]*>/g;

/**
 * A page of one host in a collector: each address of it that is about the host gets the target. The pages are written
 * once, for an agent; in markup a quote is always one of an attribute, as all else is escaped.
 */
export function withTarget(markup: Html, target: string | undefined): Html {
  if (target === undefined) return markup;
  const name = encodeURIComponent(target);
  const query = `target=${name}`;
  const page = (path: string): string => (path === '' ? 'host' : path === 'metrics' ? 'probe' : path);
  return new Html(
    markup.text
      .replace(FORM, (form) => `${form}<input type="hidden" name="target" value="${name}" />`)
      .replace(
        OF_HOST,
        (_, before: string, path: string, given: string | undefined, after: string) =>
          `${before}/${page(path)}?${query}${given ? `&amp;${given}` : ''}${after}`,
      ),
  );
}
