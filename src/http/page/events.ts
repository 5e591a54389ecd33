import type { JournalEvent } from '../../report/events.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { reasonEntry } from './reason.ts';

/** Events, the newest first. */
export function eventList(events: readonly JournalEvent[], now: number): Html {
  if (events.length === 0) return html`<p class="quiet">No events recorded.</p>`;
  return html`<table class="events">
    <thead>
      <tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Reason</th></tr>
    </thead>
    <tbody>${events.toReversed().map((event) => eventRow(event, now))}</tbody>
  </table>`;
}

const eventRow = ({ at, text, reason }: JournalEvent, now: number): Html =>
  html`<tr>
    <td data-label="When" class="since">${ago(at, now)} ago</td>
    <td data-label="What">${marked(text)}</td>
    <td data-label="Reason">${reason === undefined ? undefined : reasonEntry(reason)}</td>
  </tr>`;

/** Names stand in backticks in the text of an event. */
export const marked = (text: string): readonly Html[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<b>${name(part)}</b>` : html`${part}`));
