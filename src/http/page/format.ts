import { age } from '../../report/vnic-rows.ts';
import { html, type Html } from './html.ts';

/** A moment as its age, with the exact time for machines and as a tool tip. */
export function ago(then: number | undefined, now: number): Html | undefined {
  if (then === undefined) return undefined;
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${age(then, now)}</time>`;
}
