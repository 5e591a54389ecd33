import type { PrintedStep } from '../../diagnosis/model.ts';
import { impactText } from '../../diagnosis/impact.ts';
import type { Reason } from '../../diagnosis/reasons/reason.ts';
import { html, type Html, name } from './html.ts';
import { link } from './links.ts';

/** How to fix something: the remedy, its impact, the commands or plans, read-only commands that show details, and links to the runbook and the documentation. */
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
    ${commands.map(command)}${plans.map(plan)}${inspect.length === 0 ? undefined : html`<p>For details (read-only):</p>${inspect.map(command)}`}
    <p class="quiet more">
      ${runbook === undefined ? undefined : html`<a href="${link.runbook(runbook)}">Runbook</a> `}<a href="${link.reason(id)}">About this reason</a>
    </p>`;
}

/** Numbered steps of a plan. */
export const plan = (steps: readonly PrintedStep[]): Html =>
  html`<ol class="plan">${steps.map(({ text, command: line }) => html`<li><p>${name(text)}</p>${line === undefined ? undefined : command(line)}</li>`)}</ol>`;

/** A command with its copy button. Without the script there is no button; a click selects the command. */
export const command = (text: string): Html =>
  html`<div class="copied"><code class="command">${text}</code><button type="button" class="copy">Copy</button></div>`;
