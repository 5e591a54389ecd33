import { invariant } from './surface.ts';

const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<>]*")?)*)\s*(\/?)>/y;
const ATTRIBUTE = /\s+([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"<>]*)")?/g;
/** An ampersand that is not of an entity that our templates and their escaping have */
const BARE_AMPERSAND = /&(?!(?:amp|lt|gt|quot|nbsp|#39);)/;
const CONTROL = /(?![\t\n])\p{Cc}/u;
const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input', 'wbr', 'col']);
const LINKS = new Set(['href', 'src', 'action', 'formaction', 'data']);
const SCRIPT = ' src="/assets/page.js" defer';

/**
 * Checks that a page is markup of our own and nothing else: every tag is closed, every attribute is quoted, no text has an
 * unescaped character of markup, and nothing that came from outside is a tag, an attribute or an address of a script.
 * Stricter than HTML: a page that a browser would repair fails.
 * @returns how many tags the page has
 */
export function checkMarkup(page: string): number {
  const open: string[] = [];
  let tags = 0;
  const start = /^<!doctype html>/.exec(page)?.[0].length;
  invariant(start !== undefined, 'the page has no doctype');
  for (let at = start; at < page.length;) {
    const next = page.indexOf('<', at);
    checkText(page.slice(at, next === -1 ? page.length : next));
    if (next === -1) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(page);
    invariant(tag !== null, `not a tag of ours: ${JSON.stringify(page.slice(next, next + 120))}`);
    const [whole, closing, name = '', attributes = '', selfClosing] = tag;
    checkTag(name.toLowerCase(), attributes);
    tags += 1;
    if (closing === '/') {
      const former = open.pop();
      invariant(former === name, `</${name}> closes <${former}>`);
    } else if (selfClosing !== '/' && !VOID.has(name)) open.push(name);
    at = next + whole.length;
  }
  invariant(open.length === 0, `not closed: ${open.join(', ')}`);
  return tags;
}

function checkText(text: string): void {
  invariant(!BARE_AMPERSAND.test(text), `an unescaped & in ${JSON.stringify(text.slice(0, 200))}`);
  invariant(!CONTROL.test(text), `a control character in ${JSON.stringify(text.slice(0, 200))}`);
}

function checkTag(name: string, attributes: string): void {
  invariant(!name.includes('fuzz'), `a tag from outside: ${name}`);
  invariant(
    name !== 'script' || attributes === SCRIPT || attributes === '',
    `a script that is not ours: ${attributes}`,
  );
  const seen = new Set<string>();
  for (const [, attribute = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
    checkText(value);
    invariant(!attribute.startsWith('on'), `an attribute that runs code: ${attribute}`);
    invariant(!seen.has(attribute), `two attributes ${attribute} of ${name}`);
    seen.add(attribute);
    const scheme = /^[\s\p{Cc}]*([a-z][a-z0-9+.-]*):/iu.exec(value)?.[1]?.toLowerCase();
    if (LINKS.has(attribute) && scheme !== undefined)
      invariant(
        scheme === 'http' || scheme === 'https' || (name === 'link' && scheme === 'data'),
        `${attribute} has the scheme ${scheme}`,
      );
  }
}
