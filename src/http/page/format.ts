import { age } from '../../report/vnic-rows.ts';
import { html, type Html } from './html.ts';

/** A time as an age (`5 min`), with the exact time in `datetime` and as a tooltip. Both in Unix milliseconds. */
export function ago(then: number | undefined, now: number): Html | undefined {
  if (then === undefined) return undefined;
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${age(then, now)}</time>`;
}

/**
 * A time: date and time in UTC, which the script replaces by the reader's own time zone. `clock` leaves out today's date,
 * `minute` also the seconds. `then` is in Unix milliseconds.
 */
export function moment(then: number, form: 'exact' | 'clock' | 'minute'): Html {
  const iso = new Date(then).toISOString();
  return html`<time class="${form}" datetime="${iso}" title="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
