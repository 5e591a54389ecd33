import type { Random } from './random.ts';

/** Whether the input was used, or refused with the error that the surface declares. */
export type Outcome = 'accepted' | 'refused';

/** A border at which something from outside comes in. */
export interface Surface {
  readonly name: string;
  /** Makes one case. `check` throws if the case breaks an invariant; `input` is shown in the report of such a case */
  make(random: Random): { readonly input: unknown; check(): Outcome | Promise<Outcome> };
  close?(): Promise<void>;
}

/** Opens a surface; `folder` is empty and its own. */
export type OpenSurface = (folder: string) => Surface | Promise<Surface>;

/** An invariant that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function invariant(holds: boolean, text: string): asserts holds {
  if (!holds) throw new Violation(text);
}

/** Longest error message that a person can still read: some hundred faults of one file, one a line. */
const MAX_MESSAGE = 64 * 1024;

/**
 * Runs `work`, which may throw errors of the given types and no others.
 * @returns its result, or undefined if it was refused with such an error
 */
export async function declared<T>(
  types: readonly (abstract new (...args: never) => Error)[],
  work: () => T | Promise<T>,
  look: (error: Error) => void = () => {},
): Promise<{ readonly result: T } | undefined> {
  try {
    return { result: await work() };
  } catch (error) {
    const fault = types.find((type) => error instanceof type);
    if (fault === undefined || !(error instanceof Error)) throw error;
    invariant(error.message !== '', 'the error has no message');
    invariant(error.message.length <= MAX_MESSAGE, `the error message has ${error.message.length} characters`);
    look(error);
    return undefined;
  }
}
