import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shipped } from '../../shipped.ts';
import { inSlices } from '../../turn.ts';
import type { HttpDeps } from '../deps.ts';
import { renderMarkdown, titleOf } from '../docs/markdown.ts';
import { html, type Html } from '../page/html.ts';
import { page, type PageFrame } from '../page/layout.ts';
import { siteLinks, type SiteLinks } from '../page/links.ts';
import type { KeptRoute } from '../route.ts';

const FOLDER = shipped('../docs/');

/** Paths of the shipped documents, relative to their folder. Only these are served, so a request cannot open another file. */
function shippedDocuments(): ReadonlySet<string> {
  try {
    const all = readdirSync(fileURLToPath(FOLDER), { recursive: true, encoding: 'utf8' });
    return new Set(all.map((path) => path.split(sep).join('/')).filter((path) => path.endsWith('.md')));
  } catch {
    return new Set();
  }
}

/** The documents that come first in the index; all others follow. */
const FIRST = ['runbooks/README.md', 'troubleshooting.md', 'reasons.md', 'metrics.md', 'alerts.md', 'configuration.md'];

async function titles(
  paths: ReadonlySet<string>,
): Promise<readonly { readonly path: string; readonly title: string }[]> {
  const found = await Promise.all(
    [...paths].map(async (path) => ({ path, title: titleOf(await readFile(new URL(path, FOLDER), 'utf8')) ?? path })),
  );
  const rank = (path: string) => (FIRST.includes(path) ? FIRST.indexOf(path) : FIRST.length);
  return found.sort((a, b) => rank(a.path) - rank(b.path) || a.title.localeCompare(b.title));
}

async function index(paths: ReadonlySet<string>, links: SiteLinks): Promise<Document> {
  const all = await titles(paths);
  const isRunbook = (path: string) => path.startsWith('runbooks/') && !FIRST.includes(path);
  const list = (some: typeof all) =>
    html`<ul class="documents">${some.map(({ path, title }) => html`<li><a href="${links.doc(path)}">${title}</a></li>`)}</ul>`;
  const main = html`<h1>Documentation</h1>
    ${list(all.filter(({ path }) => !isRunbook(path)))}
    <h2>Runbooks, by alert</h2>
    ${list(all.filter(({ path }) => isRunbook(path)))}`;
  return { title: 'Documentation', main };
}

const backLinks = (path: string, links: SiteLinks): Html => html`<nav class="back" aria-label="Back">
  <a href="${links.home()}">Status</a>${path === '' ? undefined : html` <a href="${links.docs()}">Documentation</a>`}${path.startsWith('runbooks/') && path !== 'runbooks/README.md' ? html` <a href="${links.doc('runbooks/README.md')}">Runbooks</a>` : undefined}
</nav>`;

/** Serves the shipped documents, so that a runbook can be read even if only this host is reachable. */
export const docsRoute = (deps: Pick<HttpDeps, 'host' | 'fleet' | 'version' | 'prefix'>): KeptRoute<unknown> => {
  const paths = shippedDocuments();
  const links = siteLinks(deps.prefix?.link);
  /** Documents that have been rendered. All of them together are half a megabyte. */
  const rendered = new Map<string, Promise<Document>>();
  const documentAt = (path: string): Promise<Document> => {
    const former = rendered.get(path);
    if (former !== undefined) return former;
    const document = path === '' ? index(paths, links) : read(path);
    rendered.set(path, document);
    document.catch(() => rendered.delete(path));
    return document;
  };
  const frame = (): PageFrame => ({
    host: deps.host?.view()?.tracked.host.platform.name,
    version: deps.version,
    prefix: deps.prefix?.link,
    ofAllHosts: deps.fleet !== undefined,
    simulated: deps.host?.simulated ?? false,
    tour: deps.host?.tour,
  });
  return {
    method: 'GET',
    url: '/docs/*',
    summary: 'Documentation of this version: runbooks, reasons, metrics, configuration. Without a path, the index',
    answers: {
      200: { description: 'The document', mediaTypes: ['text/html'] },
      404: { description: 'No such document', mediaTypes: ['text/html'] },
    },
    ask({ params }) {
      const path = (params as Readonly<Record<string, string>>)['*'] ?? '';
      const isKnown = path === '' || paths.has(path);
      return {
        key: isKnown ? path : undefined,
        async make() {
          const { title, main } = isKnown ? await documentAt(path) : NO_DOCUMENT;
          return page(frame(), { title, main: html`${backLinks(path, links)}${main}` }, isKnown ? 200 : 404);
        },
      };
    },
  };
};

interface Document {
  readonly title: string;
  readonly main: Html;
}

const NO_DOCUMENT: Document = { title: 'No such document', main: html`<h1>There is no such document.</h1>` };

async function read(path: string): Promise<Document> {
  const text = await readFile(new URL(path, FOLDER), 'utf8');
  const rendered = await inSlices(renderMarkdown(text, path));
  return { title: titleOf(text) ?? path, main: html`<article class="document">${rendered}</article>` };
}
