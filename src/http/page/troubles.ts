import { IMPACT, impactText } from '../../diagnosis/impact.ts';
import { printStep } from '../../diagnosis/powershell.ts';
import { reasonById } from '../../diagnosis/reasons.ts';
import type { VmqAdvice } from '../../diagnosis/model.ts';
import type { Trouble } from '../../report/troubles.ts';
import { fix, plan } from './fix.ts';
import { html, type Html, name } from './html.ts';
import type { HostLinks } from './links.ts';
import { reasonEntry } from './reason.ts';

/** What is wrong, one card for each reason or finding: what it means, its impact, and how to fix it. Notes are folded. */
export function troubleList(all: readonly Trouble[], advice: readonly VmqAdvice[], links: HostLinks): Html {
  const wrong = all.filter(({ severity, primary }) => primary || severity !== 'info');
  const notes = all.filter((one) => !wrong.includes(one));
  if (all.length === 0 && advice.length === 0) return html``;
  return html`<section aria-labelledby="troubles-title">
    <h2 id="troubles-title">${wrong.length === 0 ? 'Findings' : 'What is wrong'}</h2>
    ${wrong.length === 0 ? undefined : html`<ul class="troubles">${wrong.map((one) => trouble(one, links))}</ul>`}
    ${
      notes.length + advice.length === 0
        ? undefined
        : html`<details id="notes">
            <summary>${count(notes.length + advice.length, 'note')}</summary>
            <ul class="troubles">${notes.map((one) => trouble(one, links))}${advice.map(advised)}</ul>
          </details>`
    }
  </section>`;
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

/** Maximum number of vSwitches that are named */
const FEW = 3;

/** Id of a trouble's card on the page. */
export const troubleAnchor = (id: string): string => `trouble-${id}`;

function trouble(
  { id, severity, vnics, vswitches, details, moreDetails, consequences, ...fixes }: Trouble,
  links: HostLinks,
): Html {
  const row = reasonById(id);
  return html`<li class="card ${severity}" id="${troubleAnchor(id)}">
    <h3>
      <span class="badge ${severity}">${severity}</span> ${row?.meaning ?? id}
    </h3>
    <p class="quiet">
      ${reasonEntry(id, links)}${vnics === 0 ? undefined : html` <a href="${links.vnics({ filter: id })}">${count(vnics, 'virtual NIC')}</a>`}
      ${vswitches.length === 0 ? undefined : html`on ${vswitches.slice(0, FEW).map(({ name: vswitch }, at) => html`${at > 0 ? ', ' : undefined}${name(vswitch)}`)}${vswitches.length > FEW ? ` and ${vswitches.length - FEW} more` : undefined}`}
    </p>
    ${details.map((detail) => html`<p>${name(detail)}</p>`)}
    ${moreDetails === 0 ? undefined : html`<p><a href="${links.vnics({ filter: id })}">and ${moreDetails} more</a></p>`}
    ${consequences.length === 0 ? undefined : html`<p class="quiet">Follows from this: ${consequences.map((its, at) => html`${at > 0 ? ', ' : undefined}<code>${its}</code>`)}</p>`}
    ${row === undefined ? undefined : fix(row, fixes, links)}
    ${fixes.moreFixes === 0 ? undefined : html`<p class="quiet">${fixes.moreFixes} more have a command of their own: see the page of each VM.</p>`}
  </li>`;
}

const advised = ({ text, plan: steps }: VmqAdvice): Html =>
  html`<li class="card info"><h3><span class="badge info">advice</span> VM queues</h3><p>${name(text)}</p><p><b>Impact:</b> ${impactText(IMPACT.defaultQueue)}</p>${plan(steps.map(printStep))}</li>`;
