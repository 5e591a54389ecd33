import type { Row } from '../document/document.ts';
import { windows } from '../document/enumerations.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { processorOf } from './keys.ts';
import type { Vm, VmCpu, VmState } from './model.ts';
import { type Identified, identify, rowsOf, sortedBy, sumOf, type Unmatched } from './sources.ts';

type VmRow = Row<'inventory', 'vm'>;
type ProcessorRow = Row<'activity', 'counters_virtual_processor'>;

const { VMOperationalStatus, VMReplicationMode, VMState, VirtualMachineType } = windows;

/** States whose name ends in Critical are `critical`, those that are not here `other`. */
const STATES: Readonly<Record<number, VmState>> = {
  [VMState.Running]: 'running',
  [VMState.Off]: 'off',
  [VMState.Stopping]: 'transition',
  [VMState.Saved]: 'saved',
  [VMState.Paused]: 'paused',
  [VMState.Starting]: 'transition',
  [VMState.Reset]: 'transition',
  [VMState.Saving]: 'transition',
  [VMState.Pausing]: 'transition',
  [VMState.Resuming]: 'transition',
  [VMState.FastSaved]: 'saved',
  [VMState.FastSaving]: 'transition',
  [VMState.ForceShutdown]: 'transition',
  [VMState.ForceReboot]: 'transition',
};
const CRITICAL: ReadonlySet<number> = new Set(
  Object.entries(VMState).flatMap(([name, state]) => (name.endsWith('Critical') ? [state] : [])),
);

function vmState(state: number | undefined): VmState | undefined {
  if (state === undefined) return undefined;
  return CRITICAL.has(state) ? 'critical' : (STATES[state] ?? 'other');
}

const MIGRATING: ReadonlySet<number> = new Set([
  VMOperationalStatus.MigratingVirtualMachine,
  VMOperationalStatus.StorageMigrationPhaseOne,
  VMOperationalStatus.StorageMigrationPhaseTwo,
  VMOperationalStatus.MigratingPlannedVm,
]);

/** A VM always has a primary status: an empty list was not read. */
function isMigrating(status: readonly number[] | undefined): boolean | undefined {
  return status === undefined || status.length === 0 ? undefined : status.some((code) => MIGRATING.has(code));
}

/** What VMOperationalStatus can say of SR-IOV, as the value of the label `status`. */
export const SRIOV_STATUS: ReadonlyMap<number, string> = new Map([
  [VMOperationalStatus.NoIommu, 'no_iommu'],
  [VMOperationalStatus.NoIovSupportInNic, 'no_iov_support_in_nic'],
  [VMOperationalStatus.SwitchNotInIovMode, 'switch_not_in_iov_mode'],
  [VMOperationalStatus.IovBlockedByPolicy, 'iov_blocked_by_policy'],
  [VMOperationalStatus.IovNoAvailResources, 'iov_no_available_resources'],
  [VMOperationalStatus.IovGuestDriversNeeded, 'iov_guest_drivers_needed'],
]);

const isPlanned = (row: VmRow): boolean => row.virtualMachineType === VirtualMachineType.PlannedVirtualMachine;
const REPLICA_COPIES: ReadonlySet<number> = new Set([
  VMReplicationMode.Replica,
  VMReplicationMode.TestReplica,
  VMReplicationMode.ExtendedReplica,
]);

/** A planned VM is a migration's target in the making; a replica copy that does not run waits for a failover. */
function isReal(row: VmRow, state: VmState | undefined): boolean {
  if (isPlanned(row)) return false;
  const isCopy = row.replicationMode !== undefined && REPLICA_COPIES.has(row.replicationMode);
  return !(isCopy && state !== undefined && state !== 'running');
}

/** The VMs of a snapshot, their CPU joined by name: the counter set knows no other key. */
export function buildVms(snapshot: Snapshot, unmatched: Unmatched): readonly Vm[] {
  const rows = identify(snapshot.inventory.vm, 'vm', unmatched);
  const names = new Set(rows.map(({ row }) => row.name));
  const cpu = cpuByName(snapshot, names, unmatched);
  const vmOf = ({ id, row, identityOnly, nameShared }: Identified<VmRow>): Vm => {
    // What a document held over says of its state is not believed.
    const known = identityOnly ? undefined : row;
    const state = known && vmState(known.state);
    return {
      id,
      name: row.name,
      nameShared,
      identityOnly,
      cpu: nameShared ? undefined : cpu.get(row.name),
      state,
      migrating: isMigrating(known?.operationalStatus),
      sriovStatus: known?.operationalStatus?.filter((code) => SRIOV_STATUS.has(code)),
      uptimeSeconds: known?.uptimeMs === undefined ? undefined : known.uptimeMs / 1000,
      processors: known?.processorCount,
      generation: known?.generation,
      version: known?.version,
      heartbeat: known?.heartbeat,
      real: known === undefined ? !isPlanned(row) : isReal(known, state),
    };
  };
  return sortedBy(rows.map(vmOf), (vm) => vm.id);
}

/** Sums over virtual processors by VM name. Run times are in 100 ns units, the wait per dispatch in ns. */
function cpuByName(snapshot: Snapshot, names: ReadonlySet<string>, unmatched: Unmatched): ReadonlyMap<string, VmCpu> {
  const part = 'activity';
  const source = 'counters_virtual_processor';
  if (snapshot.activity[source]?.fresh) unmatched.looked(part, source);
  const byName = new Map<string, { readonly rows: ProcessorRow[]; readonly numbers: Set<string> }>();
  for (const row of rowsOf(snapshot.activity[source])) {
    if (row.instance === '_Total') continue;
    const processor = processorOf(row.instance);
    if (processor === undefined || !names.has(processor.vmName)) {
      unmatched.add(part, source);
      continue;
    }
    const processors = byName.get(processor.vmName) ?? { rows: [], numbers: new Set<string>() };
    byName.set(processor.vmName, processors);
    processors.rows.push(row);
    processors.numbers.add(processor.number);
  }
  if (snapshot.activity[source]?.status === 'partial') return new Map();
  // One processor twice: another VM of the name, even where Get-VM could not show it.
  const own = [...byName].filter(([, { rows, numbers }]) => rows.length === numbers.size);
  return new Map(own.map(([name, { rows }]) => [name, sumCpu(rows)]));
}

function sumCpu(rows: readonly ProcessorRow[]): VmCpu {
  const total = (counter: string, unitsPerSecond: number) => {
    const value = sumOf(rows, ({ values }) => values[counter]);
    return value === undefined ? undefined : value / unitsPerSecond;
  };
  return {
    guestSeconds: total('% Guest Run Time', 1e7),
    hypervisorSeconds: total('% Hypervisor Run Time', 1e7),
    remoteSeconds: total('% Remote Run Time', 1e7),
    waitSeconds: total('CPU Wait Time Per Dispatch', 1e9),
    dispatches: total('CPU Wait Time Per Dispatch Base', 1),
    instances: rows.length,
  };
}
