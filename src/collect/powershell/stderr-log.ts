import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { windowsText } from '../../text/guest-names.ts';
import { tail } from '../../text/redact.ts';

const EVERY_MS = 60_000;
const MAX_LOGGED = 1000;

/** Logs what a session's processes write to standard error: its end, at most once a minute. It decides nothing. */
export class StderrLog {
  /** What the last call wrote */
  last = '';
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'warn'>;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #length = 0;

  constructor(clock: Clock, log: Pick<Log, 'warn'>) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @param title of the session, for the message */
  add(text: string, title: string): void {
    this.last = text.trim();
    this.#length += this.last.length;
    if (this.#length === 0 || this.#clock.monotonic() - this.#loggedAt < EVERY_MS) return;
    this.#loggedAt = this.#clock.monotonic();
    const stderr = windowsText(tail(this.last, MAX_LOGGED));
    this.#log.warn({ stderr, bytes: this.#length }, `${title} wrote to standard error`);
    this.#length = 0;
  }
}
