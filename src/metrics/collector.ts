import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Body } from '../body.ts';
import { nextTurn } from '../turn.ts';
import { type ClusterState, type CollectorState, collectorMetrics, type TargetState } from './catalogue/collector.ts';
import type { MetricFamily } from './define.ts';
import { EXPOSITION_TYPE, type ExpositionKind } from './exposition.ts';
import type { ProcessMetrics } from './process.ts';
import { renderFamily, toOpenMetrics } from './render.ts';

/** How often the event loop is looked at */
const RESOLUTION_MS = 20;

/** What the collector's metrics say of one target, for its alerts. @param cluster its own; undefined where it has none */
export function familiesOfTarget(target: TargetState, cluster: ClusterState | undefined): readonly MetricFamily[] {
  const ofHost = ({ host }: { readonly host: string }) => host === target.name;
  const state = {
    targets: [target],
    connectsWaiting: 0,
    clusters:
      cluster === undefined
        ? []
        : [{ ...cluster, failovers: cluster.failovers.filter(ofHost), drift: cluster.drift.filter(ofHost) }],
  };
  return collectorMetrics
    .filter(({ labels }) => labels.some((label) => ['target', 'host', 'cluster'].includes(label)))
    .map(({ samples, ...metric }) => ({ ...metric, samples: samples(state) }));
}

/** The collector's own exposition, rendered when it is asked for: at most ten short series a target. */
export function createCollectorExposition(
  process: ProcessMetrics,
  state: () => Promise<Omit<CollectorState, 'eventLoopLag'>>,
): { render(kind: ExpositionKind): Promise<Body>; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    close: () => void delay.disable(),
    async render(kind) {
      // It is the time between two looks, so an idle loop has the resolution.
      const eventLoopLag = delay.count > 0 ? Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1000) : undefined;
      delay.reset();
      const now = { ...(await state()), eventLoopLag };
      const pieces: Buffer[] = [];
      for (const { samples, ...metric } of collectorMetrics) {
        const rendered = await renderFamily({ ...metric, samples: samples(now) });
        if (rendered === undefined) continue;
        pieces.push(
          Buffer.from(`${kind === 'text' ? rendered.text : rendered.openMetricsHeader}${rendered.samples}\n`),
        );
        await nextTurn();
      }
      const ofProcess = await process.render();
      pieces.push(Buffer.from(kind === 'text' ? ofProcess : `${toOpenMetrics(ofProcess)}# EOF\n`));
      return new Body(EXPOSITION_TYPE[kind], pieces);
    },
  };
}
