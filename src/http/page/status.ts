import type { Finding } from '../../diagnosis/model.ts';
import { PARTS } from '../../document/document.ts';
import type { Collection } from '../../metrics/collection.ts';
import type { View } from '../../metrics/define.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { pools } from './pools.ts';
import { filterRows, ROW_STATUSES, STATUS_TEXT, verdict, type VnicRow, vnicRows } from '../../diagnosis/overview.ts';

export interface StatusQuery {
  readonly filter: string;
  /** From 1 */
  readonly page: number;
}

const PAGE_SIZE = 100;

/** The content of `/`: verdict, pools, the vNICs sorted by trouble, findings, and how the collection goes. */
export function statusMain(
  view: View | undefined,
  collection: Collection,
  query: StatusQuery,
  extra: Html | undefined,
): Html {
  if (view === undefined)
    return html`<h1 class="verdict unsure">The first poll of this host has not ended yet.</h1>
      ${collectors(collection)}`;
  const rows = vnicRows(view);
  const { level, text } = verdict(view, rows);
  return html`<h1 class="verdict ${level}">${text}</h1>
    ${summary(rows)}
    <section aria-labelledby="pools-title">
      <h2 id="pools-title">Pools</h2>
      ${pools(view)}
    </section>
    <section aria-labelledby="vnics-title">
      <h2 id="vnics-title">Virtual NICs</h2>
      ${table(rows, view.collection.now, query)}
    </section>
    ${extra} ${findings(view)} ${collectors(collection)}`;
}

function summary(rows: readonly VnicRow[]): Html {
  const counts = ROW_STATUSES.map((status) => ({ status, count: rows.filter((row) => row.status === status).length }));
  return html`<ul class="counts">
    ${counts
      .filter(({ count }) => count > 0)
      .map(
        ({ status, count }) =>
          html`<li>
            <a href="/?filter=${status}"><b>${count}</b> ${STATUS_TEXT[status]}</a>
          </li>`,
      )}
  </ul>`;
}

function table(rows: readonly VnicRow[], now: number, { filter, page }: StatusQuery): Html {
  const found = filterRows(rows, filter);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const current = Math.min(Math.max(1, page), pages);
  const shown = found.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE);
  return html`<form class="filter" role="search" method="get" action="/">
      <label for="filter">Filter by VM, vNIC, vSwitch, path or reason</label>
      <input id="filter" name="filter" type="search" value="${filter}" autocomplete="off" /><button type="submit">
        Filter
      </button>
    </form>
    <p id="found" role="status">${found.length} of ${rows.length} virtual NICs</p>
    <div class="scroll" role="region" aria-labelledby="vnics-title" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">VM</th>
            <th scope="col">vNIC</th>
            <th scope="col">Path</th>
            <th scope="col">Since</th>
            <th scope="col">Reason</th>
            <th scope="col">Remedy</th>
            <th scope="col">vSwitch</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((row) => tableRow(row, now))}
        </tbody>
      </table>
    </div>
    ${pages > 1 ? pager(current, pages, filter) : undefined}`;
}

function tableRow(row: VnicRow, now: number): Html {
  const vm = row.vmId === undefined ? name(row.vm) : html`<a href="/vm?id=${row.vmId}">${name(row.vm)}</a>`;
  const why = row.status === 'vf' ? undefined : row.reason;
  return html`<tr class="${row.status}">
    <th scope="row" data-label="VM">${vm}</th>
    <td data-label="vNIC">${name(row.vnic)}</td>
    <td data-label="Path">
      <span class="path ${row.status}"
        >${STATUS_TEXT[row.status]}${row.settling === undefined ? undefined : ` (${row.settling.replace('_', ' ')})`}</span
      >
    </td>
    <td data-label="Since">${ago(row.since, now)}</td>
    <td data-label="Reason">
      ${why === undefined ? undefined : html`<code>${why.id}</code> ${why.detail}`}${row.findings.map((finding) => html`<span class="also ${finding.severity}">also <code>${finding.id}</code></span>`)}
    </td>
    <td data-label="Remedy">
      ${why?.command === undefined ? undefined : html`<code class="command">${why.command}</code>`}
    </td>
    <td data-label="vSwitch">${name(row.vswitch)}</td>
  </tr>`;
}

function pager(current: number, pages: number, filter: string): Html {
  const link = (page: number, text: string) =>
    page < 1 || page > pages
      ? html`<span>${text}</span>`
      : html`<a href="/?page=${page}${filter === '' ? '' : `&filter=${encodeURIComponent(filter)}`}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${link(current - 1, 'Previous')} <span>Page ${current} of ${pages}</span> ${link(current + 1, 'Next')}
  </nav>`;
}

function findings(view: View): Html {
  const { host } = view.tracked;
  const names = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch.name]));
  const all: { readonly of: string; readonly finding: Finding }[] = [
    ...view.diagnosis.host.map((finding) => ({ of: 'Host', finding })),
    ...[...view.diagnosis.nics].flatMap(([nic, { findings: list }]) => list.map((finding) => ({ of: nic, finding }))),
    ...[...view.diagnosis.vswitches].flatMap(([id, { findings: list }]) =>
      list.map((finding) => ({ of: names.get(id) ?? id, finding })),
    ),
  ];
  if (all.length === 0 && view.diagnosis.vmqAdvice.length === 0) return html``;
  return html`<section aria-labelledby="findings-title">
    <h2 id="findings-title">Findings</h2>
    <ul class="findings">
      ${all.map(
        ({ of, finding }) =>
          html`<li class="${finding.severity}">
            <span class="badge ${finding.severity}">${finding.severity}</span> ${name(of)}:
            <code>${finding.id}</code> ${finding.detail}${
              finding.command === undefined ? undefined : html` <code class="command">${finding.command}</code>`
            }
          </li>`,
      )}${view.diagnosis.vmqAdvice.map((advice) => html`<li class="info"><span class="badge info">advice</span> ${advice.text} ${advice.commands.map((command) => html`<code class="command">${command}</code> `)}</li>`)}
    </ul>
  </section>`;
}

function collectors(collection: Collection): Html {
  const parts = PARTS.filter((part) => collection.parts[part].enabled);
  return html`<section aria-labelledby="collectors-title">
    <h2 id="collectors-title">Collection</h2>
    <div class="scroll" role="region" aria-labelledby="collectors-title" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">State</th>
            <th scope="col">Data is old</th>
            <th scope="col">Took</th>
            <th scope="col">Every</th>
            <th scope="col">Sources that fail</th>
          </tr>
        </thead>
        <tbody>
          ${parts.map((part) => {
            const state = collection.parts[part];
            const failing = [...state.sources].filter(([, source]) => source.available && !source.success);
            return html`<tr>
              <th scope="row" data-label="Part">${part}</th>
              <td data-label="State">
                ${state.tried ? (state.success ? 'ok' : `failed: ${state.error ?? ''}`) : 'not tried yet'}
              </td>
              <td data-label="Data is old">${ago(state.lastSuccess, collection.now)}</td>
              <td data-label="Took">
                ${state.durationSeconds === undefined ? undefined : `${state.durationSeconds.toFixed(1)} s`}
              </td>
              <td data-label="Every">${state.intervalSeconds} s</td>
              <td data-label="Sources that fail">
                ${failing.map(([source, its]) => html`<span class="also warning"><code>${source}</code> ${its.error}</span>`)}
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}
