import { unit } from './random.ts';

/** Hosts keep their first core for other work: the first processor that serves VM queues. */
export const BASE_PROCESSOR = 2;
const GROUP_SIZE = 64;

/** The logical processor that the default queue's packets land on. */
export const DEFAULT_QUEUE_CORE = BASE_PROCESSOR;

/** The logical processor that a vNIC's own queue has: an even one, the default queue's left out. */
export function queueCore(vnicGuid: string, logicalProcessors: number): number {
  const choices = (Math.min(logicalProcessors, GROUP_SIZE) - BASE_PROCESSOR) / 2 - 1;
  return BASE_PROCESSOR + 2 + 2 * Math.floor(unit(vnicGuid, 'core') * choices);
}

/** A processor's affinity mask as decimal text. */
export const maskOf = (core: number): string => (1n << BigInt(core % GROUP_SIZE)).toString();
