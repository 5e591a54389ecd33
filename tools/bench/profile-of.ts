import { type Profiler, Session } from 'node:inspector/promises';

/** A part of the processor time of the main thread, 0 to 1. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

type Node = Profiler.ProfileNode;

const SAMPLING_MICROSECONDS = 250;
const FUNCTIONS = 20;
/** They call the steps and are none themselves. */
const CALLERS = /^(?:pipeline|turn|monitored-host|poll\/poller|poll\/schedule)\.js$/;
const OWN = /\/src\/(.+\.js)$/;

/**
 * Profiles work and sums up where the time went: by step (the file of this program that was called first) and by function. Idle
 * time is left out, garbage collection is a step.
 */
export async function profileOf(
  work: () => Promise<void>,
): Promise<{ readonly steps: readonly Share[]; readonly functions: readonly Share[] }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();

  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)),
  );
  const steps = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  profile.samples?.forEach((id, index) => {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') return;
    const time = profile.timeDeltas?.[index] ?? 0;
    total += time;
    const step = stepOf(node, parents);
    steps.set(step, (steps.get(step) ?? 0) + time);
    const { functionName, url } = node.callFrame;
    const name = `${functionName || '(anonymous)'} ${url.replace(/^.*\/(?:src|node_modules)\//, '')}`.trim();
    functions.set(name, (functions.get(name) ?? 0) + time);
  });
  const shares = (times: ReadonlyMap<string, number>): Share[] =>
    [...times].map(([name, time]) => ({ name, share: time / total })).sort((a, b) => b.share - a.share);
  return { steps: shares(steps), functions: shares(functions).slice(0, FUNCTIONS) };
}

function stepOf(leaf: Node, parents: ReadonlyMap<number, Node>): string {
  if (leaf.callFrame.functionName === '(garbage collector)') return 'garbage collection';
  let step: string | undefined;
  for (let node: Node | undefined = leaf; node !== undefined; node = parents.get(node.id)) {
    const file = OWN.exec(node.callFrame.url)?.[1];
    if (file !== undefined && !CALLERS.test(file)) step = file;
  }
  return step ?? "Node's own work";
}
