import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { nextTurn } from '../turn.ts';
import { catalogue } from './catalogue/index.ts';
import type { MetricFamily, View } from './define.ts';
import { collectFamily } from './families.ts';
import type { ProcessMetrics } from './process.ts';
import { renderFamily, toOpenMetrics } from './render.ts';
import { createUnmatchedTotals } from './unmatched.ts';

export type ExpositionKind = 'text' | 'openmetrics';

export interface Scrape {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface Exposition {
  /**
   * Renders this view together with the metrics of the process. Resolves when this view, or a later one, is what
   * scrapes get; rejects if it could not be rendered.
   */
  update(view: View): Promise<void>;
  /** The bytes of the last update. Before the first update: the metrics of the process alone. */
  scrape(kind: ExpositionKind, gzip: boolean): Promise<Scrape>;
  /** The families of the last update, which alerts are evaluated on; without those of the process. */
  families(): readonly MetricFamily[];
}

/** Content-Type by exposition format. */
export const EXPOSITION_TYPE: Readonly<Record<ExpositionKind, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
/** How long rendering may keep the event loop before it lets other work in. */
const SLICE_MS = 4;
/** On a large host, level 1 takes a third of the time of level 6 for a fifth more bytes. */
const GZIP_LEVEL = 1;

const gzip = promisify<Buffer, { level: number }, Buffer>(gzipWithCallback);

/** The gzip stream of a body, at the level that costs least for what it saves. */
export const gzipExposition = (body: Buffer): Promise<Buffer> => gzip(body, { level: GZIP_LEVEL });

/** One rendered exposition. Each form of its bytes is made once, when the first client asks for it. */
class Generation {
  readonly families: readonly MetricFamily[];
  /** Pieces of text. The samples are the same buffers in both formats: on a large host they are 10 MB. */
  readonly #pieces: Readonly<Record<ExpositionKind, readonly Buffer[]>>;
  readonly #plain = new Map<ExpositionKind, Buffer>();
  readonly #compressed = new Map<ExpositionKind, Promise<Buffer>>();

  constructor(families: readonly MetricFamily[], pieces: Readonly<Record<ExpositionKind, readonly Buffer[]>>) {
    this.families = families;
    this.#pieces = pieces;
  }

  plain(kind: ExpositionKind): Buffer {
    let bytes = this.#plain.get(kind);
    if (bytes === undefined) this.#plain.set(kind, (bytes = Buffer.concat(this.#pieces[kind])));
    return bytes;
  }

  compressed(kind: ExpositionKind): Promise<Buffer> {
    let bytes = this.#compressed.get(kind);
    if (bytes === undefined) {
      bytes = gzipExposition(this.#plain.get(kind) ?? Buffer.concat(this.#pieces[kind]));
      this.#compressed.set(kind, bytes);
    }
    return bytes;
  }
}

/** @param view the host, or undefined for the metrics of the process alone */
async function render(view: View | undefined, clock: Clock, process: ProcessMetrics | undefined): Promise<Generation> {
  const families: MetricFamily[] = [];
  const text: Buffer[] = [];
  const openmetrics: Buffer[] = [];
  let sliceStart = clock.monotonic();
  for (const definition of catalogue) {
    if (view === undefined) break;
    const family = collectFamily(definition, view);
    families.push(family);
    const rendered = await renderFamily(family);
    if (rendered !== undefined) {
      const samples = Buffer.from(`${rendered.samples}\n`);
      text.push(Buffer.from(rendered.text), samples);
      openmetrics.push(Buffer.from(rendered.openMetricsHeader), samples);
    }
    if (clock.monotonic() - sliceStart > SLICE_MS) {
      await nextTurn();
      sliceStart = clock.monotonic();
    }
  }
  const ofProcess = (await process?.render()) ?? '';
  text.push(Buffer.from(ofProcess));
  openmetrics.push(Buffer.from(`${toOpenMetrics(ofProcess)}# EOF\n`));
  return new Generation(families, { text, openmetrics });
}

/**
 * What /metrics serves. All work is done by `update`; a scrape sends bytes that are ready.
 * @param process metrics of the process; absent for a one-shot command, which has none
 */
export function createExposition(clock: Clock, process?: ProcessMetrics): Exposition {
  let current: Generation | undefined;
  let first: Promise<Generation> | undefined;
  let pending: View | undefined;
  let running: Promise<void> | undefined;
  /** Formats that a client has asked for compressed: compressed with each update from then on, before it is served. */
  const wantedCompressed = new Set<ExpositionKind>();
  const withUnmatched = createUnmatchedTotals();

  async function publish(view: View): Promise<void> {
    const generation = await render(withUnmatched(view), clock, process);
    await Promise.all([...wantedCompressed].map((kind) => generation.compressed(kind)));
    current = generation;
  }

  /** One render at a time. Of the views that arrive during a render, only the last is rendered next, and its outcome counts. */
  async function drain(): Promise<void> {
    try {
      for (;;) {
        const view = pending;
        pending = undefined;
        if (view === undefined) return;
        await publish(view).catch((error: unknown) => {
          if (pending === undefined) throw error;
        });
      }
    } finally {
      running = undefined;
    }
  }

  return {
    update(view) {
      pending = view;
      running ??= drain();
      return running;
    },

    async scrape(kind, compressed) {
      if (compressed) wantedCompressed.add(kind);
      const generation = current ?? (await (first ??= render(undefined, clock, process)));
      const body = compressed ? await generation.compressed(kind) : generation.plain(kind);
      return { body, contentType: EXPOSITION_TYPE[kind] };
    },

    families: () => current?.families ?? [],
  };
}
