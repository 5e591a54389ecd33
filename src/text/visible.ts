/**
 * What would show as nothing, move the cursor, colour the screen or turn the line around: control characters, line
 * breaks, marks of direction, characters without width or with no glyph. Joiners stay: emoji are made of them.
 */
const UNSEEN =
  '\\p{Cc}\\p{Zl}\\p{Zp}\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}';
const unseen = new RegExp(`[${UNSEEN}]`, 'gu');
/** All of it but line break and tab, which texts have of their own */
const unseenInText = new RegExp(`(?![\\n\\t])[${UNSEEN}]`, 'gu');
const MARK = '\u2423';

/** A name or text from outside for people to read in one line, on a page, a terminal or in a sentence: what is unseen is shown as `␣`. */
export const visible = (text: string): string => text.replace(unseen, MARK);

/** A text from outside in one line: white space, line breaks included, is one blank. */
export const oneLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ').trim());

/** The same for a text of several lines. */
export const visibleText = (text: string): string => text.replaceAll('\r\n', '\n').replace(unseenInText, MARK);

/** A value with all its texts made visible, for what another program has answered. */
export function allVisible<T>(value: T): T;
export function allVisible(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map((item: unknown) => allVisible(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visible(key), allVisible(item)]));
}

/** A value as JSON that can be shown: what is unseen is escaped, so that the value stays the same. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(unseenInText, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
