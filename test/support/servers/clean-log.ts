import { isIP } from 'node:net';
import { makeWorld } from '../../../src/simulated-host/world.ts';

/** Names of the demo hosts' guests, as long as to be told from words. */
const GUESTS: readonly string[] = [
  ...new Set(
    (['tour', 'cluster'] as const).flatMap((scenario) => makeWorld(1, scenario)(0).vms.map(({ name }) => name)),
  ),
].filter((name) => name.length > 3);

/**
 * Lines of an exporter's log (JSON, level info and above) that hold an IP address or a guest's name: what an
 * administrator would not hand on. Throws where there is no line at all to look at.
 */
export function unfitLines(log: string): readonly string[] {
  const lines = log.split('\n').filter((line) => /^\{"level":"(?:info|warn|error)"/.test(line));
  if (lines.length === 0) throw new Error(`not a line of the log at info and above in:\n${log}`);
  return lines.filter((line) => {
    const words = [...line.split(/[^0-9A-Fa-f:.]+/), ...line.split(/[^0-9.]+/)];
    return words.some((word) => isIP(word.replace(/[:.]+$/, '')) > 0) || GUESTS.some((name) => line.includes(name));
  });
}
