import { Lexer, Parser, Renderer, type Tokens } from 'marked';
import type { Steps } from '../../turn.ts';
import { Html } from '../page/html.ts';

/** Base URL of files that the documents link to and the agent does not serve: rules, dashboards, sources. */
const REPOSITORY = 'https://github.com/hyperv-sriov-exporter/hyperv-sriov-exporter/blob/main/';
/** An origin for resolving relative URLs; never contacted */
const HERE = 'http://agent.invalid';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

/** The anchor of a heading as GitHub makes it: `VF pool, nearly full` is `vf-pool-nearly-full`. */
export const slug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

class DocumentRenderer extends Renderer {
  private readonly path: string;
  private readonly anchors = new Map<string, number>();

  constructor(path: string) {
    super();
    this.path = path;
  }

  override heading({ tokens, depth, text }: Tokens.Heading): string {
    const name = slug(text);
    const before = this.anchors.get(name) ?? 0;
    this.anchors.set(name, before + 1);
    const anchor = before === 0 ? name : `${name}-${before}`;
    return `<h${depth} id="${escape(anchor)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
  }

  override link({ href, tokens }: Tokens.Link): string {
    const text = this.parser.parseInline(tokens);
    const to = this.addressOf(href);
    if (to === undefined) return text;
    return `<a href="${escape(to)}"${to.startsWith('http') ? ' rel="noreferrer"' : ''}>${text}</a>`;
  }

  /** Relative links between documents stay unchanged, because the agent serves the same tree as the repository. */
  private addressOf(href: string): string | undefined {
    if (!URL.canParse(href, `${HERE}/docs/${this.path}`)) return undefined;
    const url = new URL(href, `${HERE}/docs/${this.path}`);
    if (url.origin !== HERE) return /^https?:$/.test(url.protocol) ? url.href : undefined;
    if (url.pathname.startsWith('/docs/') && url.pathname.endsWith('.md')) return href;
    return new URL(`.${url.pathname}${url.hash}`, REPOSITORY).href;
  }

  /** HTML in a document is never passed through. Comments (marks of generated parts) are omitted. */
  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return text.trimStart().startsWith('<!--') ? '' : escape(text);
  }

  override image({ text }: Tokens.Image): string {
    return escape(text);
  }

  /** Code blocks and tables may be wider than the screen, so each scrolls by itself, also with the keyboard. */
  override code({ text }: Tokens.Code): string {
    return `<pre tabindex="0"><code>${escape(text)}\n</code></pre>\n`;
  }

  override table({ header, rows }: Tokens.Table): string {
    const titled = header.some(({ text }) => text !== '');
    const inline = ({ tokens }: Tokens.TableCell): string => this.parser.parseInline(tokens);
    const head = titled
      ? `<thead><tr>${header.map((cell) => (cell.text === '' ? '<td></td>' : `<th scope="col">${inline(cell)}</th>`)).join('')}</tr></thead>`
      : '';
    const body = rows.map(
      (cells) =>
        `<tr>${cells.map((cell, index) => (index === 0 ? `<th scope="row">${inline(cell)}</th>` : `<td>${inline(cell)}</td>`)).join('')}</tr>`,
    );
    return `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>${head}<tbody>${body.join('')}</tbody></table></div>\n`;
  }
}

/** Lines that begin a section or a block of code, or end such a block */
const MARK = /^(?:#{1,6} | {0,3}(`{3,}|~{3,})).*$/gm;

/** The sections of a document: each begins with a heading, except the text before the first one. */
function* sections(text: string): Generator<string> {
  let start = 0;
  let fence = '';
  for (const { 1: mark, index } of text.matchAll(MARK)) {
    if (mark !== undefined) {
      if (fence === '') fence = mark;
      else if (mark.startsWith(fence)) fence = '';
    } else if (fence === '' && index > start) {
      yield text.slice(start, index);
      start = index;
    }
  }
  yield text.slice(start);
}

/**
 * Renders a document of this project as HTML. Nothing in it can run: HTML in the text is not passed through, and links
 * lead only to documents, `http:` and `https:`. Each section and each paragraph is a step: a long document takes 20 ms.
 *
 * @param text Markdown
 * @param path of the document within the folder `docs`, with forward slashes; links are relative to it
 */
export function* renderMarkdown(text: string, path: string): Steps<Html> {
  const lexer = new Lexer({ gfm: true });
  for (const section of sections(text.replaceAll(/\r\n|\r/g, '\n'))) {
    lexer.blockTokens(section, lexer.tokens);
    yield;
  }
  // A link may be defined in a later section, so text within blocks is read when all sections are known.
  for (const { src, tokens } of lexer.inlineQueue) {
    lexer.state.inRawBlock = false;
    lexer.inlineTokens(src, tokens);
    yield;
  }
  const parser = new Parser({ renderer: new DocumentRenderer(path) });
  let rendered = '';
  for (const token of lexer.tokens) {
    rendered += parser.parse([token]);
    yield;
  }
  return new Html(rendered);
}

/** The title of a document: its first heading without markup. */
export const titleOf = (text: string): string | undefined => /^# +(.+)$/m.exec(text)?.[1]?.replaceAll('`', '').trim();
