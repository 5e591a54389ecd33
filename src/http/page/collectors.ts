import { type Part, PARTS } from '../../document/document.ts';
import { once } from '../../once.ts';
import type { Collection, PartState } from '../../poll/collection.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';

/** The collection as a table: for each part its state, the age of its data, and the sources that fail. */
export function collectors(collection: Collection): Html {
  const parts = PARTS.filter((part) => collection.parts[part].enabled);
  return html`<section aria-labelledby="collectors-title">
    <h2 id="collectors-title">Collection</h2>
    <table class="collectors">
      <thead>
        <tr>
          <th scope="col">Collector</th>
          <th scope="col">State</th>
          <th scope="col">Age of data</th>
          <th scope="col">Duration</th>
          <th scope="col">Interval</th>
          <th scope="col">Failing sources</th>
        </tr>
      </thead>
      <tbody>${parts.map((part) => partRow(part, collection))}</tbody>
    </table>
  </section>`;
}

/** Names of the parts whose last poll failed, and of the sources that failed within the others; worked out once for each view. */
export const failing = once(({ parts }: Collection): readonly string[] =>
  PARTS.filter((part) => parts[part].enabled && parts[part].tried).flatMap((part) =>
    parts[part].success ? failingSources(parts[part]).map(([source]) => source) : [part],
  ),
);

const failingSources = ({ sources }: PartState) =>
  [...sources].filter(([, source]) => source.available && !source.success);

function partRow(part: Part, { parts, now }: Collection): Html {
  const { tried, success, error, lastSuccess, durationSeconds, intervalSeconds } = parts[part];
  const state = !tried
    ? html`<span class="path inactive">Not polled yet</span>`
    : success
      ? html`<span class="path vf">Working</span>`
      : html`<span class="path fallback">Failed</span> ${name(error)}`;
  return html`<tr>
    <th scope="row">${part}</th>
    <td data-label="State">${state}</td>
    <td data-label="Age of data">${ago(lastSuccess, now)}</td>
    <td data-label="Duration">${durationSeconds === undefined ? undefined : `${durationSeconds.toFixed(1)} s`}</td>
    <td data-label="Interval">${intervalSeconds} s</td>
    <td data-label="Failing sources">${failingSources(parts[part]).map(([source, { error: sourceError }]) => html`<span class="also"><code class="warning">${source}</code> ${name(sourceError)}</span>`)}</td>
  </tr>`;
}
