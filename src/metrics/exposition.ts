import { Body } from '../body.ts';
import type { Clock } from '../clock.ts';
import { nextTurn, SLICE_MS } from '../turn.ts';
import { catalogue } from './catalogue/index.ts';
import type { MetricDefinition, MetricFamily, View } from './define.ts';
import { collectFamily, haveSameSamples } from './families.ts';
import type { ProcessMetrics } from './process.ts';
import { renderFamily, toOpenMetrics } from './render.ts';
import { createUnmatchedTotals } from './unmatched.ts';

export type ExpositionKind = 'text' | 'openmetrics';

export interface Exposition {
  /**
   * Renders this view together with the metrics of the process. Resolves when this view, or a later one, is what
   * scrapes get, with its families, which alerts are evaluated on. Rejects if it could not be rendered.
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

const LINE_END = Buffer.from('\n');

/** A family with its bytes, which are none if it has no samples. */
interface RenderedFamilyBytes {
  readonly family: MetricFamily;
  readonly pieces: Readonly<Record<ExpositionKind, readonly Buffer[]>>;
}

async function bytesOf(family: MetricFamily): Promise<RenderedFamilyBytes> {
  const rendered = await renderFamily(family);
  if (rendered === undefined) return { family, pieces: { text: [], openmetrics: [] } };
  const samples = Buffer.from(rendered.samples);
  return {
    family,
    pieces: {
      text: [Buffer.from(rendered.text), samples, LINE_END],
      openmetrics: [Buffer.from(rendered.openMetricsHeader), samples, LINE_END],
    },
  };
}

interface Rendered {
  readonly families: readonly MetricFamily[];
  readonly bodies: Bodies;
}

/** How the samples of a family went from render to render. */
interface Renders {
  /** The last render, where its samples are kept for the comparison */
  kept?: RenderedFamilyBytes | undefined;
  /** Renders in a row at which its samples had changed */
  changes: number;
  /** Renders until its samples are kept again */
  pause: number;
}
/**
 * A family that changed twice in a row, such as one of traffic, is likely to change at the next render too: it is not kept for so many
 * renders. Kept samples outlive the young generation of the heap. What is replaced at each render is garbage that only a
 * full collection finds: it doubled the heap of a collector of 256 hosts.
 */
const MAX_CHANGES = 2;
const PAUSE_RENDERS = 20;

/**
 * Renders one view after the other. A family whose samples have not changed since it was last rendered keeps its bytes:
 * from one poll to the next these are most families. For the comparison its samples are kept.
 * @returns the renderer; given no view, it renders the metrics of the process alone
 */
function createRenderer(
  clock: Clock,
  process: ProcessMetrics | undefined,
): (view: View | undefined) => Promise<Rendered> {
  const known = new Map<string, Renders>();

  async function familyOf(definition: MetricDefinition, view: View): Promise<RenderedFamilyBytes> {
    const family = collectFamily(definition, view);
    const renders = known.get(family.name) ?? { changes: 0, pause: 0 };
    known.set(family.name, renders);
    if (renders.kept !== undefined) {
      if (haveSameSamples(renders.kept.family, family)) {
        renders.changes = 0;
        return renders.kept;
      }
      renders.changes += 1;
    }
    const rendered = await bytesOf(family);
    if (renders.changes === MAX_CHANGES) {
      renders.changes = 0;
      renders.pause = PAUSE_RENDERS;
    }
    renders.kept = renders.pause > 0 ? undefined : rendered;
    renders.pause = Math.max(0, renders.pause - 1);
    return rendered;
  }

  return async (view) => {
    const families: MetricFamily[] = [];
    const text: Buffer[] = [];
    const openmetrics: Buffer[] = [];
    let sliceStart = clock.monotonic();
    for (const definition of catalogue) {
      if (view === undefined) break;
      const { family, pieces } = await familyOf(definition, view);
      families.push(family);
      text.push(...pieces.text);
      openmetrics.push(...pieces.openmetrics);
      if (clock.monotonic() - sliceStart > SLICE_MS) {
        await nextTurn();
        sliceStart = clock.monotonic();
      }
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
 */
export function createExposition(clock: Clock, process?: ProcessMetrics): Exposition {
  let current: Bodies | undefined;
  let first: Promise<Bodies> | undefined;
  let pending: View | undefined;
  let running: Promise<readonly MetricFamily[]> | undefined;
  const withUnmatched = createUnmatchedTotals();
  const render = createRenderer(clock, process);
  const beforeFirstView = async (): Promise<Bodies> => (await render(undefined)).bodies;

  async function publish(view: View): Promise<readonly MetricFamily[]> {
    const { families, bodies } = await render(withUnmatched(view));
    // A format that a client has asked for compressed is compressed from then on before it is served.
    const former = current ?? (await first);
    const wanted = KINDS.filter((kind) => former?.[kind].isCompressed === true);
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
