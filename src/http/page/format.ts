import { html, type Html } from './html.ts';

/** `now - then` in the two largest units; both in Unix milliseconds. */
export function age(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A moment as its age, with the exact time for machines and as a tool tip. */
export function ago(then: number | undefined, now: number): Html | undefined {
  if (then === undefined) return undefined;
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${age(then, now)}</time>`;
}
