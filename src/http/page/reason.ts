import { html, type Html } from './html.ts';
import type { SiteLinks } from './links.ts';

/** The id of a reason or finding, as a link to its entry in the documentation. @param look class of the `code` element */
export const reasonEntry = (id: string, links: SiteLinks, look = ''): Html =>
  html`<a class="entry" href="${links.reason(id)}"><code class="${look}">${id}</code></a>`;
