import { Worker } from 'node:worker_threads';
import { shipped } from '../../shipped.ts';

/** Too many checks are waiting. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** A password check that waits or runs. */
interface Check {
  readonly client: string;
  readonly password: string;
  readonly hash: string;
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Compares passwords with bcrypt hashes in a worker thread, one at a time, because bcrypt is slow by design. Clients take
 * turns, and when too many checks wait, the client with the most loses its last one: a client that tries many passwords
 * delays others by one check and does not keep them out.
 */
export class BcryptChecker {
  readonly #limit: number;
  /** The next one first */
  #waiting: Check[] = [];
  #running: Check | undefined;
  #worker: Worker | undefined;

  /** @param limit how many checks may wait */
  constructor(limit = 16) {
    this.#limit = limit;
  }

  /**
   * Compares a password with a hash. Rejects with BusyError if too many checks wait.
   * @param client who asks, see clientOf
   */
  check(password: string, hash: string, client: string): Promise<boolean> {
    if (this.#waiting.length >= this.#limit && !this.#makeRoom(client))
      return Promise.reject(new BusyError('too many password checks'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ client, password, hash, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** Refuses the last check of the client that has most of them, unless `client` would then have as many. */
  #makeRoom(client: string): boolean {
    const counts = new Map<string, number>();
    for (const each of this.#waiting) counts.set(each.client, (counts.get(each.client) ?? 0) + 1);
    const most = Math.max(...counts.values());
    if (most <= (counts.get(client) ?? 0) + 1) return false;
    const last = this.#waiting.findLastIndex((each) => counts.get(each.client) === most);
    const [refused] = this.#waiting.splice(last, 1);
    refused?.reject(new BusyError('too many password checks'));
    return true;
  }

  #next(): void {
    const check = this.#running === undefined ? this.#waiting.shift() : undefined;
    if (check === undefined) return;
    this.#running = check;
    // Others come before the further checks of this client.
    const isOfClient = ({ client }: Check): boolean => client === check.client;
    this.#waiting = [...this.#waiting.filter((each) => !isOfClient(each)), ...this.#waiting.filter(isOfClient)];
    this.#worker ??= this.#start();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage({ password: check.password, hash: check.hash });
  }

  #start(): Worker {
    const worker = new Worker(shipped('http/web-config/bcrypt-worker.mjs'));
    worker.on('message', (right: unknown) => {
      this.#running?.resolve(right === true);
      this.#running = undefined;
      this.#next();
    });
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      const ended = new Error('the password checker ended');
      this.#running?.reject(ended);
      this.#running = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(ended);
    });
    worker.unref();
    return worker;
  }
}
