import { PATH } from './allocate.ts';
import { Conditions } from './conditions.ts';
import type { VmTrack } from './lives.ts';
import type { Setup } from './setup.ts';
import { fold } from './timeline.ts';
import type { WorldEvent } from './world-model.ts';

const QUEUE_REFUSED = 113;
const FIRST_RECORD = 41_000;
const DAY_SECONDS = 86_400;
/** STATUS_INSUFFICIENT_RESOURCES */
const STATUS = '0xc000009a';

/** A vNIC that asks for a VM queue and gets none, from the start of the scenario or a moment of it. */
interface Refusal {
  readonly from: number;
  readonly vmId: string;
  readonly vnic: VmTrack['life']['vnics'][number]['spec'];
}

/** Every refusal of the script, in the order of time. */
function refusalsOf(setup: Setup, tracks: readonly VmTrack[]): readonly Refusal[] {
  return tracks
    .flatMap(({ life }) =>
      life.vnics.flatMap(({ spec, moments }) =>
        moments.entries.flatMap(({ from, value }): Refusal[] => {
          const at = Math.max(from, 0);
          const refused =
            value.path === PATH.defaultQueue && !spec.legacy && !new Conditions(setup, at).iovWorks(spec.vswitch);
          return refused ? [{ from: at, vmId: life.spec.id, vnic: spec }] : [];
        }),
      ),
    )
    .sort((a, b) => a.from - b.from);
}

/** Entries of the event log within a day, at `t` (Unix milliseconds), `at` seconds after the start. */
export function makeEvents(setup: Setup, tracks: readonly VmTrack[], t: number, at: number): readonly WorldEvent[] {
  const { time, loops } = fold(setup.timeline, at);
  const refusals = refusalsOf(setup, tracks);
  return refusals.flatMap(({ from, vmId, vnic }, index): WorldEvent[] => {
    if (from > time || time - from >= DAY_SECONDS) return [];
    const nicName = `${vmId.toUpperCase()}--${vnic.guid.toUpperCase()}`;
    const { vswitch } = vnic;
    return [
      {
        recordId: FIRST_RECORD + loops * refusals.length + index,
        id: QUEUE_REFUSED,
        time: Math.round(t - (time - from) * 1000),
        values: [nicName, vnic.name, vswitch.id.toUpperCase(), vswitch.name, STATUS],
        message:
          `No VM queue could be allocated for NIC ${nicName} (Friendly Name: ${vnic.name}) on switch ` +
          `${vswitch.id.toUpperCase()} (Friendly Name: ${vswitch.name}): the maximum of the protocol NIC is reached.`,
      },
    ];
  });
}
