/** Control characters, line breaks, and the marks that turn a line around. Joiners stay: emoji are made of them. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text from outside for people to read, on a page or a terminal: what would show as nothing, move the cursor, colour
 * the screen or turn the line around is shown as `␣`.
 */
export const visible = (text: string): string => text.replace(UNSEEN, '\u2423');
