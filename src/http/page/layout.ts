import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { link } from './links.ts';

export interface PageFrame {
  /** A live page refreshes itself; a document stays as it is */
  readonly kind?: 'live' | 'document';
  readonly title: string;
  readonly host: string | undefined;
  readonly version: string;
  readonly simulated: boolean;
  /** When the inventory was read, and now, Unix milliseconds; undefined while nothing is known */
  readonly read?: { readonly at: number | undefined; readonly now: number } | undefined;
}

/** The frame of every page. A refresh replaces `main` and each element with `data-live`. */
export function layout(frame: PageFrame, main: Html): string {
  const { kind = 'live', host, read } = frame;
  const live = kind === 'live';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${frame.title} - ${host ?? 'hyperv-sriov-exporter'}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/page.css" />
        ${live ? html`<script src="/assets/page.js" defer></script>` : html`<link rel="stylesheet" href="/assets/document.css" />`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="brand"><a href="/">${host === undefined ? 'hyperv-sriov-exporter' : name(host)}</a></p>
          ${frame.simulated ? html`<p class="badge warning">Simulated host</p>` : undefined}
          ${live ? html`<p class="age" data-live="age">${read?.at === undefined ? 'The host has not been read yet' : html`Read ${ago(read.at, read.now)} ago`}</p>` : undefined}
        </header>
        ${live ? html`<p id="stale" class="stale" role="status"></p>` : undefined}
        <main id="main" tabindex="-1">${main}</main>
        <footer>
          <p>hyperv-sriov-exporter ${frame.version}.${live ? ' This page refreshes itself every 15 seconds.' : ''}</p>
          <nav aria-label="Endpoints">
            <ul>
              <li><a href="${link.docs()}">Documentation</a></li>
              <li><a href="/metrics">Metrics</a></li>
              <li><a href="/api/v1/explain">Explain</a></li>
              <li><a href="/api/v1/findings">Findings</a></li>
              <li><a href="/api/v1/capacity">Capacity</a></li>
              <li><a href="/api/v1/events">Events</a></li>
              <li><a href="/api/v1/openapi.json">API</a></li>
            </ul>
          </nav>
        </footer>
      </body>
    </html> `.text;
}
