import { queries } from '../document/queries/index.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { toGuid, wholeVnicKey } from './keys.ts';
import type { LogEntry, VSwitch } from './model.ts';
import { rowsOf } from './sources.ts';
import type { VnicIndex } from './vnic-index.ts';

const { ids } = queries.eventlog.vmswitch_event;
const kindOf = (id: number) => Object.entries(ids).find(([known]) => Number(known) === id)?.[1];

/**
 * Entries of the event log, newest first; undefined while the log is not readable. An entry belongs to the vNIC whose
 * NIC name (`<VM GUID>--<vNIC GUID>`, of the management OS one GUID) is among its values, and to the vSwitch whose GUID is.
 */
export function buildLogEntries(
  snapshot: Snapshot,
  index: VnicIndex,
  vswitches: readonly VSwitch[],
): readonly LogEntry[] | undefined {
  const source = snapshot.eventlog.vmswitch_event;
  if (source?.fresh !== true || source.status === 'unsupported') return undefined;
  const known = new Set(vswitches.map(({ id }) => id));
  return [...rowsOf(source)]
    .sort((a, b) => b.time - a.time || b.recordId - a.recordId)
    .flatMap(({ id, time, message, values = [] }): LogEntry[] => {
      const kind = kindOf(id);
      if (kind === undefined) return [];
      const vnic = values.map((value) => index.byKey(wholeVnicKey(value))).find((found) => found !== undefined);
      const vswitchId = values.map(toGuid).find((guid) => guid !== undefined && known.has(guid));
      return [{ kind, eventId: id, at: time, text: message, vnicId: vnic?.id, vswitchId }];
    });
}
