import { byPart, type Part } from '../../../src/document/document.ts';
import { diagnose, type Diagnosis } from '../../../src/diagnosis/diagnose.ts';
import type { VSwitchCapacity } from '../../../src/diagnosis/model.ts';
import type { TrackedHost } from '../../../src/history/model.ts';
import type { Host } from '../../../src/host/model.ts';
import type { Collection, PartState } from '../../../src/poll/collection.ts';
import type { View } from '../../../src/metrics/define.ts';

/** 2026-01-02 03:04:05 UTC */
export const NOW = 1_767_323_045_000;

/** A host of which nothing is known. */
export const emptyHost: Host = {
  inventorySequence: 1,
  platform: {},
  nics: [],
  vswitches: [],
  vms: [],
  vnics: [],
  vfs: [],
  vports: [],
  vmQueues: [],
  cpu: {},
  processes: [],
  sources: new Map(),
  unmatched: new Map(),
};

const unknown = () => undefined;
export const emptyTracked: TrackedHost = {
  host: emptyHost,
  now: NOW,
  vnics: new Map(),
  transitions: [],
  rates: {
    vnicReceivePackets: unknown,
    vnicReceiveBytes: unknown,
    vnicTransmitBytes: unknown,
    vmGuestCpu: unknown,
  },
};

export const emptyDiagnosis = diagnose(emptyTracked, () => true);

/** A part that has not been polled yet; `enabled: false` for one that this host has not. */
export const part = (state: Partial<PartState> = {}): PartState => ({
  enabled: true,
  tried: false,
  success: false,
  intervalSeconds: 60,
  polls: { ok: 0, failed: 0, timeout: 0, starting: 0, skipped: 0 },
  sources: new Map(),
  ...state,
});

export const collection = (parts: Partial<Record<Part, PartState>> = {}): Collection => {
  const off = part({ enabled: false });
  return { simulated: false, now: NOW, parts: { ...byPart(() => off), ...parts } };
};

/** A view of a hand-made host: everything that is not given is not known. */
export function viewOf(given: {
  readonly host?: Partial<Host>;
  readonly tracked?: Partial<TrackedHost>;
  readonly diagnosis?: Partial<Diagnosis>;
  readonly collection?: Collection;
}): View {
  return {
    tracked: { ...emptyTracked, host: { ...emptyHost, ...given.host }, ...given.tracked },
    diagnosis: { ...emptyDiagnosis, ...given.diagnosis },
    collection: given.collection ?? collection(),
  };
}

export const capacity = (given: Partial<VSwitchCapacity>): VSwitchCapacity => ({
  requested: 0,
  waiting: 0,
  queuePairsPerVf: 1,
  whatIf: { 1: undefined, 2: undefined, 4: undefined },
  byPath: { vf: 0, assigned: 0, synthetic: 0, not_requested: 0, unknown: 0 },
  holders: [],
  unevenMembers: [],
  ...given,
});
