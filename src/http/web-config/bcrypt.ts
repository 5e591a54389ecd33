import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { shipped } from '../../shipped.ts';

const answer = z.object({ id: z.number(), right: z.boolean() });

/** Too many checks are waiting. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** Compares passwords with bcrypt hashes in a worker thread, one at a time, because bcrypt is slow by design. */
export class BcryptChecker {
  readonly #limit: number;
  readonly #waiting = new Map<number, { resolve: (right: boolean) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(limit = 16) {
    this.#limit = limit;
  }

  /** Whether a password fits a hash. Rejects with BusyError if `limit` checks are waiting already. */
  check(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= this.#limit) return Promise.reject(new BusyError('too many password checks'));
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ id, password, hash });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(shipped('http/web-config/bcrypt-worker.mjs'));
    worker.on('message', (message: unknown) => {
      const { id, right } = answer.parse(message);
      this.#waiting.get(id)?.resolve(right);
      this.#waiting.delete(id);
    });
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new Error('the password checker ended'));
      this.#waiting.clear();
    });
    worker.unref();
    return worker;
  }
}
