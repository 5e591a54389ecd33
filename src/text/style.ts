import { styleText } from 'node:util';

/** Colours and weights of a terminal: `red`, `['bold', 'red']` */
export type Style = Parameters<typeof styleText>[0];

/** Whether standard output shows colours: on a terminal, unless NO_COLOR is set; elsewhere with FORCE_COLOR only. */
export const showsColours = (): boolean => styleText('bold', '.', { stream: process.stdout }) !== '.';

/**
 * A text in a colour, where standard output shows colours. Node 20 does not look at the stream for a list of styles
 * (seen with 20.20), so that is asked here.
 */
export const paint = (style: Style, text: string): string =>
  showsColours() ? styleText(style, text, { stream: process.stdout }) : text;
