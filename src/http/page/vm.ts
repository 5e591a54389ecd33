import { type Chain, chain, type ChainStep, type StepStatus } from '../../report/chain.ts';
import type { JournalEvent } from '../../report/events.ts';
import type { Finding, Severity } from '../../diagnosis/model.ts';
import { FIRST_READ, type VnicRow, vnicRows } from '../../report/vnic-rows.ts';
import type { View } from '../../metrics/define.ts';
import { levelOfRow, worst } from '../../report/verdict.ts';
import { independentFindings } from '../../report/troubles.ts';
import { eventList } from './events.ts';
import { fix } from './fix.ts';
import { ago, moment } from './format.ts';
import { html, type Html, name } from './html.ts';
import { type Icon, icon } from './icon.ts';
import type { PageContent } from './layout.ts';
import type { HostLinks } from './links.ts';
import { reasonEntry } from './reason.ts';
import { type ShownTrends, vmTrends } from './trends.ts';
import { pathBadge, sinceOf, unconfirmed } from './vnic-table.ts';

const STATUS: Readonly<Record<StepStatus, { readonly icon: Icon; readonly text: string }>> = {
  ok: { icon: 'good', text: 'fine' },
  partial: { icon: 'warning', text: 'partly working' },
  broken: { icon: 'critical', text: 'broken' },
  unknown: { icon: 'unknown', text: 'not known' },
  not_checked: { icon: 'none', text: 'not checked' },
};
const STEP_TITLE: Readonly<Record<ChainStep['step'], string>> = {
  host: 'Host',
  nic: 'NIC',
  vswitch: 'vSwitch',
  vnic: 'vNIC',
  vf: 'VF',
  guest: 'Guest',
};

/**
 * The content of `/vm?id=…`: each vNIC with its chain and remedy, charts, and events. Undefined if the host has no such VM.
 *
 * @param vmId in lower case
 * @param events of this VM, oldest first
 */
export function vmPage(
  view: View,
  vmId: string,
  events: readonly JournalEvent[],
  links: HostLinks,
  trends?: ShownTrends,
): PageContent | undefined {
  const vm = view.tracked.host.vms.find((candidate) => candidate.id === vmId);
  if (vm === undefined) return undefined;
  const rows = vnicRows(view).filter((row) => row.vmId === vmId);
  const now = view.collection.now;
  const macs = new Map(view.tracked.host.vnics.filter((vnic) => vnic.vmId === vmId).map(({ id, mac }) => [id, mac]));
  // Several vNICs of a VM usually have the same name.
  const titleOf = ({ id, vnic }: VnicRow): string =>
    rows.filter((row) => row.vnic === vnic).length > 1 ? [vnic, macs.get(id)].filter(Boolean).join(' ') : vnic;
  const main = html`<nav class="back" aria-label="Back"><a href="${links.vnics()}">All virtual NICs</a></nav>
    <h1>${name(vm.name)}</h1>
    <p class="quiet">
      ${vm.state === undefined ? 'State not known' : `VM, ${vm.state}`}${vm.migrating === true ? ', migrating' : ''}, <code>${vm.id}</code>
    </p>
    ${rows.length === 0 ? html`<p>No virtual NIC of this VM is known.</p>` : rows.map((row) => vnicSection(row, titleOf(row), now, chain(view.diagnosis, row.id), links))}
    ${
      trends === undefined
        ? undefined
        : vmTrends(
            vm,
            rows.map((row) => ({ id: row.id, vnic: titleOf(row) })),
            trends,
            now,
          )
    }
    <section aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      ${eventList(events, now, links)}
    </section>`;
  return { title: vm.name, state: worst(rows.map(levelOfRow)), main };
}

/**
 * The page of a VM that has left this host: when it was first missing, its charts and its last events. Undefined if no event
 * names it.
 */
