import { atOnce, type Steps } from '../turn.ts';

/**
 * Ten times what a document of 1,024 VMs has. A text may have a value in every second or third byte, and each value takes up to
 * some hundred bytes of memory: without this limit, a text of allowed length could take all the memory of the process.
 */
export const MAX_VALUES = 1_000_000;
/** A document nests six levels. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The place of the quote that ends the string which begins at `start`; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
}

/** Throws if a text has more values than a document can have, or nests them deeper. It need not be JSON. */
function refuseTooMany(text: string, maxValues: number): void {
  let values = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values++;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      values++;
      depth++;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    if (depth > MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    if (values > maxValues) throw new RangeError(`it has more than ${maxValues} values`);
  }
}

/**
 * Parses JSON from outside whose length has been limited already. The number of its values and their depth are limited
 * before memory is taken for them.
 * @throws RangeError for more than `maxValues` values or 64 levels; SyntaxError if the text is not JSON
 */
export const parseBoundedJson = (text: string, maxValues = MAX_VALUES): unknown =>
  atOnce(boundedJsonInSteps(text, maxValues));

/** The same, with a pause between the check of the limits and the parsing. */
export function* boundedJsonInSteps(text: string, maxValues = MAX_VALUES): Steps<unknown> {
  // Two values need more than two characters.
  if (text.length > maxValues) {
    refuseTooMany(text, maxValues);
    yield;
  }
  return JSON.parse(text);
}
