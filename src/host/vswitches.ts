import type { Row } from '../document/document.ts';
import { windows } from '../document/enumerations.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { all, when } from '../tristate.ts';
import { toGuid } from './keys.ts';
import { lbfoTeams } from './lbfo-teams.ts';
import type { Guid, Nic, VSwitch } from './model.ts';
import { type Identified, identify, isComplete, rowsOf, soleBy, sortedBy, type Unmatched } from './sources.ts';
import { trafficOf } from './traffic.ts';

type SwitchRow = Row<'inventory', 'vm_switch'>;

const { VMSwitchBandwidthMode, VMSwitchExtensionType, VMSwitchLoadBalancingAlgorithm, VMSwitchType } = windows;

const TYPES: ReadonlyMap<number, VSwitch['type']> = new Map([
  [VMSwitchType.Private, 'private'],
  [VMSwitchType.Internal, 'internal'],
  [VMSwitchType.External, 'external'],
]);

const BANDWIDTH_MODES: ReadonlyMap<number | undefined, VSwitch['bandwidthMode']> = new Map([
  [VMSwitchBandwidthMode.Default, 'default'],
  [VMSwitchBandwidthMode.Weight, 'weight'],
  [VMSwitchBandwidthMode.Absolute, 'absolute'],
  [VMSwitchBandwidthMode.None, 'none'],
]);
const LOAD_BALANCING: ReadonlyMap<number | undefined, VSwitch['loadBalancing']> = new Map([
  [VMSwitchLoadBalancingAlgorithm.HyperVPort, 'HyperVPort'],
  [VMSwitchLoadBalancingAlgorithm.Dynamic, 'Dynamic'],
]);

/** The vSwitches of a snapshot, with their members and, by name (the set knows no other key), their counters. */
export function buildVSwitches(snapshot: Snapshot, nics: readonly Nic[], unmatched: Unmatched): readonly VSwitch[] {
  const rows = identify(snapshot.inventory.vm_switch, 'vm_switch', unmatched);
  const names = new Set(rows.map(({ row }) => row.name));
  const traffic = trafficByName(snapshot, names, unmatched);
  const forwarding = forwardingExtensions(snapshot, new Set(rows.map(({ id }) => id)), unmatched);
  const extensions = extensionsByVSwitch(snapshot);
  const teams = soleBy(
    rowsOf(snapshot.config.vm_switch_team),
    (row) => toGuid(row.id),
    () => undefined,
  );
  const byGuid = new Map(nics.flatMap((nic) => (nic.guid === undefined ? [] : [[nic.guid, nic] as const])));
  const lbfo = lbfoTeams(snapshot, nics);
  const nicsKnown = isComplete(snapshot.inventory.net_adapter);

  const vswitchOf = ({ id, row, identityOnly, nameShared }: Identified<SwitchRow>): VSwitch => {
    const identity = { id, name: row.name, nameShared, traffic: nameShared ? undefined : traffic.get(row.name) };
    if (identityOnly) return { ...identity, identityOnly };
    const memberNics = membersOf(row, byGuid);
    const team = memberNics?.flatMap((member) => lbfo.get(member) ?? []).at(0);
    const teaming = teamingOf(row, team !== undefined, memberNics, nicsKnown);
    return {
      ...identity,
      identityOnly,
      memberNics,
      physicalNics: team === undefined ? memberNics : team.physicalNics,
      queueMode: teaming === 'set' ? 'sum' : team?.queueMode,
      type: row.switchType === undefined ? undefined : TYPES.get(row.switchType),
      teaming,
      iovEnabled: row.iovEnabled,
      softwareRsc: row.softwareRscEnabled,
      iovSupported: row.iovSupport,
      iovReasons: row.iovSupportReasons,
      vfLimit: row.iovVirtualFunctionCount,
      vfInUse: row.iovVirtualFunctionsInUse,
      queuePairLimit: row.iovQueuePairCount,
      queuePairInUse: row.iovQueuePairsInUse,
      vmqLimit: row.availableVMQueues,
      vmqAllocated: row.numberVmqAllocated,
      bandwidthMode: BANDWIDTH_MODES.get(row.bandwidthReservationMode),
      allowManagementOs: row.allowManagementOS,
      loadBalancing: LOAD_BALANCING.get(teams.get(id)?.loadBalancingAlgorithm),
      extensions: extensions(id),
      forwardingExtensions: forwarding(id),
    };
  };
  return sortedBy(rows.map(vswitchOf), (vswitch) => vswitch.id);
}

