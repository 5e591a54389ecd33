import type { Guid, Host, Vm, VmCpu } from '../host/model.ts';
import { isComplete } from '../host/sources.ts';
import type { Transition } from './model.ts';

/** vmms reports uptime in whole seconds and with some delay: starts closer together than this are the same start. */
export const UPTIME_TOLERANCE = 5_000;

/** The state of a VM in the documents so far. */
export interface VmHistory {
  readonly state?: Vm['state'];
  /** When it was first seen running on this host, if this process had seen it not running here before */
  readonly arrived?: number;
  readonly start?: number;
  /** The largest number of virtual processors in its CPU sum since it started */
  readonly instances?: number;
}

/** When a VM was started, from its uptime, Unix milliseconds. A VM keeps its uptime across a live migration. */
export function vmStart(host: Host, vm: Vm): number | undefined {
  const readAt = host.sources.get('vm')?.takenAt;
  return readAt === undefined || vm.uptimeSeconds === undefined ? undefined : readAt - vm.uptimeSeconds * 1000;
}

export interface VmStep {
  readonly vms: ReadonlyMap<Guid, VmHistory>;
  readonly transitions: readonly Transition[];
}

/** The state before of a VM that was off here at the last document and had been running at that time: it was moved here. */
export const ELSEWHERE = 'elsewhere';

/**
 * Adds one new inventory document to the histories of the VMs. `watching` as in stepPaths.
 * @param formerAt when the last document was read, Unix milliseconds
 */
export function stepVms(
  former: ReadonlyMap<Guid, VmHistory>,
  host: Host,
  at: number,
  watching: boolean,
  formerAt: number | undefined,
): VmStep {
  const transitions: Transition[] = [];
  const vms = new Map<Guid, VmHistory>();
  for (const vm of host.vms) {
    const before = former.get(vm.id);
    if (vm.state === undefined) {
      // The state was not read this time: keep the last one.
      vms.set(vm.id, before ?? {});
      continue;
    }
    if (watching && before?.state !== undefined && before.state !== vm.state) {
      transitions.push({
        at,
        kind: 'vm_state',
        subject: vm.id,
        names: { vm: vm.name },
        before: before.state === 'off' && ranAt(host, vm, formerAt) ? ELSEWHERE : before.state,
        after: vm.state,
      });
    }
    vms.set(vm.id, nextVm(before, vm, vmStart(host, vm), at, watching));
  }
  if (!isComplete(host.sources.get('vm'))) {
    for (const [id, vmHistory] of former) if (!vms.has(id)) vms.set(id, vmHistory);
  }
  return { vms, transitions };
}

/** A live migration keeps the uptime of a VM, so it tells a VM that arrived from one that was started. */
function ranAt(host: Host, vm: Vm, at: number | undefined): boolean {
  const start = vm.state === 'running' ? vmStart(host, vm) : undefined;
  return start !== undefined && at !== undefined && start < at - UPTIME_TOLERANCE;
}

function nextVm(
  before: VmHistory | undefined,
  vm: Vm,
  start: number | undefined,
  at: number,
  watching: boolean,
): VmHistory {
  const running = vm.state === 'running';
  // A VM that an earlier document had without its state may have been running then.
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
 * Tracks how many virtual processors each CPU sum has, and drops a sum that has lost processors without a restart:
 * Prometheus would take the smaller sum for a counter reset. It stays dropped until the processors are back.
 */
export function withoutShrunkSums(
  vms: ReadonlyMap<Guid, VmHistory>,
  host: Host,
): { readonly vms: ReadonlyMap<Guid, VmHistory>; readonly host: Host } {
  const next = new Map(vms);
  let changed = false;
  const kept = host.vms.map((vm) => {
    if (!vm.cpu) return vm;
    const vmHistory = next.get(vm.id) ?? {};
    if (isShrunk(vm.cpu, vmHistory)) {
      changed = true;
      return { ...vm, cpu: undefined };
    }
    if (vmHistory.instances !== vm.cpu.instances) next.set(vm.id, { ...vmHistory, instances: vm.cpu.instances });
    return vm;
  });
  return { vms: next, host: changed ? { ...host, vms: kept } : host };
}

const isShrunk = (cpu: VmCpu, vmHistory: VmHistory) =>
  vmHistory.instances !== undefined && cpu.instances < vmHistory.instances;
