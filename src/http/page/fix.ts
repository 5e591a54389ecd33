import type { PrintedStep } from '../../diagnosis/model.ts';
import { impactText } from '../../diagnosis/impact.ts';
import type { Reason } from '../../diagnosis/reasons/reason.ts';
import { html, type Html, name } from './html.ts';
import type { SiteLinks } from './links.ts';

interface Commands {
  readonly commands: readonly string[];
  readonly plans: readonly (readonly PrintedStep[])[];
  readonly inspect: readonly string[];
}

/** The remedy, its impact, the commands or plans, and read-only commands that show details. */
export const whatToDo = (
  { remedy, impact }: Pick<Reason, 'remedy' | 'impact'>,
  { commands, plans, inspect }: Commands,
): Html =>
  html`<p><b>What to do:</b> ${name(remedy)}</p>
    <p><b>Impact:</b> ${impactText(impact)}</p>
    ${commands.map(command)}${plans.map(plan)}${inspect.length === 0 ? undefined : html`<p>For details (read-only):</p>${inspect.map(command)}`}`;

/** How to fix what has a row in the reason table, with links to the runbook and the documentation. */
export function fix(
  { alert, runbook = alert, ...row }: Pick<Reason, 'id' | 'remedy' | 'impact' | 'alert' | 'runbook'>,
  commands: Commands,
  links: SiteLinks,
): Html {
  return html`${whatToDo(row, commands)}
    <p class="quiet more">
      ${runbook === undefined ? undefined : html`<a href="${links.runbook(runbook)}">Runbook</a> `}<a href="${links.reason(row.id)}">About this reason</a>
    </p>`;
}

/** Numbered steps of a plan. */
export const plan = (steps: readonly PrintedStep[]): Html =>
  html`<ol class="plan">${steps.map(({ text, command: line }) => html`<li><p>${name(text)}</p>${line === undefined ? undefined : command(line)}</li>`)}</ol>`;

/** A command with its copy button. Without the script there is no button; a click selects the command. */
export const command = (text: string): Html =>
  html`<div class="copied"><code class="command">${text}</code><button type="button" class="copy">Copy</button></div>`;
