import type { ServedTour } from '../deps.ts';
import { html, type Html } from './html.ts';
import type { HostLinks } from './links.ts';

/** The part of a tour that the pages show. */
export type ShownTour = Pick<ServedTour, 'stages' | 'now'>;

const left = (milliseconds: number): string => {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes === 0 ? 'less than a minute' : `${minutes} min`;
};

/** Says that the host is simulated. With a tour also its stage, the next one, and a button for each stage. */
export function simulatedBadge(tour: ShownTour | undefined, links: HostLinks, hosts: 'host' | 'hosts' = 'host'): Html {
  if (tour === undefined) return html`<p class="badge warning">Simulated ${hosts}</p>`;
  const { stages } = tour;
  const { stage, leftMs } = tour.now();
  const next = stages[(stage + 1) % stages.length];
  return html`<details id="tour" class="tour">
    <summary class="badge warning"><span data-live="stage">Simulated host, stage ${stage + 1} of ${stages.length}: ${stages[stage]}, next in ${left(leftMs)}: ${next}</span></summary>
    <form method="post" action="${links.stage(stage)}">
      <ol>${stages.map((name, index) => html`<li><button type="submit" formaction="${links.stage(index)}">${name}</button></li>`)}</ol>
    </form>
  </details>`;
}
