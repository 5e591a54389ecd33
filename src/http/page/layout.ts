import { age } from '../../report/vnic-rows.ts';
import { moment } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { Level } from '../../report/verdict.ts';
import type { Made } from '../route.ts';
import { pageIcon, TITLE_MARK } from './icon.ts';
import { hostLinks } from './links.ts';
import { type ShownTour, simulatedBadge } from './stage.ts';

/** The content of a page. */
export interface PageContent {
  readonly title: string;
  /**
   * The worst level on the page. Icon and title show it, so that it can be seen in a background tab.
   * Undefined for a document, which has no state and does not refresh itself.
   */
  readonly state?: Level;
  readonly main: Html;
}

export interface PageFrame {
  readonly host: string | undefined;
  /** Name of the target that the page is about, in a collector */
  readonly target?: string | undefined;
  /** A collector's page that is about no single target */
  readonly ofAllHosts?: boolean | undefined;
  readonly version: string;
  /** What the addresses in the page begin with: empty, or `/prefix` behind a reverse proxy */
  readonly prefix: string | undefined;
  readonly simulated: boolean;
  /** The stages of a simulated host */
  readonly tour?: ShownTour | undefined;
  /** When the inventory was read, and now, Unix milliseconds; undefined while nothing is known */
  readonly read?: { readonly at: number | undefined; readonly now: number } | undefined;
}

const HTML = 'text/html; charset=utf-8';

/** A page as the answer of a route. */
export const page = (frame: PageFrame, content: PageContent, status = 200): Made => ({
  status,
  contentType: HTML,
  pieces: [Buffer.from(layout(frame, content))],
});

/** A whole page as HTML text. A refresh by the script replaces `main` and each element with `data-live`. */
export function layout(frame: PageFrame, { title, state, main }: PageContent): string {
  const { host, read } = frame;
  const live = state !== undefined;
  const links = hostLinks(frame.target, frame.prefix);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${live ? `${TITLE_MARK[state]} ` : ''}${title} - ${host ?? 'hyperv-sriov-exporter'}</title>
        <link rel="icon" href="${live ? pageIcon(state) : 'data:,'}" data-silent="${pageIcon('unknown')}" />
        <link rel="stylesheet" href="${links.asset('page.css')}" />
        ${live ? html`<script src="${links.asset('page.js')}" defer></script>` : html`<link rel="stylesheet" href="${links.asset('document.css')}" />`}
      </head>
      <body data-host="${host ?? 'hyperv-sriov-exporter'}">
        <a class="skip" href="#main">Skip to main content</a>
        <header>
          ${frame.target === undefined ? undefined : html`<p class="up"><a href="${links.home()}">All hosts</a></p>`}
          <p class="brand"><a href="${links.status()}">${host === undefined ? 'hyperv-sriov-exporter' : name(host)}</a></p>
          ${frame.simulated ? simulatedBadge(frame.tour, links, frame.ofAllHosts === true ? 'hosts' : 'host') : undefined}
          ${live ? html`<p class="age" data-live="age">${read?.at === undefined ? 'The host has not been read yet' : html`Read ${countedAge(read.at, read.now)} ago <span class="printed">at ${moment(read.at, 'exact')}</span>`}</p>` : undefined}
        </header>
        ${live ? notices : undefined}
        <main id="main" tabindex="-1">${main}</main>
        <footer>
          <p>hyperv-sriov-exporter ${frame.version}.${live ? ' This page refreshes itself every 15 seconds.' : ''}</p>
          <nav aria-label="Endpoints">
            <ul>
              <li><a href="${links.docs()}">Documentation</a></li>
              ${(frame.ofAllHosts === true ? links.ofAllHosts() : links.endpoints()).map(([address, text]) => html`<li><a href="${address}">${text}</a></li>`)}
              <li><a href="${links.api()}">API</a></li>
            </ul>
          </nav>
        </footer>
      </body>
    </html> `.text;
}

/** Messages of the script: no answer came, or the refresh is paused while text is selected. */
const notices = html`<p id="stale" class="notice" role="status"></p>
  <p id="held" class="notice" role="status" hidden>
    Refresh is paused while text is selected. The latest state: <b id="held-verdict"></b>
    <button type="button" id="show-held">Show it</button>
  </p>`;

/** The age of the data, which the script keeps counting. `data-age` is in milliseconds. */
function countedAge(then: number, now: number): Html {
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${iso}" data-age="${Math.max(0, now - then)}">${age(then, now)}</time>`;
}
