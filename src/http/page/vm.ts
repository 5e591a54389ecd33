import type { JournalEvent } from '../../diagnosis/events.ts';
import type { View } from '../../metrics/define.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { STATUS_TEXT, type VnicRow, vnicRows } from './rows.ts';

/** A step of the chain host → NIC → vSwitch → vNIC → VF → guest, as the page shows it. */
export interface ChainStep {
  readonly title: string;
  readonly state: 'ok' | 'broken' | 'unknown' | 'not_checked';
  readonly read: string;
  readonly remedy?: string | undefined;
  readonly sideEffects?: string | undefined;
}

const MARK: Readonly<Record<ChainStep['state'], string>> = { ok: '✓', broken: '✗', unknown: '?', not_checked: '·' };
const MARK_TEXT: Readonly<Record<ChainStep['state'], string>> = {
  ok: 'fine',
  broken: 'broken',
  unknown: 'not known',
  not_checked: 'not checked',
};

/** The content of `/vm?id=…`; undefined where this host has no such VM. */
export function vmMain(
  view: View,
  vmId: string,
  chainOf: (vnicId: string) => readonly ChainStep[],
  events: readonly JournalEvent[],
): Html | undefined {
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
    ${rows.map((row) => vnicSection(row, now, chainOf(row.id)))}
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

function vnicSection(row: VnicRow, now: number, steps: readonly ChainStep[]): Html {
  return html`<section>
    <h2>${name(row.vnic)} <span class="path ${row.status}">${STATUS_TEXT[row.status]}</span></h2>
    ${row.since === undefined ? undefined : html`<p>Since ${ago(row.since, now)}.</p>`}
    <ol class="chain">
      ${steps.map(
        (step) =>
          html`<li class="${step.state}">
            <b><span aria-hidden="true">${MARK[step.state]}</span> ${step.title}</b>
            <small>(${MARK_TEXT[step.state]})</small><br />${step.read}${
              step.remedy === undefined ? undefined : html`<code class="command">${step.remedy}</code>`
            }${step.sideEffects === undefined ? undefined : html`<small>It ${step.sideEffects}</small>`}
          </li>`,
      )}
    </ol>
    ${row.findings.map((finding) => html`<p class="also ${finding.severity}">Also <code>${finding.id}</code>: ${finding.detail}</p>`)}
  </section>`;
}
