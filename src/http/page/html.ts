import { visible, visibleText } from '../../text/visible.ts';

/** Markup that is safe to put into a page: made by `html` only, which escapes everything else and makes it visible. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | readonly Html[] | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

function markup(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(markup).join('');
  return escape(visible(String(value)));
}

/** A value of several lines, for a script of the page. */
export const severalLines = (text: string): Html => new Html(escape(visibleText(text)));

/** Removes line breaks next to a tag: they only lay out the source, and an empty cell must stay empty for CSS. */
const tidy = (markupText: string): string => markupText.replace(/>\s*\n\s*/g, '>').replace(/\s*\n\s*</g, '<');

/** Each template of the source is one object, however often it is used. */
const tidied = new Map<TemplateStringsArray, readonly string[]>();

/** The fixed parts of a template, tidied once. */
function fixedParts(strings: TemplateStringsArray): readonly string[] {
  const former = tidied.get(strings);
  if (former !== undefined) return former;
  const parts = strings.map(tidy);
  tidied.set(strings, parts);
  return parts;
}

/** html`<p>${name}</p>`: values are escaped, lists are joined, and undefined prints nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = fixedParts(strings);
  let text = '';
  for (let index = 0; index < parts.length; index++) text += parts[index] + markup(values[index]);
  return new Html(text);
}

/** A text from outside. `bdi` stops a right-to-left name from reversing the rest of the line. */
export const name = (text: string | undefined): Html => html`<bdi>${text}</bdi>`;
