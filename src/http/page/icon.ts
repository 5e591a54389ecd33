import { html, type Html } from './html.ts';

/** Paths in a square of 24, drawn in the colour of the text beside it. */
const PATHS = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  bad: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  unsure: 'M8.5 9.2a3.5 3.5 0 1 1 5.2 3.1c-1.2.7-1.7 1.3-1.7 2.5M12 18.2v.1',
  none: 'M8 12h8',
} as const;
export type Icon = keyof typeof PATHS;

/** Says nothing that the text beside it does not say. */
export const icon = (kind: Icon): Html =>
  html`<svg class="icon ${kind}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${PATHS[kind]}"></path></svg>`;
