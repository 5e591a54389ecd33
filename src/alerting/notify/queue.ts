import { alertKey, type AlertInstance } from '../evaluate.ts';

/** Maximum number of alerts that wait for one receiver, as in Prometheus' notifier. */
const MAX_QUEUE = 10_000;

/** Alerts that wait for one receiver, in order of arrival. Of each alert only the newest state is kept. */
export class AlertQueue {
  #waiting = new Map<string, AlertInstance>();
  readonly #limit: number;

  constructor(limit = MAX_QUEUE) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Adds alerts. If there are too many, the oldest are dropped. @returns how many were dropped */
  add(alerts: readonly AlertInstance[]): number {
    for (const alert of alerts) this.#waiting.set(keyOf(alert), alert);
    return this.#drop();
  }

  /** Puts alerts that could not be sent back to the front, unless a newer state of them is queued. @returns how many were dropped */
  putBack(alerts: readonly AlertInstance[]): number {
    const older = alerts.map((alert) => [keyOf(alert), alert] as const).filter(([key]) => !this.#waiting.has(key));
    this.#waiting = new Map([...older, ...this.#waiting]);
    return this.#drop();
  }

  /** Removes and returns the first alerts that `fit`, at most `most`. `fit` gets the alert and the first alert taken. */
  take(most: number, fit: (alert: AlertInstance, first: AlertInstance) => boolean = () => true): AlertInstance[] {
    const taken: AlertInstance[] = [];
    for (const [key, alert] of this.#waiting) {
      if (taken.length === most) break;
      if (!fit(alert, taken[0] ?? alert)) continue;
      taken.push(alert);
      this.#waiting.delete(key);
    }
    return taken;
  }

  #drop(): number {
    const over = this.#waiting.size - this.#limit;
    if (over <= 0) return 0;
    for (const key of [...this.#waiting.keys()].slice(0, over)) this.#waiting.delete(key);
    return over;
  }
}

/** Identity of an alert: its name and labels. */
export const keyOf = ({ name, labels }: AlertInstance): string => alertKey(name, labels);
