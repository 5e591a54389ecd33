import type { MetricFamily } from '../../src/metrics/define.ts';

/** One row of `input_series` in a promtool unit test. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** What Prometheus would have scraped from one exporter, scrape by scrape. */
export interface ScrapeRecorder {
  /** A scrape that answered. `at` in Unix milliseconds; each call is one `interval` later in the unit test. */
  scrape(families: readonly MetricFamily[], at: number): void;
  /** A scrape without an answer: `up` is 0 and every series ends. */
  fail(): void;
  rows(): readonly InputSeries[];
}

export interface RecorderOptions {
  /** What the scrape adds to each series: job, instance, cluster, host */
  readonly target: Readonly<Record<string, string>>;
  /** The families to write; every one by default */
  readonly only?: (name: string) => boolean;
}

/**
 * Makes `input_series` of what the exporter really renders, so that rule tests cannot drift from it. As in a real
 * scrape, `up` is written and a series that is gone is marked stale. Unit tests begin at the epoch: timestamps
 * (`…_timestamp_seconds`) are counted from the first scrape.
 */
export function recordScrapes({ target, only = () => true }: RecorderOptions): ScrapeRecorder {
  const all = new Map<string, Run>();
  let scrapes = 0;
  let startedAt: number | undefined;

  const write = (key: string, value: number): void => {
    let run = all.get(key);
    if (run === undefined) all.set(key, (run = new Run()));
    run.write(scrapes, String(value).replace('Infinity', 'Inf'));
  };

  return {
    scrape(families, at) {
      startedAt ??= at;
      for (const { name, samples } of families) {
        if (!only(name)) continue;
        const origin = name.endsWith('_timestamp_seconds') ? startedAt / 1000 : 0;
        for (const { shared, labels, value } of samples)
          write(seriesName(name, { ...shared, ...labels, ...target }), value - origin);
      }
      write(seriesName('up', target), 1);
      scrapes++;
    },
    fail() {
      write(seriesName('up', target), 0);
      scrapes++;
    },
    rows: () => [...all].map(([series, run]) => ({ series, values: run.toText(scrapes) })),
  };
}

/** The values of one series, scrape by scrape, equal ones in a row as one. */
class Run {
  #text = '';
  #value = '_';
  #times = 0;
  #next = 0;

  write(scrape: number, value: string): void {
    this.#endAt(scrape);
    this.#append(value);
    this.#next = scrape + 1;
  }

  toText(scrapes: number): string {
    this.#endAt(scrapes);
    this.#next = scrapes;
    return `${this.#text} ${this.#current()}`.trim();
  }

  /** Missing from #next to `scrape`: the first is marked stale where there was a value. */
  #endAt(scrape: number): void {
    for (let missing = this.#next; missing < scrape; missing++)
      this.#append(missing > 0 && missing === this.#next ? 'stale' : '_');
  }

  #append(value: string): void {
    if (value === this.#value && value !== 'stale') {
      this.#times++;
      return;
    }
    if (this.#times > 0) this.#text += ` ${this.#current()}`;
    this.#value = value;
    this.#times = 1;
  }

  #current(): string {
    if (this.#times === 0) return '';
    if (this.#value === '_') return `_x${this.#times}`;
    return this.#times === 1 ? this.#value : `${this.#value}+0x${this.#times - 1}`;
  }
}

/** `name{label="value",…}`, labels in one order; empty ones are no labels. */
function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(',')}}`;
}
