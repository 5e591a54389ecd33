import { alertKey, type AlertInstance } from '../evaluate.ts';

/** As Prometheus' notifier: what waits for one target at the most. */
const MAX_QUEUE = 10_000;

/** Alerts that wait for one target, in the order in which they came; of each alert the newest word only. */
export class AlertQueue {
  #waiting = new Map<string, AlertInstance>();
  readonly #limit: number;

  constructor(limit = MAX_QUEUE) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  keys(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** The oldest go when there are too many: returns how many. */
  add(alerts: readonly AlertInstance[]): number {
    for (const alert of alerts) this.#waiting.set(keyOf(alert), alert);
    return this.#drop();
  }

  /** Puts back in front what could not be sent, where no newer word has come meanwhile. */
  putBack(alerts: readonly AlertInstance[]): number {
    const older = alerts.map((alert) => [keyOf(alert), alert] as const).filter(([key]) => !this.#waiting.has(key));
    this.#waiting = new Map([...older, ...this.#waiting]);
    return this.#drop();
  }

  /** Takes out the first `most` that `fit`; those are asked of the alert and the first one. */
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

export const keyOf = ({ name, labels }: AlertInstance): string => alertKey(name, labels);
