import { html, type Html } from './html.ts';
import { link } from './links.ts';

/** The id of a reason or finding, as the link to what it means and how to fix it in the documentation. */
export const reasonEntry = (id: string, look = ''): Html =>
  html`<a class="entry" href="${link.reason(id)}"><code class="${look}">${id}</code></a>`;
