import { ROW_STATUSES, type RowStatus, STATUS_TEXT, type VnicRow } from '../../report/vnic-rows.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { link } from './links.ts';

/** The verdict in one line, and how many vNICs are on each path. */
export function hero(level: 'good' | 'bad' | 'unsure', text: string, rows: readonly VnicRow[]): Html {
  const counts = ROW_STATUSES.map((status) => ({
    status,
    count: rows.filter((row) => row.status === status).length,
  })).filter(({ count }) => count > 0);
  return html`<section class="hero ${level}" aria-labelledby="verdict">
    <h1 id="verdict">${icon(level)}<span>${text}</span></h1>
    ${
      counts.length === 0
        ? undefined
        : html`${sharedOut(counts, rows.length)}
      <ul class="legend">
        ${counts.map(
          ({ status, count }) =>
            html`<li><a href="${link.vnics({ filter: status })}"><span class="dot ${status}" aria-hidden="true"></span><b>${count}</b> ${STATUS_TEXT[status]}</a></li>`,
        )}
      </ul>`
    }
  </section>`;
}

function sharedOut(counts: readonly { readonly status: RowStatus; readonly count: number }[], total: number): Html {
  let left = 0;
  const parts = counts.map(({ status, count }) => {
    const width = (count / total) * 1000;
    const rect = html`<rect class="${status}" x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="10"></rect>`;
    left += width;
    return rect;
  });
  return html`<svg class="shares" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts}</svg>`;
}
