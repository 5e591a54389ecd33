import {
  type Details,
  type Group,
  type ListedGroup,
  type ListedVnics,
  type ListQuery,
  listVnics,
  type Load,
  type Sort,
} from '../../report/vnic-list.ts';
import {
  ROW_STATUSES,
  STATUS_TEXT,
  TO_BE_CONFIRMED,
  type Unconfirmed,
  unconfirmedText,
  type VnicRow,
} from '../../report/vnic-rows.ts';
import { independentFindings } from '../../report/troubles.ts';
import type { Steps } from '../../turn.ts';
import { ago, moment } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { HostLinks } from './links.ts';
import { bitRate, busy } from './quantity.ts';
import { reasonEntry } from './reason.ts';
import { troubleAnchor } from './troubles.ts';

export interface TableQuery extends ListQuery {
  /** From 1 */
  readonly page: number;
}

const PAGE_SIZE = 100;

interface Column {
  readonly sort: Sort;
  readonly title: string;
  /** Its text in the list of sort orders */
  readonly by: string;
  /** The first click sorts in descending order: the newest or the largest first */
  readonly downFirst: boolean;
}
const column = (sort: Sort, title: string, by: string, downFirst = false): Column => ({ sort, title, by, downFirst });
const COLUMNS: readonly Column[] = [
  column('vm', 'VM', 'By name'),
  column('path', 'Path', 'By path'),
  column('since', 'Since', 'Newest change first', true),
  column('reason', 'Reason', 'By reason'),
  column('traffic', 'Traffic', 'Most traffic first', true),
  column('cpu', 'CPU of the VM', 'Most CPU first', true),
];

const GROUP_NAMES: Readonly<Record<Group, string>> = {
  none: 'Not grouped',
  reason: 'By reason',
  vswitch: 'By vSwitch',
  nic: 'By NIC',
};

/** A sort order as the address holds it: `-cpu` is the highest first; empty for the default. */
export const sortText = ({ sort, descending }: Pick<ListQuery, 'sort' | 'descending'>): string =>
  sort === 'trouble' && !descending ? '' : `${descending ? '-' : ''}${sort}`;

/** What each part of the table knows: as what it is asked for, and where its links lead. */
interface Shown {
  readonly query: TableQuery;
  readonly links: HostLinks;
}

/** The address of the same table, changed in part. */
const addressOf = ({ links, query }: Shown, change: Partial<TableQuery>): string => {
  const { filter, group, all, page, ...order } = { ...query, page: 1, ...change };
  return links.vnics({
    filter,
    sort: sortText(order),
    group: group === 'none' ? '' : group,
    show: all ? 'all' : '',
    page: page === 1 ? undefined : page,
  });
};

/**
 * The table of vNICs, one page of it: problems first unless sorted otherwise, rows without problems folded into one line.
 *
 * @param known whether the inventory was read: what could not be read is not "none"
 * @param now Unix milliseconds
 */
export function* vnicTable(
  vnics: ListedVnics,
  known: boolean,
  now: number,
  query: TableQuery,
  links: HostLinks,
): Steps<Html> {
  const shownAs = { query, links };
  const { rows } = vnics;
  const list = yield* listVnics(vnics, query);
  yield;
  const shown = list.groups.reduce((total, group) => total + group.rows.length, 0);
  const pages = Math.max(1, Math.ceil(shown / PAGE_SIZE));
  const current = Math.min(Math.max(1, query.page), pages);
  const groups = pageOf(list.groups, (current - 1) * PAGE_SIZE, current === pages);
  yield;
  const found = list.found === 0 ? nothing(rows.length, known, links) : yield* table(groups, vnics, shownAs, now);
  return html`<section id="vnics" aria-labelledby="vnics-title">
    <div class="over-table">
      <h2 id="vnics-title">Virtual NICs</h2>
      ${form(shownAs)}
      <p id="found" class="quiet" role="status">${!known ? '' : list.found === rows.length ? `${rows.length} in all` : `${list.found} of ${rows.length}`}</p>
    </div>
    ${found}
    ${pages > 1 ? pager(current, pages, shownAs) : undefined}
  </section>`;
}

/** The part of the groups that is on one page. The line of folded rows is on the last page of its group. */
function pageOf(groups: readonly ListedGroup[], from: number, isLast: boolean): readonly ListedGroup[] {
  let before = 0;
  return groups.flatMap((group) => {
    const start = before;
    before += group.rows.length;
    const rows = group.rows.slice(Math.max(0, from - start), Math.max(0, from + PAGE_SIZE - start));
    const ends = before > from && before <= from + PAGE_SIZE;
    const folded = ends || (isLast && group.rows.length === 0) ? group.folded : [];
    return rows.length === 0 && folded.length === 0 ? [] : [{ name: group.name, rows, folded }];
  });
}

