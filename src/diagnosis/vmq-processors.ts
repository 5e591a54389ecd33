import type { Nic, Platform } from '../host/model.ts';
import { any, when, type Tristate } from '../tristate.ts';
import type { VSwitchFacts } from './facts.ts';

/**
 * The step between the processor numbers that VM queues use. With hyper-threading, VM queues use only the first logical
 * processor of each core, so the step is 2. The step is also the first number after core 0.
 */
export function processorStep({ logicalProcessors, physicalCores }: Platform): number | undefined {
  if (logicalProcessors === undefined || physicalCores === undefined) return undefined;
  return logicalProcessors > physicalCores ? 2 : 1;
}

interface ProcessorRange {
  readonly group: number;
  readonly first: number;
  readonly last: number;
}

/**
 * The processors that may serve the queues of a NIC: from the base processor up to the configured limits (highest
 * processor number, number of processors). A limit below the base processor, or of 0 processors, is not set.
 */
function rangeOf({ vmq }: Nic, platform: Platform): ProcessorRange | undefined {
  const { baseProcessor: first, baseProcessorGroup: group, maxProcessorNumber, maxProcessors } = vmq ?? {};
  if (first === undefined || group === undefined) return undefined;
  const step = processorStep(platform);
  const limits: number[] = [];
  if (maxProcessorNumber !== undefined && maxProcessorNumber >= first) limits.push(maxProcessorNumber);
  if (maxProcessors !== undefined && maxProcessors > 0 && step !== undefined)
    limits.push(first + (maxProcessors - 1) * step);
  return limits.length === 0 ? undefined : { group, first, last: Math.min(...limits) };
}

/** Whether the processor ranges of any two NICs of a team are in this relation. */
function somePair(
  { physicalNics = [], platform }: VSwitchFacts,
  holds: (one: ProcessorRange, other: ProcessorRange) => boolean,
): Tristate {
  const ranges = physicalNics.map((nic) => rangeOf(nic, platform));
  return any(
    ...ranges.flatMap((range, at) =>
      ranges.slice(at + 1).map((other) => when(range, (a) => when(other, (b) => holds(a, b)))),
    ),
  );
}

const overlap = (a: ProcessorRange, b: ProcessorRange): boolean =>
  a.group === b.group && a.first <= b.last && b.first <= a.last;
const differ = (a: ProcessorRange, b: ProcessorRange): boolean =>
  a.group !== b.group || a.first !== b.first || a.last !== b.last;

/**
 * Whether members of a team have the wrong processors for their VM queues. In sum mode each member has its own queues,
 * and members must not share processors. In min mode each queue is on all members, and the processors must be the same.
 */
export const hasWrongProcessors = (facts: VSwitchFacts): Tristate =>
  when(facts.vswitch.queueMode, (mode) => somePair(facts, mode === 'sum' ? overlap : differ));

/** Each NIC with its processors: `NIC1 2 to 16, NIC2 2 to 16`. */
export const rangesText = ({ physicalNics = [], platform }: VSwitchFacts): string =>
  physicalNics
    .map((nic) => {
      const range = rangeOf(nic, platform);
      const where = range === undefined ? '' : ` ${range.first} to ${range.last}`;
      return `${nic.friendlyName ?? nic.description}${where}${range?.group ? ` of group ${range.group}` : ''}`;
    })
    .join(', ');
