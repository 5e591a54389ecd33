/** Moments still to come, earliest first, each once. */
export class Agenda {
  readonly #times: number[] = [];
  readonly #known = new Set<number>();

  add(time: number): void {
    if (!Number.isFinite(time) || this.#known.has(time)) return;
    this.#known.add(time);
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] ?? time) > time) low = middle + 1;
      else high = middle;
    }
    this.#times.splice(low, 0, time);
  }

  next(): number | undefined {
    return this.#times.pop();
  }
}
