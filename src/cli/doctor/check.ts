import type { Clock } from '../../clock.ts';
import { errorText } from '../../errors.ts';
import type { Inspection } from './inspection.ts';

export type Status = 'ok' | 'failed' | 'skipped';

/** What a check found, in one sentence; what failed says its remedy. */
export interface Outcome {
  readonly status: Status;
  readonly text: string;
  readonly remedy?: string;
  /** Milliseconds, if they are not the run time of the check */
  readonly took?: number;
}

/** Passed. @param took milliseconds, where time matters */
export const ok = (text: string, took?: number): Outcome => ({
  status: 'ok',
  text,
  ...(took === undefined ? {} : { took }),
});
/** Failed, with what to do. */
export const failed = (text: string, remedy: string): Outcome => ({ status: 'failed', text, remedy });
/** Skipped: the object of the check does not exist, is not used, or could not be reached. */
export const skipped = (text: string): Outcome => ({ status: 'skipped', text });

/** One thing that the agent needs. */
export interface Check {
  /** Stable, for scripts; `source:<name>` for a cmdlet or counter set */
  readonly id: string;
  readonly title: string;
  /** Checks that must be ok before this one runs, as far as they are run */
  readonly needs?: readonly string[];
  readonly run: (inspection: Inspection) => Outcome | Promise<Outcome>;
}

export interface Result {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly text: string;
  readonly remedy?: string;
  readonly milliseconds: number;
}

/**
 * Runs the checks one after the other. A check whose needs are not met is skipped, and a check that throws has failed.
 */
export async function examine(
  checks: readonly Check[],
  inspection: Inspection,
  clock: Clock,
  onCheck: (title: string) => void = () => undefined,
): Promise<readonly Result[]> {
  const results = new Map<string, Result>();
  const ids = new Set(checks.map(({ id }) => id));
  for (const { id, title, needs = [], run } of checks) {
    const missing = needs.find((need) => ids.has(need) && results.get(need)?.status !== 'ok');
    if (missing === undefined) onCheck(title);
    const began = clock.monotonic();
    const outcome = missing === undefined ? await attempt(run, inspection) : skipped(`needs ${missing}`);
    const { took = clock.monotonic() - began, ...rest } = outcome;
    results.set(id, { id, title, ...rest, milliseconds: Math.round(took) });
  }
  return [...results.values()];
}

async function attempt(run: Check['run'], inspection: Inspection): Promise<Outcome> {
  try {
    return await run(inspection);
  } catch (error) {
    return failed(errorText(error), 'see the message');
  }
}