/** @param known whether the inventory was read: what could not be read is not "none" */
const nothing = (all: number, known: boolean, links: HostLinks): Html =>
  html`<p class="empty">${!known ? 'The virtual NICs of this host could not be read.' : all === 0 ? 'This host has no virtual NIC.' : html`No virtual NIC matches this filter. <a href="${links.vnics()}">Show all</a>`}</p>`;

/** Also works without the script: a button then applies what is chosen. */
function form({ query, links }: Shown): Html {
  const option = (value: string, text: string, chosen: boolean) =>
    chosen ? html`<option value="${value}" selected>${text}</option>` : html`<option value="${value}">${text}</option>`;
  const sorted = sortText(query);
  const sorts = [
    { value: '', text: 'Problems first' },
    ...COLUMNS.map(({ sort, by, downFirst }) => ({ value: sortText({ sort, descending: downFirst }), text: by })),
  ];
  if (sorts.every(({ value }) => value !== sorted)) sorts.push({ value: sorted, text: 'Reverse order' });
  return html`<form class="filter" role="search" method="get" action="${links.vnics()}">
    ${links.fields}
    <label class="hidden" for="filter">Filter by VM, vNIC, vSwitch, path or reason</label>
    <input
      id="filter"
      name="filter"
      type="search"
      maxlength="200"
      value="${query.filter}"
      placeholder="VM, vSwitch, path, reason…"
      autocomplete="off"
      spellcheck="false"
    /><label class="hidden" for="sort">Sort</label>
    <select id="sort" name="sort">${sorts.map(({ value, text }) => option(value, text, value === sorted))}</select>
    <label class="hidden" for="group">Group</label>
    <select id="group" name="group">${(Object.keys(GROUP_NAMES) as Group[]).map((group) => option(group === 'none' ? '' : group, GROUP_NAMES[group], group === query.group))}</select>
    ${query.all ? html`<input type="hidden" name="show" value="all" />` : undefined}
    <button type="submit">Apply</button>
  </form>`;
}

function* table(groups: readonly ListedGroup[], vnics: ListedVnics, shown: Shown, now: number): Steps<Html> {
  const bodies: Html[] = [];
  for (const group of groups) {
    const rows: Html[] = [];
    for (const row of group.rows) {
      rows.push(tableRow(row, vnics, shown.links, now));
      yield;
    }
    bodies.push(
      html`<tbody>${group.name === undefined ? undefined : groupRow(group, shown)}${rows}${group.folded.length === 0 || (group.name !== undefined && group.rows.length === 0) ? undefined : foldedRow(group, shown)}</tbody>`,
    );
    yield;
  }
  return html`<table class="vnics">
    <thead>
      <tr>${COLUMNS.map((each) => heading(each, shown))}</tr>
    </thead>
    ${bodies}
  </table>`;
}

/** A click sorts by the column, a second click reverses the order. */
function heading({ sort, title, downFirst }: Column, shown: Shown): Html {
  const { query } = shown;
  const isSorted = query.sort === sort;
  const to = addressOf(shown, { sort, descending: isSorted ? !query.descending : downFirst });
  const anchor = html`<a href="${to}">${title}</a>`;
  return isSorted
    ? html`<th scope="col" aria-sort="${query.descending ? 'descending' : 'ascending'}">${anchor}</th>`
    : html`<th scope="col">${anchor}</th>`;
}

const count = (number: number): string => `${number} virtual NIC${number === 1 ? '' : 's'}`;

function groupRow({ name: group = '', rows, folded }: ListedGroup, shown: Shown): Html {
  const [first] = [...rows, ...folded];
  const title =
    shown.query.group === 'reason' && first?.reason !== undefined ? reasonEntry(group, shown.links) : name(group);
  const all = count(rows.length + folded.length);
  const none = html`${all} without problems. <a href="${addressOf(shown, { all: true })}">Show</a>`;
  return html`<tr class="group"><th scope="rowgroup" colspan="${COLUMNS.length}">${title} <small>${rows.length === 0 ? none : all}</small></th></tr>`;
}

