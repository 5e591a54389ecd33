/** What happens on the demo host, and when: the words in which scenarios are written. Times in seconds from the start. */

interface Window {
  readonly from: number;
  /** Infinity: permanently */
  readonly to: number;
}

export type Effect = Window &
  (
    | { readonly kind: 'host_blocked' }
    /** SR-IOV switched off on the NICs of the first vSwitch */
    | { readonly kind: 'nic_disabled' }
    | { readonly kind: 'nic_down' }
    | { readonly kind: 'switch_not_iov' }
    /** The guests of these VMs do not use the VF that they have */
    | { readonly kind: 'no_driver'; readonly vms: readonly string[] }
    /** The VF is taken from this VM */
    | { readonly kind: 'vf_lost'; readonly vm: string }
    | { readonly kind: 'queue_pairs'; readonly pairs: number }
    /** NICs of vSwitches without IOV have this many VM queues */
    | { readonly kind: 'few_queues'; readonly limit: number }
    | { readonly kind: 'weight_zero'; readonly vm: string }
    | { readonly kind: 'node_paused' }
  );
export type EffectKind = Effect['kind'];

/** Something done to a VM's power or place. */
export interface PowerEvent {
  readonly at: number;
  readonly vm: string;
  readonly kind: 'start' | 'stop' | 'migrate_out' | 'migrate_in';
}

export interface Script {
  readonly effects: readonly Effect[];
  readonly power: readonly PowerEvent[];
}

/** What a phase of a VM's life looks like from outside. */
export type Phase =
  | 'absent'
  | 'off'
  | 'saved'
  | 'starting'
  | 'running'
  | 'stopping'
  /** Outbound migration, memory copy: Running, on the synthetic path */
  | 'leaving'
  /** Its last seconds, and the first after an arrival: no port */
  | 'blackout'
  /** A planned VM, before an inbound migration ends */
  | 'arriving';

const STARTING_SECONDS = 6;
const STOPPING_SECONDS = 5;
/** How long a live migration copies memory. */
export const MEMORY_COPY_SECONDS = 180;
const BLACKOUT_SECONDS = 4;
const ARRIVING_SECONDS = 90;

/** The phases that an event leads through, and when each begins; at `speed` times the usual one. */
export function phasesOf({ at, kind }: PowerEvent, speed: number): readonly (readonly [number, Phase])[] {
  const after = (seconds: number) => at + seconds / speed;
  switch (kind) {
    case 'start':
      return [
        [at, 'starting'],
        [after(STARTING_SECONDS), 'running'],
      ];
    case 'stop':
      return [
        [at, 'stopping'],
        [after(STOPPING_SECONDS), 'off'],
      ];
    case 'migrate_out':
      return [
        [at, 'leaving'],
        [after(MEMORY_COPY_SECONDS), 'blackout'],
        [after(MEMORY_COPY_SECONDS + BLACKOUT_SECONDS), 'absent'],
      ];
    case 'migrate_in':
      return [
        [after(-ARRIVING_SECONDS), 'arriving'],
        [at, 'blackout'],
        [after(BLACKOUT_SECONDS), 'running'],
      ];
  }
}
