import type { JournalEvent } from '../../diagnosis/events.ts';
import type { View } from '../../metrics/define.ts';
import { type Chain, chain, type ChainStep, type StepStatus } from '../../diagnosis/chain.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { STATUS_TEXT, type VnicRow, vnicRows } from '../../diagnosis/overview.ts';

const MARK: Readonly<Record<StepStatus, string>> = { ok: '✓', broken: '✗', unknown: '?', not_checked: '·' };
const MARK_TEXT: Readonly<Record<StepStatus, string>> = {
  ok: 'fine',
  broken: 'broken',
  unknown: 'not known',
  not_checked: 'not checked',
};
const STEP_TITLE: Readonly<Record<ChainStep['step'], string>> = {
  host: 'Host',
  nic: 'NIC',
  vswitch: 'vSwitch',
  vnic: 'vNIC',
  vf: 'VF',
  guest: 'Guest',
};

/** The content of `/vm?id=…`; undefined where this host has no such VM. */
export function vmMain(view: View, vmId: string, events: readonly JournalEvent[]): Html | undefined {
  const vm = view.tracked.host.vms.find((candidate) => candidate.id === vmId);
  if (vm === undefined) return undefined;
  const rows = vnicRows(view).filter((row) => row.vmId === vmId);
  const now = view.collection.now;
  return html`<p><a href="/">All virtual NICs</a></p>
    <h1>${name(vm.name)}</h1>
    <p>
      ${vm.state === undefined ? 'State not known' : `State: ${vm.state}`}${vm.migrating === true ? ', migrating' : ''}.
      Id <code>${vm.id}</code>.
    </p>
    ${rows.map((row) => vnicSection(row, now, chain(view.tracked, view.diagnosis, row.id)))}
    <section aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      ${
        events.length === 0
          ? html`<p>None is known.</p>`
          : html`<ol class="events">
              ${events.toReversed().map((event) => html`<li>${ago(event.at, now)} ago: ${event.text}${event.reason === undefined ? undefined : html` (<code>${event.reason}</code>)`}</li>`)}
            </ol>`
      }
    </section>`;
}

function vnicSection(row: VnicRow, now: number, way: Chain | undefined): Html {
  return html`<section><h2>${name(row.vnic)} <span class="path ${row.status}">${STATUS_TEXT[row.status]}</span></h2>
${row.since === undefined ? undefined : html`<p>Since ${ago(row.since, now)}.</p>`}
<ol class="chain">${(way?.steps ?? []).map((step) => chainStep(step, way?.broken?.step === step.step ? way : undefined))}</ol>
${row.findings.map((finding) => html`<p class="also ${finding.severity}">Also <code>${finding.id}</code>: ${finding.detail}</p>`)}</section>`;
}

function chainStep({ step, status, read }: ChainStep, way: Chain | undefined): Html {
  const broken = way?.broken;
  return html`<li class="${status}"><b><span aria-hidden="true">${MARK[status]}</span> ${STEP_TITLE[step]}</b> <small>(${MARK_TEXT[status]})</small>
<div>${read.join(', ')}</div>${
    broken === undefined
      ? undefined
      : html`<p><code>${broken.reason.id}</code> ${broken.reason.detail}</p><p>Remedy: ${broken.remedy}${
          broken.reason.command === undefined ? undefined : html` <code class="command">${broken.reason.command}</code>`
        }</p>${broken.sideEffects === '' ? undefined : html`<p>Side effects: ${broken.sideEffects}</p>`}`
  }</li>`;
}
