import { Body } from '../body.ts';
import type { Clock } from '../clock.ts';
import { nextTurn, SLICE_MS } from '../turn.ts';
import { catalogue } from './catalogue/index.ts';
import type { MetricFamily, View } from './define.ts';
import { collectFamily } from './families.ts';
import { createFamilyRenderer } from './family-bytes.ts';
import type { ProcessMetrics } from './process.ts';
import { toOpenMetrics } from './render.ts';
import { createUnmatchedTotals } from './unmatched.ts';

export type ExpositionKind = 'text' | 'openmetrics';

export interface Exposition {
  /**
   * Renders this view together with the metrics of the process. Resolves when this view, or a later one, is what
   * scrapes get, with its families, which alerts are evaluated on; without them if they are not kept. Rejects if it could
   * not be rendered.
   */
  update(view: View): Promise<readonly MetricFamily[]>;
  /** The bytes of the last update. Before the first update: the metrics of the process alone. */
  body(kind: ExpositionKind): Promise<Body>;
}

/** Content-Type by exposition format. */
export const EXPOSITION_TYPE: Readonly<Record<ExpositionKind, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
const KINDS = ['text', 'openmetrics'] as const;

/** One rendered exposition. The samples are the same buffers in both formats: on a large host they are 10 MB. */
type Bodies = Readonly<Record<ExpositionKind, Body>>;

/**
 * A format of at least this size that a client has asked for compressed is compressed from then on before it is served: of a
 * large host that takes 60 ms. A smaller one takes a few milliseconds, and most renders of a collector's hosts are never scraped.
 */
const COMPRESSED_BEFORE_BYTES = 1_000_000;

const LINE_END = Buffer.from('\n');

interface Rendered {
  readonly families: readonly MetricFamily[];
  readonly bodies: Bodies;
}

/**
 * Renders one view after the other.
 * @returns the renderer; given no view, it renders the metrics of the process alone
 */
function createRenderer(
  clock: Clock,
  process: ProcessMetrics | undefined,
  keepsFamilies: boolean,
): (view: View | undefined) => Promise<Rendered> {
  const bytesOf = createFamilyRenderer();

  return async (view) => {
    const families: MetricFamily[] = [];
    const text: Buffer[] = [];
    const openmetrics: Buffer[] = [];
    let sliceStart = clock.monotonic();
    const pauseAfterSlice = async (): Promise<void> => {
      if (clock.monotonic() - sliceStart <= SLICE_MS) return;
      await nextTurn();
      sliceStart = clock.monotonic();
    };
    for (const definition of catalogue) {
      if (view === undefined) break;
      const family = collectFamily(definition, view);
      if (keepsFamilies) families.push(family);
      await pauseAfterSlice();
      const bytes = await bytesOf(definition, family);
      if (bytes !== undefined) {
        const { headers, samples } = bytes;
        text.push(headers.text, samples, LINE_END);
        openmetrics.push(headers.openmetrics, samples, LINE_END);
      }
      await pauseAfterSlice();
    }
    const ofProcess = (await process?.render()) ?? '';
    text.push(Buffer.from(ofProcess));
    openmetrics.push(Buffer.from(`${toOpenMetrics(ofProcess)}# EOF\n`));
    const bodies = {
      text: new Body(EXPOSITION_TYPE.text, text),
      openmetrics: new Body(EXPOSITION_TYPE.openmetrics, openmetrics),
    };
    return { families, bodies };
  };
}

/**
 * What /metrics serves. All work is done by `update`; a scrape sends bytes that are ready.
 * @param process metrics of the process; absent for a one-shot command, which has none
 * @param keepsFamilies false where nobody needs the families: each is garbage as soon as it is rendered, which costs little, and
 *   not only after all of them, when they have outlived the young generation of the heap
 */
export function createExposition(clock: Clock, process?: ProcessMetrics, keepsFamilies = true): Exposition {
  let current: Bodies | undefined;
  let first: Promise<Bodies> | undefined;
  let pending: View | undefined;
  let running: Promise<readonly MetricFamily[]> | undefined;
  const withUnmatched = createUnmatchedTotals();
  const render = createRenderer(clock, process, keepsFamilies);
  const beforeFirstView = async (): Promise<Bodies> => (await render(undefined)).bodies;

  async function publish(view: View): Promise<readonly MetricFamily[]> {
    const { families, bodies } = await render(withUnmatched(view));
    const former = current ?? (await first);
    const wanted = KINDS.filter(
      (kind) => bodies[kind].size >= COMPRESSED_BEFORE_BYTES && former?.[kind].isCompressed === true,
    );
    await Promise.all(wanted.map((kind) => bodies[kind].compressed()));
    current = bodies;
    for (const kind of KINDS) former?.[kind].retire();
    return families;
  }

  /** One render at a time. Of the views that arrive during a render, only the last is rendered next, and its outcome counts. */
  async function drain(): Promise<readonly MetricFamily[]> {
    let families: readonly MetricFamily[] = [];
    try {
      for (;;) {
        const view = pending;
        pending = undefined;
        if (view === undefined) return families;
        try {
          families = await publish(view);
        } catch (error) {
          if (pending === undefined) throw error;
        }
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

    async body(kind) {
      const bodies = current ?? (await (first ??= beforeFirstView()));
      return bodies[kind];
    },
  };
}