export function formerVmPage(
  { collection: { now } }: View,
  vmId: string,
  events: readonly JournalEvent[],
  links: HostLinks,
  trends?: ShownTrends,
): PageContent | undefined {
  const latest = events.at(-1);
  if (latest === undefined) return undefined;
  const vm = events.findLast(({ names }) => names.vm !== undefined)?.names.vm ?? vmId;
  const left = events.findLast(({ kind }) => kind === 'vnic_gone')?.at ?? latest.at;
  const vnics = new Map(
    events.flatMap(({ subject, names }) => (names.vnic === undefined ? [] : [[subject, names.vnic] as const])),
  );
  const rows = [...vnics].map(([id, vnic]) => ({ id, vnic }));
  const main = html`<nav class="back" aria-label="Back"><a href="${links.vnics()}">All virtual NICs</a></nav>
    <h1>${name(vm)}</h1>
    <p>This VM is no longer on this host. It left, or was deleted, before the poll at ${moment(left, 'clock')}, ${ago(left, now)} ago. <code>${vmId}</code></p>
    ${trends === undefined ? undefined : vmTrends({ id: vmId }, rows, trends, now)}
    <section aria-labelledby="events-title">
      <h2 id="events-title">Last events</h2>
      ${eventList(events, now, links)}
    </section>`;
  return { title: `${vm} (left)`, state: 'unknown', main };
}

function vnicSection(row: VnicRow, title: string, now: number, way: Chain | undefined, links: HostLinks): Html {
  const found = independentFindings(row);
  return html`<section aria-labelledby="vnic-${row.id}">
    <h2 id="vnic-${row.id}">${name(title)} ${pathBadge(row)} ${row.since === undefined ? undefined : html`<small>for ${sinceOf(row, now)}${row.sinceSeen ? undefined : ` ${FIRST_READ}`}</small>`}</h2>
    ${row.unconfirmed === undefined ? undefined : html`<p class="unconfirmed">${unconfirmed(row.unconfirmed)}</p>`}
    ${way?.broken === undefined ? undefined : answer(way.broken, links)}
    <ol class="chain">${(way?.steps ?? []).map((step) => chainStep(step, row.reason?.severity))}</ol>
    ${
      found.length === 0
        ? undefined
        : html`<ul class="findings">${found.map(({ id, severity, detail }) => html`<li>${reasonEntry(id, links, severity)} ${name(detail)}</li>`)}</ul>`
    }
  </section>`;
}

type Broken = NonNullable<Chain['broken']>;
/** The reason and how to fix it, with the impact before the command. */
const answer = ({ reason, meaning, remedy, impact, runbook, source }: Broken, links: HostLinks): Html =>
  html`<div class="card ${reason.severity}">
    <h3><span class="badge ${reason.severity}">${reason.severity}</span> ${meaning}</h3>
    <p class="quiet">${reasonEntry(reason.id, links)} <a href="${source}" rel="noreferrer">Source</a></p>
    <p>${name(reason.detail)}</p>
    ${fix({ id: reason.id, remedy, impact, runbook }, fixesOf(reason), links)}
  </div>`;

const fixesOf = ({ command, inspect, plan }: Finding) => ({
  commands: command === undefined ? [] : [command],
  inspect: inspect === undefined ? [] : [inspect],
  plans: plan === undefined ? [] : [plan],
});

function chainStep({ step, status, read }: ChainStep, severity: Severity | undefined): Html {
  // A vNIC that does not ask for a VF, or is not running, is not broken.
  const stopsHere = status === 'broken' && severity === 'info';
  return html`<li class="${status}">
    ${stopsHere ? icon('none') : icon(STATUS[status].icon, status === 'broken' ? severity : undefined)}
    <p><b>${STEP_TITLE[step]}</b> <small>${stopsHere ? 'goes no further' : STATUS[status].text}</small></p>
    <ul>${read.map((text) => html`<li>${name(text)}</li>`)}</ul>
  </li>`;
}
