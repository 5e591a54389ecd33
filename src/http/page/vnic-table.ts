import type { Finding } from '../../diagnosis/model.ts';
import { filterRows, STATUS_TEXT, type VnicRow } from '../../report/vnic-rows.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { troubleAnchor } from './troubles.ts';

export interface TableQuery {
  readonly filter: string;
  /** From 1 */
  readonly page: number;
}

const PAGE_SIZE = 100;

/** The vNICs, worst first, a page at a time. */
export function vnicTable(rows: readonly VnicRow[], now: number, { filter, page }: TableQuery): Html {
  const found = filterRows(rows, filter);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const current = Math.min(Math.max(1, page), pages);
  const shown = found.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE);
  return html`<section id="vnics" aria-labelledby="vnics-title">
    <div class="over-table">
      <h2 id="vnics-title">Virtual NICs</h2>
      <form class="filter" role="search" method="get" action="/#vnics">
        <label class="hidden" for="filter">Filter by VM, vNIC, vSwitch, path or reason</label>
        <input
          id="filter"
          name="filter"
          type="search"
          maxlength="200"
          value="${filter}"
          placeholder="VM, vSwitch, path, reason…"
          autocomplete="off"
          spellcheck="false"
        /><button type="submit">Filter</button>
      </form>
      <p id="found" class="quiet" role="status">${found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`}</p>
    </div>
    ${
      shown.length === 0
        ? html`<p class="empty">${rows.length === 0 ? 'This host has no virtual NIC.' : html`No virtual NIC matches this filter. <a href="/#vnics">Show all</a>`}</p>`
        : html`<table class="vnics">
            <thead>
              <tr>
                <th scope="col">VM</th>
                <th scope="col">Path</th>
                <th scope="col">Since</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>${shown.map((row) => tableRow(row, now))}</tbody>
          </table>`
    }
    ${pages > 1 ? pager(current, pages, filter) : undefined}
  </section>`;
}

/** A path as a coloured word. */
export const pathBadge = ({ status, settling }: VnicRow): Html =>
  html`<span class="path ${status}">${STATUS_TEXT[status]}${settling === undefined || status !== 'settling' ? undefined : `: ${settling.replace('_', ' ')}`}</span>`;

function tableRow(row: VnicRow, now: number): Html {
  const vm = row.vmId === undefined ? name(row.vm) : html`<a href="/vm?id=${row.vmId}">${name(row.vm)}</a>`;
  const why = row.status === 'vf' ? undefined : row.reason;
  const where = [row.vnic, row.vswitch].filter((text) => text !== '').map(name);
  return html`<tr class="${row.status}">
    <th scope="row">${vm}<small>${where[0]}${where.length > 1 ? html` on ${where[1]}` : undefined}</small></th>
    <td data-label="Path">${pathBadge(row)}</td>
    <td data-label="Since" class="since">${ago(row.since, now)}</td>
    <td data-label="Reason">${why === undefined ? undefined : row.status === 'fallback' ? reasonLink(why) : html`<code class="quiet">${why.id}</code>`}${row.findings.map(({ id, severity }) => html`<span class="also">also <code class="${severity}">${id}</code></span>`)}</td>
  </tr>`;
}

/** Leads to how to fix it, which stands once for all that have it. */
const reasonLink = ({ id, severity }: Finding): Html =>
  html`<a href="#${troubleAnchor(id)}"><code class="${severity}">${id}</code></a>`;

function pager(current: number, pages: number, filter: string): Html {
  const link = (page: number, text: string) =>
    page < 1 || page > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="/?page=${page}${filter === '' ? '' : `&filter=${encodeURIComponent(filter)}`}#vnics">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${link(current - 1, 'Previous')} <span>Page ${current} of ${pages}</span> ${link(current + 1, 'Next')}
  </nav>`;
}
