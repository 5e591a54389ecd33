import type { JournalEvent } from '../../report/events.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { SiteLinks } from './links.ts';
import { reasonEntry } from './reason.ts';

/** Events as a table, newest first. @param events oldest first, as the journal has them */
export function eventList(events: readonly JournalEvent[], now: number, links: SiteLinks): Html {
  if (events.length === 0) return html`<p class="quiet">No events recorded.</p>`;
  return html`<table class="events">
    <thead>
      <tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Reason</th></tr>
    </thead>
    <tbody>${events.toReversed().map((event) => eventRow(event, now, links))}</tbody>
  </table>`;
}

const eventRow = ({ at, text, reason }: JournalEvent, now: number, links: SiteLinks): Html =>
  html`<tr>
    <td data-label="When" class="since">${ago(at, now)} ago</td>
    <td data-label="What">${marked(text)}</td>
    <td data-label="Reason">${reason === undefined ? undefined : reasonEntry(reason, links)}</td>
  </tr>`;

/** The text of an event, in which names are between backticks, as markup. @param address where the first name leads to */
export const marked = (text: string, address?: string): readonly Html[] =>
  text.split('`').map((part, index) => {
    if (index % 2 === 0) return html`${part}`;
    return index === 1 && address !== undefined
      ? html`<a href="${address}"><b>${name(part)}</b></a>`
      : html`<b>${name(part)}</b>`;
  });
