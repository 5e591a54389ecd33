import type { PrintedStep } from '../../diagnosis/model.ts';
import { impactText } from '../../diagnosis/impact.ts';
import type { Reason } from '../../diagnosis/reasons/reason.ts';
import { html, type Html, name } from './html.ts';
import { link } from './links.ts';

/** How to fix something: what carrying it out interrupts, then the commands or plans, then what shows more, and where to read on. */
export function fix(
  { id, remedy, impact, alert, runbook = alert }: Pick<Reason, 'id' | 'remedy' | 'impact' | 'alert' | 'runbook'>,
  {
    commands,
    plans,
    inspect,
  }: {
    readonly commands: readonly string[];
    readonly plans: readonly (readonly PrintedStep[])[];
    readonly inspect: readonly string[];
  },
): Html {
  return html`<p><b>What to do:</b> ${remedy}</p>
    <p><b>Impact:</b> ${impactText(impact)}</p>
    ${commands.map(command)}${plans.map(plan)}${inspect.length === 0 ? undefined : html`<p>To look closer (changes nothing):</p>${inspect.map(command)}`}
    <p class="quiet">
      ${runbook === undefined ? undefined : html`<a href="${link.runbook(runbook)}">Runbook</a> `}<a href="${link.reason(id)}">About this reason</a>
    </p>`;
}

/** Steps to be taken one after the other. */
export const plan = (steps: readonly PrintedStep[]): Html =>
  html`<ol class="plan">${steps.map(({ text, command: line }) => html`<li><p>${name(text)}</p>${line === undefined ? undefined : command(line)}</li>`)}</ol>`;

/** A command to be copied: by the button, which needs the script, or by a click that selects it. */
export const command = (text: string): Html =>
  html`<div class="copied"><code class="command">${text}</code><button type="button" class="copy">Copy</button></div>`;
