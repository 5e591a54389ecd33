import type { Part } from '../../document/document.ts';
import { OperationalError } from '../../errors.ts';
import { untilAborted } from './until-aborted.ts';

/** Parts that share a session take turns in it, first come, first served. */
export class Turns {
  #holder: Part | undefined;
  readonly #queue: { readonly part: Part; readonly go: () => void }[] = [];

  /** Resolves when it is the part's turn, at once where it is already. Rejects with `timeout` once `signal` is aborted. */
  async take(part: Part, signal: AbortSignal): Promise<void> {
    if (this.#holder === part) return;
    if (this.#holder === undefined) {
      this.#holder = part;
      return;
    }
    const { promise, place } = this.#wait(part);
    try {
      await untilAborted(promise, signal, () => {
        const text = `The session is still busy with ${this.#holder}, and ${part} was not asked in time`;
        return new OperationalError('timeout', text);
      });
    } catch (error) {
      const at = this.#queue.indexOf(place);
      if (at >= 0) this.#queue.splice(at, 1);
      else this.release(part);
      throw error;
    }
  }

  release(part: Part): void {
    if (this.#holder !== part) return;
    const next = this.#queue.shift();
    this.#holder = next?.part;
    next?.go();
  }

  #wait(part: Part) {
    let go: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => {
      go = resolve;
    });
    const place = { part, go };
    this.#queue.push(place);
    return { promise, place };
  }
}
