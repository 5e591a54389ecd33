/**
 * Calls `save` every `intervalMs`. Hosts with different phases save at different times, so that those of a fleet do not
 * all write at once.
 * @param phaseMs when within the interval; undefined: counted from now
 * @returns a function that ends it
 */
export function saveEvery(intervalMs: number, phaseMs: number | undefined, save: () => void): () => void {
  let timer: NodeJS.Timeout;
  const start = (): void => {
    timer = setInterval(save, intervalMs);
  };
  if (phaseMs === undefined) start();
  else
    timer = setTimeout(() => {
      save();
      start();
    }, phaseMs % intervalMs);
  return () => clearTimeout(timer);
}
