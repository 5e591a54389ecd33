import type { PrintedStep } from '../../diagnosis/model.ts';
import { impactText, type Impact } from '../../diagnosis/impact.ts';
import { html, type Html, name } from './html.ts';

/** How to fix something: what carrying it out interrupts, then the commands or plans, then what shows more. */
export function fix(
  remedy: string,
  impact: Impact,
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
    ${commands.map(command)}${plans.map(plan)}${inspect.length === 0 ? undefined : html`<p>To look closer (changes nothing):</p>${inspect.map(command)}`}`;
}

/** Steps to be taken one after the other. */
export const plan = (steps: readonly PrintedStep[]): Html =>
  html`<ol class="plan">${steps.map(({ text, command: line }) => html`<li><p>${name(text)}</p>${line === undefined ? undefined : command(line)}</li>`)}</ol>`;

/** A command to be copied: by the button, which needs the script, or by a click that selects it. */
export const command = (text: string): Html =>
  html`<div class="copied"><code class="command">${text}</code><button type="button" class="copy">Copy</button></div>`;
