import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type CollectorState, collectorMetrics } from './catalogue/collector.ts';
import { EXPOSITION_TYPE, type ExpositionKind, gzipExposition, type Scrape } from './exposition.ts';
import type { ProcessMetrics } from './process.ts';
import { renderFamily, toOpenMetrics } from './render.ts';

/** The collector's own exposition, rendered at the scrape: at most ten short series a target. */
export function createCollectorExposition(
  process: ProcessMetrics,
  state: () => Omit<CollectorState, 'eventLoopLag'>,
): { scrape(kind: ExpositionKind, gzip: boolean): Promise<Scrape>; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    close: () => void delay.disable(),
    async scrape(kind, gzip) {
      const eventLoopLag = delay.count > 0 ? delay.max / 1e9 : undefined;
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
