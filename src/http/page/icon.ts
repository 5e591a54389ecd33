import type { Level } from '../../report/verdict.ts';
import { html, type Html } from './html.ts';

/** Paths in a square of 24, drawn in the colour of the text beside it. */
const PATHS = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  critical: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  unknown: 'M8.5 9.2a3.5 3.5 0 1 1 5.2 3.1c-1.2.7-1.7 1.3-1.7 2.5M12 18.2v.1',
  warning: 'M12 6v7.5M12 17.8v.1',
  none: 'M8 12h8',
} as const;
export type Icon = keyof typeof PATHS;

/** An icon that only repeats the text next to it. @param colour the severity, if it differs from that of the mark */
export const icon = (kind: Icon, colour: string = kind): Html =>
  html`<svg class="icon ${colour}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${PATHS[kind]}"></path></svg>`;

/** For the title of the tab: a character that can be told apart without colour. */
export const TITLE_MARK: Readonly<Record<Level, string>> = { good: '✓', warning: '!', critical: '✗', unknown: '?' };

const COLOURS: Readonly<Record<Level, string>> = {
  good: '#2ea35a',
  warning: '#c77700',
  critical: '#d92f45',
  unknown: '#6b7784',
};

/** The icon of the tab as a data URL: a disc in the colour of the state, with its mark. */
export const pageIcon = (state: Level): string =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12" fill="${COLOURS[state]}"/>` +
      `<path d="${PATHS[state]}" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  )}`;
