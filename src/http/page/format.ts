import { age } from '../../report/vnic-rows.ts';
import { html, type Html } from './html.ts';

/** A moment as its age, with the exact time for machines and as a tool tip. */
export function ago(then: number | undefined, now: number): Html | undefined {
  if (then === undefined) return undefined;
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${age(then, now)}</time>`;
}

/**
 * A moment: date and time in UTC here, and in the reader's time zone once the script has run. `clock` leaves the date
 * out where it is today's, `minute` the seconds too.
 */
export function moment(then: number, form: 'exact' | 'clock' | 'minute'): Html {
  const iso = new Date(then).toISOString();
  return html`<time class="${form}" datetime="${iso}" title="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
