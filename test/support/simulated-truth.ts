import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import type { WorldState, WorldVm, WorldVnic } from '../../src/simulated-host/world-model.ts';
import { windows } from '../../src/document/enumerations.ts';

/** The truth of a simulated host by seconds since its scenario's start. */
export type Truth = (seconds: number) => WorldState;

export const truthOf = (scenario: Scenario, seed = 1): Truth => {
  const world = makeWorld(seed, scenario);
  return (seconds) => world(seconds * 1000);
};

/** Moments from `from` to `to`, both included. */
export const every = (step: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

export const RUNNING = windows.VMState.Running;

export function vmNamed(state: WorldState, name: string): WorldVm {
  const found = state.vms.find((vm) => vm.name === name);
  if (!found) throw new Error(`no VM ${name}`);
  return found;
}

/** The first vNIC of a VM. */
export function vnicOf(state: WorldState, { id, name }: WorldVm): WorldVnic {
  const found = state.vnics.find((vnic) => vnic.vmId === id);
  if (!found) throw new Error(`VM ${name} has no vNIC`);
  return found;
}

/** vNICs of running VMs that ask for a VF. */
export function askingVnics(state: WorldState): readonly WorldVnic[] {
  const running = new Set(state.vms.filter((vm) => vm.state === RUNNING).map((vm) => vm.id));
  return state.vnics.filter((vnic) => vnic.iovWeight > 0 && running.has(vnic.vmId ?? ''));
}
