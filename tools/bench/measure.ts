/** The middle one; of an even number the upper of the two. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export interface Cost {
  /** Median of runs, milliseconds on the wall clock */
  readonly ms: number;
  /** Median of runs, milliseconds of processor time of all threads: compression and collection of garbage included */
  readonly cpuMs: number;
  /** The longest time, of any run, for which others had to wait for the event loop */
  readonly blockMs: number;
}

/** Runs `work` a few times to warm up and then `runs` times; `work` is given the number of the run. */
export async function measure(
  work: (run: number) => Promise<unknown>,
  { warmUp = 3, runs = 15 }: { readonly warmUp?: number; readonly runs?: number } = {},
): Promise<Cost> {
  const times: number[] = [];
  const cpu: number[] = [];
  const blocks: number[] = [];
  for (let run = 0; run < warmUp + runs; run++) {
    let longest = 0;
    let last = performance.now();
    let watching = true;
    const watch = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (watching) setImmediate(watch);
    };
    setImmediate(watch);
    const start = performance.now();
    const before = process.cpuUsage();
    await work(run);
    const used = process.cpuUsage(before);
    const end = performance.now();
    watching = false;
    watch();
    if (run < warmUp) continue;
    times.push(end - start);
    cpu.push((used.user + used.system) / 1000);
    blocks.push(longest);
  }
  return { ms: median(times), cpuMs: median(cpu), blockMs: Math.max(...blocks) };
}
