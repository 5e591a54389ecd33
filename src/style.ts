import { styleText } from 'node:util';

/** Colours and weights of a terminal: `red`, `['bold', 'red']` */
export type Style = Parameters<typeof styleText>[0];

/**
 * A text for standard output in a colour. Node decides whether there are colours: on a terminal, unless NO_COLOR is set;
 * elsewhere with FORCE_COLOR only.
 */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** Whether standard output shows colours. */
export const showsColours = (): boolean => paint('bold', '.') !== '.';
