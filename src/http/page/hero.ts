import { countByStatus, type RowStatus, STATUS_TEXT, type VnicRow } from '../../report/vnic-rows.ts';
import type { Concern, Verdict } from '../../report/verdict.ts';
import { html, type Html, name } from './html.ts';
import { icon } from './icon.ts';
import type { HostLinks } from './links.ts';

/** The top of the page: the verdict as its heading, what else is wrong, and how many vNICs are on each path. @param links absent where no row is shown */
export function hero(
  { level, text, concerns }: Omit<Verdict, 'short'>,
  rows: readonly VnicRow[],
  links?: HostLinks,
): Html {
  const counts = countByStatus(rows);
  return html`<section class="hero ${level}" aria-labelledby="verdict">
    <h1 id="verdict">${icon(level)}<span>${text}</span></h1>
    ${concerns.length === 0 ? undefined : html`<ul class="concerns" aria-label="What else is wrong">${concerns.map(concern)}</ul>`}
    ${
      counts.size === 0
        ? undefined
        : html`${sharedOut(counts, rows.length)}
      <ul class="legend">
        ${[...counts].map(
          ([status, count]) =>
            html`<li><a href="${links?.vnics({ filter: status })}"><span class="dot ${status}" aria-hidden="true"></span><b>${count}</b> ${STATUS_TEXT[status]}</a></li>`,
        )}
      </ul>`
    }
  </section>`;
}

const concern = ({ level, text, anchor }: Concern): Html =>
  html`<li><a class="badge ${level}" href="#${anchor}-title">${name(text)}</a></li>`;

function sharedOut(counts: ReadonlyMap<RowStatus, number>, total: number): Html {
  let left = 0;
  const parts = [...counts].map(([status, count]) => {
    const width = (count / total) * 1000;
    const rect = html`<rect class="${status}" x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="10"></rect>`;
    left += width;
    return rect;
  });
  return html`<svg class="shares" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts}</svg>`;
}
