import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from './random.ts';
import { invariant, type OpenSurface, type Outcome, type Surface } from './surface.ts';

/** Processor time that one case may take, so that a busy machine does not fail it: what takes longer is no small input. */
const MAX_CASE_MS = 2000;
const MAX_CRASHES = 20;
/** Cases between two looks at the clock */
const BATCH = 16;

export interface Crash {
  readonly surface: string;
  readonly index: number;
  readonly error: unknown;
  readonly input: unknown;
}

export interface Figures {
  readonly surface: string;
  readonly cases: Readonly<Record<Outcome, number>>;
  readonly seconds: number;
  /** The case that took the most processor time, and how much, milliseconds */
  readonly slowest: { readonly index: number; readonly ms: number };
  readonly crashes: readonly Crash[];
}

export interface Limits {
  readonly seed: number;
  /** Index of the first case */
  readonly from?: number;
  /** Ends the run, whichever comes first */
  readonly seconds?: number;
  readonly cases?: number;
  /** Processor time that one case may take, milliseconds */
  readonly caseMs?: number;
}

/** Runs cases of a surface: case `index` depends on seed, surface and index alone. */
export async function fuzz(name: string, open: OpenSurface, limits: Limits): Promise<Figures> {
  const { from = 0, seconds = Number.POSITIVE_INFINITY, cases: most = Number.POSITIVE_INFINITY } = limits;
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const surface = await open(folder);
  const cases = { accepted: 0, refused: 0 };
  const crashes: Crash[] = [];
  const start = performance.now();
  let slowest = { index: from, ms: 0 };
  try {
    for (let index = from; index < from + most && crashes.length < MAX_CRASHES; index += 1) {
      if (index % BATCH === 0 && performance.now() - start > seconds * 1000) break;
      const { crash, outcome, ms } = await runCase(surface, limits, index);
      if (ms > slowest.ms) slowest = { index, ms };
      if (outcome !== undefined) cases[outcome] += 1;
      if (crash !== undefined) crashes.push(crash);
    }
  } finally {
    await surface.close?.();
    rmSync(folder, { recursive: true, force: true });
  }
  return { surface: name, cases, seconds: (performance.now() - start) / 1000, slowest, crashes };
}

async function runCase(
  surface: Surface,
  { seed, caseMs = MAX_CASE_MS }: Limits,
  index: number,
): Promise<{ readonly crash?: Crash; readonly outcome?: Outcome; readonly ms: number }> {
  const made = surface.make(new Random(seed, surface.name, index));
  const before = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    const outcome = await made.check();
    const ms = spent();
    invariant(ms <= caseMs, `${ms} ms of processor time`);
    return { outcome, ms };
  } catch (error) {
    return { crash: { surface: surface.name, index, error, input: made.input }, ms: spent() };
  }
}
