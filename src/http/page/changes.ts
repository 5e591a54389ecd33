import type { JournalEvent } from '../../report/events.ts';
import { type RecentChange, recentChanges } from '../../report/recent.ts';
import { marked } from './events.ts';
import { ago, moment } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { HostLinks } from './links.ts';

/** Lines that are shown, and lines behind the fold */
const SHOWN = 6;
const FOLDED = 24;
/** Names in one line at most */
const NAMED = 3;

/** What changed on the host, newest first: six lines, and more behind a fold. */
export function changes(events: readonly JournalEvent[], now: number, links: HostLinks): Html {
  const lines = recentChanges(events, SHOWN + FOLDED);
  const [shown, folded] = [lines.slice(0, SHOWN), lines.slice(SHOWN)];
  return html`<section aria-labelledby="changes-title">
    <h2 id="changes-title">What changed</h2>
    ${lines.length === 0 ? html`<p class="quiet">No changes are recorded.</p>` : list(shown, now, links)}
    ${folded.length === 0 ? undefined : html`<details id="changes-more"><summary>${folded.length} earlier changes</summary>${list(folded, now, links)}</details>`}
  </section>`;
}

const list = (lines: readonly RecentChange[], now: number, links: HostLinks): Html =>
  html`<ul class="changes">${lines.map(
    (line) =>
      html`<li class="${line.level}"><span class="when">${moment(line.at, 'clock')} <small>${ago(line.at, now)} ago</small></span><span>${marked(line.text, pageOf(line, links))}${named(line, links)}</span></li>`,
  )}</ul>`;

/** The page of the only VM that changed. */
function pageOf({ vms: [only], count }: RecentChange, links: HostLinks): string | undefined {
  return count === 1 && only?.id !== undefined ? links.vm(only.id) : undefined;
}

/** The VMs that changed, each with a link to its page. The name of a single VM is already in the sentence. */
function named({ vms, count }: RecentChange, links: HostLinks): Html | undefined {
  if (vms.length === 0 || count === 1) return undefined;
  const shown = vms
    .slice(0, NAMED)
    .map(
      (vm, index) =>
        html`${index === 0 ? '' : ', '}${vm.id === undefined ? name(vm.name) : html`<a href="${links.vm(vm.id)}">${name(vm.name)}</a>`}`,
    );
  return html`: ${shown}${vms.length > NAMED ? ` and ${vms.length - NAMED} more` : ''}`;
}
