import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type CollectorState, collectorMetrics } from './catalogue/collector.ts';
import { EXPOSITION_TYPE, type ExpositionKind, gzipExposition, type Scrape } from './exposition.ts';
import type { ProcessMetrics } from './process.ts';
import { renderFamily, toOpenMetrics } from './render.ts';

/** How often the event loop is looked at */
const RESOLUTION_MS = 20;

/** The collector's own exposition, rendered at the scrape: at most ten short series a target. */
export function createCollectorExposition(
  process: ProcessMetrics,
  state: () => Omit<CollectorState, 'eventLoopLag'>,
): { scrape(kind: ExpositionKind, gzip: boolean): Promise<Scrape>; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    close: () => void delay.disable(),
    async scrape(kind, gzip) {
      // It is the time between two looks, so an idle loop has the resolution.
      const eventLoopLag = delay.count > 0 ? Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1000) : undefined;
      delay.reset();
      const now = { ...state(), eventLoopLag };
      const own: string[] = [];
      for (const { samples, ...metric } of collectorMetrics) {
        const rendered = await renderFamily({ ...metric, samples: samples(now) });
        if (rendered === undefined) continue;
        own.push(`${kind === 'text' ? rendered.text : rendered.openMetricsHeader}${rendered.samples}\n`);
      }
      const ofProcess = await process.render();
      const text = kind === 'text' ? own.join('') + ofProcess : `${own.join('')}${toOpenMetrics(ofProcess)}# EOF\n`;
      const body = Buffer.from(text);
      return { body: gzip ? await gzipExposition(body) : body, contentType: EXPOSITION_TYPE[kind] };
    },
  };
}