/**
 * Members by the GUID list, which is whole on a SET team too; the descriptions stand in for those that Get-NetAdapter
 * does not show (a NIC that is not present).
 */
function membersOf(row: SwitchRow, byGuid: ReadonlyMap<Guid, Nic>): readonly string[] | undefined {
  if (row.switchType === VMSwitchType.Private || row.switchType === VMSwitchType.Internal) return [];
  const guids = row.netAdapterInterfaceGuid ?? [];
  const resolved = guids.flatMap((text) => {
    const nic = byGuid.get(toGuid(text) ?? '');
    return nic ? [nic.description] : [];
  });
  const single = row.netAdapterInterfaceDescription;
  const described =
    row.netAdapterInterfaceDescriptions ?? (single === undefined || single === '' ? undefined : [single]);
  const whole = guids.length > 0 && resolved.length === guids.length;
  const members = new Set(whole ? resolved : [...resolved, ...(described ?? []).filter((text) => text !== '')]);
  return members.size === 0 ? undefined : [...members].sort();
}

function teamingOf(
  row: SwitchRow,
  onTeam: boolean,
  members: readonly string[] | undefined,
  nicsKnown: boolean,
): VSwitch['teaming'] {
  if (row.embeddedTeamingEnabled === true) return 'set';
  if (onTeam) return 'lbfo';
  return row.embeddedTeamingEnabled === false && members !== undefined && nicsKnown ? 'none' : undefined;
}

function trafficByName(snapshot: Snapshot, names: ReadonlySet<string>, unmatched: Unmatched) {
  const source = snapshot.activity.counters_virtual_switch;
  if (source?.fresh === true) unmatched.looked('activity', 'counters_virtual_switch');
  const byName = new Map<string, VSwitch['traffic']>();
  for (const { instance, values } of rowsOf(source)) {
    if (instance === '_Total') continue;
    if (names.has(instance)) {
      byName.set(instance, { ...trafficOf(values), vmqMoves: values['Number of VMQ Moves/sec'] });
    } else {
      unmatched.add('activity', 'counters_virtual_switch');
    }
  }
  return byName;
}

/**
 * Names of forwarding extensions that run, by vSwitch: these may take VFs away. An empty list only if every
 * row shows that it is not a running forwarding extension.
 */
function forwardingExtensions(
  snapshot: Snapshot,
  known: ReadonlySet<Guid>,
  unmatched: Unmatched,
): (vswitch: Guid) => readonly string[] | undefined {
  const source = snapshot.config.vm_switch_extension;
  if (source?.fresh === true) unmatched.looked('config', 'vm_switch_extension');
  const found = new Map<Guid, string[]>();
  const unsure = new Set<Guid | undefined>();
  for (const row of rowsOf(source)) {
    const id = toGuid(row.switchId);
    const forwards = all(
      when(row.extensionType, (type) => type === VMSwitchExtensionType.Forwarding),
      row.enabled,
      row.running,
    );
    if (id === undefined || !known.has(id)) unmatched.add('config', 'vm_switch_extension');
    else if (forwards === true) found.set(id, [...(found.get(id) ?? []), row.name ?? row.id ?? ''].sort());
    if (forwards === undefined || (forwards && id === undefined)) unsure.add(id);
  }
  const allKnown = isComplete(source) && !unsure.has(undefined);
  return (vswitch) => found.get(vswitch) ?? (allKnown && !unsure.has(vswitch) ? [] : undefined);
}

/** The extensions of each vSwitch; undefined where one of them could be missing or is said to be on and off. */
function extensionsByVSwitch(snapshot: Snapshot): (vswitch: Guid) => VSwitch['extensions'] {
  const source = snapshot.config.vm_switch_extension;
  const found = new Map<Guid, Map<string, boolean>>();
  for (const { switchId, name, enabled } of rowsOf(source)) {
    const id = toGuid(switchId);
    if (id === undefined || name === undefined || enabled === undefined) return () => undefined;
    const ofSwitch = found.get(id) ?? new Map<string, boolean>();
    if (ofSwitch.has(name) && ofSwitch.get(name) !== enabled) return () => undefined;
    found.set(id, ofSwitch.set(name, enabled));
  }
  if (!isComplete(source)) return () => undefined;
  return (vswitch) =>
    sortedBy(
      [...(found.get(vswitch) ?? [])].map(([name, enabled]) => ({ name, enabled })),
      ({ name }) => name,
    );
}
