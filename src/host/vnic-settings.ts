import { windows } from '../document/enumerations.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { vnicKey } from './keys.ts';
import type { Guid, VlanMode, VnicSettings } from './model.ts';
import { isComplete, rowsOf, type Unmatched } from './sources.ts';
import type { VnicIndex } from './vnic-index.ts';

const { VMNetworkAdapterAclAction, VMNetworkAdapterExtendedAclAction, VMNetworkAdapterVlanMode } = windows;

const VLAN_MODES: ReadonlyMap<number | undefined, VlanMode> = new Map([
  [VMNetworkAdapterVlanMode.Untagged, 'untagged'],
  [VMNetworkAdapterVlanMode.Access, 'access'],
  [VMNetworkAdapterVlanMode.Trunk, 'trunk'],
  [VMNetworkAdapterVlanMode.Private, 'private'],
]);

/** Actions that let traffic through or not; a metering rule forbids nothing. */
const FILTERS: Readonly<Record<AclSource, ReadonlySet<number | undefined>>> = {
  vm_network_adapter_acl: new Set([VMNetworkAdapterAclAction.Allow, VMNetworkAdapterAclAction.Deny]),
  vm_network_adapter_extended_acl: new Set([
    VMNetworkAdapterExtendedAclAction.Allow,
    VMNetworkAdapterExtendedAclAction.Deny,
  ]),
};

interface Settings {
  readonly vlanMode?: VlanMode;
  readonly vlan?: number;
  readonly settings: VnicSettings;
}

/** Settings from the part config, by vNIC id; only vNICs that it has settings of. */
export function vnicSettings(snapshot: Snapshot, index: VnicIndex, unmatched: Unmatched): ReadonlyMap<Guid, Settings> {
  const { config } = snapshot;
  const settings = new Map<Guid, Settings>();
  const join = <T>(
    source: 'vm_network_adapter_setting' | 'vm_network_adapter_team_mapping' | AclSource,
    rows: readonly T[],
    parent: (row: T) => string,
    use: (row: T, id: Guid) => void,
  ) => {
    if (config[source]?.fresh === true) unmatched.looked('config', source);
    for (const row of rows) {
      const vnic = index.byKey(vnicKey(parent(row)));
      if (vnic) use(row, vnic.id);
      else unmatched.add('config', source);
    }
  };

  // A vNIC is pinned to one member; of two names neither is known to be it.
  const members = new Map<Guid, string | undefined>();
  join(
    'vm_network_adapter_team_mapping',
    rowsOf(config.vm_network_adapter_team_mapping),
    (row) => row.parentAdapterId,
    ({ netAdapterName: name }, id) => members.set(id, !members.has(id) || members.get(id) === name ? name : undefined),
  );
  const rules = new Map<Guid, number>();
  for (const source of ['vm_network_adapter_acl', 'vm_network_adapter_extended_acl'] as const) {
    join(
      source,
      rowsOf(config[source]),
      (row) => row.parentAdapterId,
      (row, id) => FILTERS[source].has(row.action) && rules.set(id, (rules.get(id) ?? 0) + 1),
    );
  }
  const allRulesRead = rulesWhole(config.vm_network_adapter_acl) && rulesWhole(config.vm_network_adapter_extended_acl);
  const about = (id: Guid): VnicSettings => ({
    aclRules: rules.get(id) ?? (allRulesRead ? 0 : undefined),
    teamMember: members.get(id),
  });
  if (allRulesRead || rules.size > 0 || members.size > 0) {
    for (const { id } of index.all) settings.set(id, { settings: about(id) });
  }

  join(
    'vm_network_adapter_setting',
    rowsOf(config.vm_network_adapter_setting),
    (row) => row.id,
    (row, id) =>
      settings.set(id, {
        vlanMode: VLAN_MODES.get(row.vlanOperationMode),
        vlan: row.vlanOperationMode === VMNetworkAdapterVlanMode.Access ? row.accessVlanId : undefined,
        settings: {
          ...about(id),
          virtualSubnetId: row.virtualSubnetId,
          isolationMode: row.isolationMode,
          maximumBandwidthBytes: row.maximumBandwidth === undefined ? undefined : row.maximumBandwidth / 8,
        },
      }),
  );
  return settings;
}

type AclSource = 'vm_network_adapter_acl' | 'vm_network_adapter_extended_acl';
type Source = Parameters<typeof isComplete>[0];

/** Whether a missing rule does not exist: the source is complete, or this Windows has no such rules. */
const rulesWhole = (source: Source) => isComplete(source) || source?.status === 'unsupported';
