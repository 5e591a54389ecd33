import type { SourceName } from '../document/document.ts';
import type { WorldState, WorldVnic } from './world-model.ts';

/** What one source of a document holds. */
export interface SourceRows {
  readonly rows: readonly object[];
  /** What the cmdlet complained of beside its rows */
  readonly errors?: readonly string[];
  /** Counter sets: CounterType by counter */
  readonly types?: Readonly<Record<string, number>>;
}

/** What the module is asked for, as its switches say. */
export interface Asked {
  /** -IncludeIPAddresses */
  readonly ipAddresses: boolean;
}

/** Makes a source's rows out of the truth, as the PowerShell module would show it. */
export type SourceWriter = (world: WorldState, asked: Asked) => SourceRows;
export type SourceWriters = Readonly<Partial<Record<SourceName, SourceWriter>>>;

/** 64-bit numbers travel as decimal text. */
export const wide = (value: number): string => BigInt(Math.trunc(value)).toString();

/** What Get-VM and Get-VMNetworkAdapter complain of: one error a VM that they cannot read. */
export const unreadableTexts = (world: WorldState): readonly string[] =>
  world.vms.flatMap((vm) => (vm.unreadable === undefined ? [] : [vm.unreadable]));

/** The vNICs that Get-VMNetworkAdapter yields: without those of VMs that it cannot read. */
export function readableVnics(world: WorldState): readonly WorldVnic[] {
  const unreadable = new Set(world.vms.filter((vm) => vm.unreadable !== undefined).map((vm) => vm.id));
  return world.vnics.filter((vnic) => vnic.vmId === undefined || !unreadable.has(vnic.vmId));
}
