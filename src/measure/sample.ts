import { didYouMean } from '../text/did-you-mean.ts';
import { wildcard } from '../text/wildcard.ts';
import { type GuestReading, type Meter, trafficCost, type TrafficCost, readMeter } from './cost.ts';
import { OperationalError, UserError } from '../errors.ts';
import { visible } from '../text/visible.ts';
import type { View } from '../metrics/define.ts';
import type { Part } from '../document/document.ts';

const EVERY_MS = 5000;
/** The inventory, which costs more to read, is read with every third sample. */
const INVENTORY_EVERY = 3;

/** The host that is measured. */
export interface MeasuredHost {
  /** Reads the host until its state is known. */
  settle(): Promise<View>;
  /** Reads these parts and resolves with what is known then. */
  read(...parts: Part[]): Promise<View>;
  /** Lets time pass, milliseconds; ends early when aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Reads the guest's own counters; undefined where no guest exporter was named. */
export type ReadGuest = ((vmId: string) => Promise<GuestReading>) | undefined;

/**
 * Measures a VM for some seconds, or until interrupted; then the cost so far is the answer.
 *
 * @param onProgress called with the cost so far after each sample
 * @throws UserError for a VM that does not exist, OperationalError where too little could be read
 */
export async function sample(
  host: MeasuredHost,
  vm: string,
  seconds: number,
  guest: ReadGuest,
  interrupted: AbortSignal,
  onProgress: (cost: TrafficCost) => void,
): Promise<TrafficCost> {
  const { id, name } = findVm(await host.settle(), vm);
  const meter = async (view: View): Promise<Meter> => readMeter(view.tracked, id, await guest?.(id));
  const first = await meter(await host.read('activity'));
  let last = first;
  let path = first.path;
  const cost = (): TrafficCost => {
    const { path: now, ...rest } = trafficCost(name, first, last);
    return { ...rest, path: path === undefined ? 'mixed' : now };
  };
  for (let count = 1; !interrupted.aborted && last.at - first.at < seconds * 1000; count += 1) {
    const left = seconds * 1000 - (last.at - first.at);
    await host.wait(Math.min(EVERY_MS, left), interrupted);
    const isLast = left <= EVERY_MS || interrupted.aborted;
    const view = await host.read(
      'activity',
      ...(isLast || count % INVENTORY_EVERY === 0 ? (['inventory'] as const) : []),
    );
    const next = await meter(view);
    if (next.at <= last.at)
      throw new OperationalError(
        'no_counters',
        'the counters did not change between two readings: run hyperv-sriov-exporter doctor',
      );
    last = next;
    if (last.path !== path) path = undefined;
    onProgress(cost());
  }
  if (last === first) throw new OperationalError('interrupted', 'interrupted before anything was measured');
  return cost();
}

function findVm({ tracked: { host } }: View, wanted: string): { readonly id: string; readonly name: string } {
  const isNamed = wildcard(wanted);
  const found = host.vms.filter(({ id, name }) => isNamed(name) || id === wanted.toLowerCase());
  const [vm] = found;
  if (vm === undefined)
    throw new UserError(
      `there is no VM ${visible(wanted)} on this host${didYouMean(
        wanted,
        host.vms.flatMap(({ name }) => name ?? []),
      )}`,
    );
  if (found.length > 1)
    throw new UserError(`more than one VM is named ${visible(wanted)}: its processors cannot be told apart`);
  if (vm.state !== 'running')
    throw new OperationalError('vm_not_running', `${visible(vm.name)} is ${vm.state ?? 'not known'}`);
  return vm;
}
