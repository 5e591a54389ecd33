import { visible } from '../../report/visible.ts';

/** Markup that is safe to put into a page: made by `html` only, which escapes everything else. */
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
  return escape(String(value));
}

/** Line breaks beside a tag are of the source, not of the page: an empty cell stays empty. */
const tidy = (markupText: string): string => markupText.replace(/>\s*\n\s*/g, '>').replace(/\s*\n\s*</g, '<');

/** html`<p>${name}</p>`: values are escaped, lists joined, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.map((string, index) => tidy(string) + markup(values[index])).join(''));
}

/** A text from outside. `bdi` keeps a right-to-left name from turning the line around. */
export const name = (text: string | undefined): Html => html`<bdi>${visible(text ?? '')}</bdi>`;