/** What is folded, in numbers, with a link that shows it. */
function foldedRow({ folded }: ListedGroup, shown: Shown): Html {
  const parts = ROW_STATUSES.map((status) => ({ status, of: folded.filter((row) => row.status === status).length }))
    .filter(({ of }) => of > 0)
    .map(({ status, of }) => `${of} ${STATUS_TEXT[status].charAt(0).toLowerCase()}${STATUS_TEXT[status].slice(1)}`);
  return html`<tr class="folded"><td colspan="${COLUMNS.length}">${count(folded.length)} without problems: ${parts.join(', ')}. <a href="${addressOf(shown, { all: true })}">Show</a></td></tr>`;
}

/** A path as a coloured word. */
export const pathBadge = ({ status, settling }: VnicRow): Html =>
  html`<span class="path ${status}">${STATUS_TEXT[status]}${settling === undefined || status !== 'settling' ? undefined : `: ${settling.replace('_', ' ')}`}</span>`;

/** How long the vNIC has been on its path; "at least" if the beginning was not seen. */
export const sinceOf = ({ since, sinceSeen }: VnicRow, now: number): Html =>
  html`${since === undefined || sinceSeen ? undefined : 'at least '}${ago(since, now)}`;

/** A change of path that the next poll must confirm, with the time of the reading. */
export const unconfirmed = (its: Unconfirmed): Html =>
  html`${unconfirmedText(its)} at ${moment(its.at, 'clock')}, ${TO_BE_CONFIRMED}`;

function tableRow(row: VnicRow, vnics: ListedVnics, links: HostLinks, now: number): Html {
  const load = vnics.load(row);
  const details = vnics.details(row);
  const vm = row.vmId === undefined ? name(row.vm) : html`<a href="${links.vm(row.vmId)}">${name(row.vm)}</a>`;
  const why = row.status === 'vf' ? undefined : row.reason;
  const where = [row.vnic, row.vswitch].filter((text) => text !== '').map(name);
  return html`<tr class="${row.status}">
    <th scope="row">${vm}<small>${where[0]}${where.length > 1 ? html` on ${where[1]}` : undefined}</small>${details.nameShared ? apart(details) : undefined}</th>
    <td data-label="Path">${pathBadge(row)}${row.unconfirmed === undefined ? undefined : html`<span class="also">${unconfirmed(row.unconfirmed)}</span>`}</td>
    <td data-label="Since" class="since">${sinceOf(row, now)}</td>
    <td data-label="Reason">${why === undefined ? undefined : row.status === 'fallback' ? reasonLink(why.id, why.severity) : reasonEntry(why.id, links, 'quiet')}${independentFindings(row).map(({ id, severity }) => html`<span class="also">also ${reasonEntry(id, links, severity)}</span>`)}</td>
    <td data-label="Traffic" class="number">${traffic(row, load)}</td>
    <td data-label="CPU of the VM" class="number">${load.cpu === undefined ? undefined : html`${busy(load.cpu)}${load.processors === undefined ? undefined : html` <small>of ${load.processors}</small>`}`}</td>
  </tr>`;
}

/** What distinguishes vNICs that have the same name. */
const apart = ({ mac, vlan, nic }: Details): Html =>
  html`<small>${[mac, vlan === undefined ? undefined : `VLAN ${vlan}`, nic].filter((text) => text !== undefined).map((text, index) => html`${index === 0 ? '' : ', '}${name(text)}`)}</small>`;

/** A host sees no traffic of a VF unless the NIC's vendor has counters for it. */
function traffic({ status }: VnicRow, { syntheticBytes, vfBytes }: Load): Html | undefined {
  if (vfBytes !== undefined) {
    const both = syntheticBytes !== undefined && syntheticBytes * 8 >= 1000;
    return html`${bitRate(vfBytes)} <small>VF</small>${both ? html`<span class="also">${bitRate(syntheticBytes)} synthetic</span>` : undefined}`;
  }
  if (status === 'vf') return html`<small>not counted on the VF</small>`;
  return syntheticBytes === undefined ? undefined : html`${bitRate(syntheticBytes)}`;
}

/** Links to the card that says how to fix it: one card for all vNICs with this reason. */
const reasonLink = (id: string, severity: string): Html =>
  html`<a href="#${troubleAnchor(id)}"><code class="${severity}">${id}</code></a>`;

function pager(current: number, pages: number, shown: Shown): Html {
  const to = (page: number, text: string) =>
    page < 1 || page > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="${addressOf(shown, { page })}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${to(current - 1, 'Previous')} <span>Page ${current} of ${pages}</span> ${to(current + 1, 'Next')}
  </nav>`;
}
