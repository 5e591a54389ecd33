import type { Guid, Host, Vm, VmCpu } from '../host/model.ts';
import type { Transition } from './model.ts';

/** vmms counts uptime in seconds and tells it a little after it was asked: less apart is the same start. */
export const UPTIME_TOLERANCE = 5_000;

/** What is remembered of a VM between documents. */
export interface VmHistory {
  readonly state?: Vm['state'];
  /** When it was first seen running here, by an agent that had seen it not running here before */
  readonly arrived?: number;
  readonly start?: number;
  /** The most virtual processors seen in its CPU sum since its start */
  readonly instances?: number;
}

/** When a VM was started, by its uptime, Unix milliseconds. A migrated VM brings its uptime along. */
export function vmStart(host: Host, vm: Vm): number | undefined {
  const readAt = host.sources.get('vm')?.takenAt;
  return readAt === undefined || vm.uptimeSeconds === undefined ? undefined : readAt - vm.uptimeSeconds * 1000;
}

export interface VmStep {
  readonly vms: ReadonlyMap<Guid, VmHistory>;
  readonly transitions: readonly Transition[];
}

/** Folds one new inventory document into the VMs' histories. `watching` as in stepPaths. */
export function stepVms(former: ReadonlyMap<Guid, VmHistory>, host: Host, at: number, watching: boolean): VmStep {
  const transitions: Transition[] = [];
  const vms = new Map<Guid, VmHistory>();
  for (const vm of host.vms) {
    const before = former.get(vm.id);
    if (vm.state === undefined) {
      // Not known now: what was known still stands.
      vms.set(vm.id, before ?? {});
      continue;
    }
    if (watching && before?.state !== undefined && before.state !== vm.state) {
      transitions.push({
        at,
        kind: 'vm_state',
        subject: vm.id,
        names: { vm: vm.name },
        before: before.state,
        after: vm.state,
      });
    }
    vms.set(vm.id, nextVm(before, vm, vmStart(host, vm), at, watching));
  }
  const source = host.sources.get('vm');
  if (source?.fresh !== true || source.status !== 'ok') {
    for (const [id, its] of former) if (!vms.has(id)) vms.set(id, its);
  }
  return { vms, transitions };
}

function nextVm(
  before: VmHistory | undefined,
  vm: Vm,
  start: number | undefined,
  at: number,
  watching: boolean,
): VmHistory {
  const running = vm.state === 'running';
  // A VM that an earlier document knew without its state may have been running all along.
  const isNew = before === undefined || (before.state !== undefined && before.state !== 'running');
  const arrived = running ? (isNew && watching ? at : before?.arrived) : undefined;
  const restarted =
    !running || (start !== undefined && before?.start !== undefined && start > before.start + UPTIME_TOLERANCE);
  return {
    state: vm.state,
    arrived,
    start: restarted ? start : (before?.start ?? start),
    instances: restarted ? undefined : before?.instances,
  };
}

/**
 * Remembers how many virtual processors each CPU sum has, and drops a sum that has lost some without a restart: it
 * is smaller than before, which a reader of counters takes for a reset. It stays dropped until they are back.
 */
export function withoutShrunkSums(
  vms: ReadonlyMap<Guid, VmHistory>,
  host: Host,
): { readonly vms: ReadonlyMap<Guid, VmHistory>; readonly host: Host } {
  const next = new Map(vms);
  let changed = false;
  const kept = host.vms.map((vm) => {
    if (!vm.cpu) return vm;
    const its = next.get(vm.id) ?? {};
    if (isShrunk(vm.cpu, its)) {
      changed = true;
      return { ...vm, cpu: undefined };
    }
    if (its.instances !== vm.cpu.instances) next.set(vm.id, { ...its, instances: vm.cpu.instances });
    return vm;
  });
  return { vms: next, host: changed ? { ...host, vms: kept } : host };
}

const isShrunk = (cpu: VmCpu, its: VmHistory) => its.instances !== undefined && cpu.instances < its.instances;
