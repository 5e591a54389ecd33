import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
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
  /** Renders this view. Resolves when it, or a later one, is what scrapes get; rejects if it could not be rendered. */
  update(view: View): Promise<void>;
  /** The bytes of the last update, ready, with the process' own metrics behind them. Never waits for a render. */
  scrape(kind: ExpositionKind, gzip: boolean): Promise<Scrape>;
  /** The families of the last update: what alerts are evaluated on. */
  families(): readonly MetricFamily[];
}

const CONTENT_TYPE: Readonly<Record<ExpositionKind, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
const END: Readonly<Record<ExpositionKind, string>> = { text: '', openmetrics: '# EOF\n' };
/** How long rendering may keep the event loop before it lets others in. */
const SLICE_MS = 4;
/** `process_*` and `nodejs_*` are rendered at most once in this time. */
const TAIL_MS = 1000;
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

const deflate = promisify<Buffer, { level: number; finishFlush: number }, Buffer>(deflateRaw);

/** The host's part of an exposition: fixed until the next update. */
interface Head {
  /** In pieces, the samples' the same ones in both formats: on a large host they are 10 MB */
  readonly pieces: readonly Buffer[];
  readonly length: number;
  /** Deflated up to a full flush, so that more can follow in the same gzip member; made on demand, once */
  deflated?: Promise<Buffer>;
  readonly crc: () => number;
}

interface Generation {
  readonly heads: Readonly<Record<ExpositionKind, Head>>;
  readonly families: readonly MetricFamily[];
}

function createHead(pieces: readonly Buffer[]): Head {
  let crc: number | undefined;
  return {
    pieces,
    length: pieces.reduce((sum, piece) => sum + piece.length, 0),
    crc: () => (crc ??= pieces.reduce((sum, piece) => crc32(piece, sum), 0)),
  };
}

const deflatedHead = (head: Head) =>
  (head.deflated ??= deflate(Buffer.concat(head.pieces), { level: 1, finishFlush: constants.Z_FULL_FLUSH }));

/** One gzip member of a deflated head and a tail: curl and Chromium mishandle several members. */
async function gzipOf(head: Head, tail: Buffer): Promise<Buffer> {
  const [first, last] = await Promise.all([
    deflatedHead(head),
    deflate(tail, { level: 6, finishFlush: constants.Z_FINISH }),
  ]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(tail, head.crc()), 0);
  trailer.writeUInt32LE((head.length + tail.length) >>> 0, 4);
  return Buffer.concat([GZIP_HEADER, first, last, trailer]);
}

async function render(view: View, clock: Clock): Promise<Generation> {
  const families: MetricFamily[] = [];
  const text: Buffer[] = [];
  const openMetrics: Buffer[] = [];
  let sliceStart = clock.monotonic();
  for (const definition of catalogue) {
    const family = collectFamily(definition, view);
    families.push(family);
    const rendered = await renderFamily(family);
    if (rendered !== undefined) {
      const samples = Buffer.from(`${rendered.samples}\n`);
      text.push(Buffer.from(rendered.text), samples);
      openMetrics.push(Buffer.from(rendered.openMetricsHeader), samples);
    }
    if (clock.monotonic() - sliceStart > SLICE_MS) {
      await nextTurn();
      sliceStart = clock.monotonic();
    }
  }
  return {
    families,
    heads: { text: createHead(text), openmetrics: createHead(openMetrics) },
  };
}

const EMPTY: Generation = {
  families: [],
  heads: { text: createHead([]), openmetrics: createHead([]) },
};

/**
 * What /metrics serves. `update` does the work when a poll lands; a scrape only puts ready bytes together.
 * Without `process` (a probe, a one-shot command) there are no metrics of the process.
 */
export function createExposition(clock: Clock, process?: ProcessMetrics): Exposition {
  let current = EMPTY;
  let pending: View | undefined;
  let running: Promise<void> | undefined;
  let tail: { text: string; at: number } | undefined;
  let tailRender: Promise<string> | undefined;
  /** Kinds that someone takes compressed: kept ready from then on. */
  const wanted = new Set<ExpositionKind>();
  const ready = new Map<string, { generation: Generation; tail: string; body: Promise<Buffer> }>();
  const withUnmatched = createUnmatchedTotals();

  async function publish(view: View): Promise<void> {
    const generation = await render(withUnmatched(view), clock);
    await Promise.all([...wanted].map((kind) => deflatedHead(generation.heads[kind])));
    current = generation;
  }

  /** One render at a time; views that came meanwhile are skipped but for the last, whose outcome is the outcome. */
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

  async function liveTail(): Promise<string> {
    if (process === undefined) return '';
    if (tail !== undefined && clock.monotonic() - tail.at < TAIL_MS) return tail.text;
    tailRender ??= process.render().finally(() => (tailRender = undefined));
    tail = { text: await tailRender, at: clock.monotonic() };
    return tail.text;
  }

  return {
    update(view) {
      pending = view;
      running ??= drain();
      return running;
    },

    async scrape(kind, gzip) {
      if (gzip) wanted.add(kind);
      const live = await liveTail();
      const generation = current;
      const key = `${kind} ${gzip}`;
      let entry = ready.get(key);
      if (entry?.generation !== generation || entry.tail !== live) {
        const head = generation.heads[kind];
        const bytes = Buffer.from((kind === 'openmetrics' ? toOpenMetrics(live) : live) + END[kind]);
        const body = gzip ? gzipOf(head, bytes) : Promise.resolve(Buffer.concat([...head.pieces, bytes]));
        entry = { generation, tail: live, body };
        ready.set(key, entry);
      }
      return { body: await entry.body, contentType: CONTENT_TYPE[kind] };
    },

    families: () => current.families,
  };
}
