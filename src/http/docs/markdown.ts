import { Marked, Renderer, type Tokens } from 'marked';
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

/**
 * Renders a document of this project as HTML. Nothing in it can run: HTML in the text is not passed through, and links
 * lead only to documents, `http:` and `https:`.
 *
 * @param text Markdown
 * @param path of the document within the folder `docs`, with forward slashes; links are relative to it
 */
export function renderMarkdown(text: string, path: string): Html {
  return new Html(new Marked().parse(text, { gfm: true, async: false, renderer: new DocumentRenderer(path) }));
}

/** The title of a document: its first heading without markup. */
export const titleOf = (text: string): string | undefined => /^# +(.+)$/m.exec(text)?.[1]?.replaceAll('`', '').trim();
