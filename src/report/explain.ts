import { vmMatcher } from './vm-pattern.ts';
import { type Chain, chain } from './chain.ts';
import type { Impact } from '../diagnosis/impact.ts';
import { type Examined, type VnicRow, vnicRows } from './vnic-rows.ts';
import { reasonById } from '../diagnosis/reasons.ts';
import { type Trouble, troubles } from './troubles.ts';

/** A vNIC explained: where it is, why, how to fix it and what the fix interrupts. */
export interface ExplainedVnic extends VnicRow {
  readonly meaning?: string | undefined;
  readonly remedy?: string | undefined;
  readonly impact?: Impact | undefined;
  /** The way from the host to the guest, where it was asked for */
  readonly chain?: Chain | undefined;
}

export interface Explanation {
  readonly host?: string | undefined;
  /** When the inventory was read, Unix milliseconds; undefined while nothing is known */
  readonly at?: number | undefined;
  readonly vnics: readonly ExplainedVnic[];
  /** What is wrong on the whole host, each thing once */
  readonly troubles: readonly ExplainedTrouble[];
}

/** What a trouble means, how to fix it and what the fix interrupts. */
export interface ExplainedTrouble extends Trouble {
  readonly meaning?: string | undefined;
  readonly remedy?: string | undefined;
  readonly impact?: Impact | undefined;
}

const words = (id: string | undefined) => {
  const reason = id === undefined ? undefined : reasonById(id);
  return { meaning: reason?.meaning, remedy: reason?.remedy, impact: reason?.impact };
};

/**
 * Every vNIC of a host explained, worst first; those of the VMs that `vm` names with their chain (a name in any case, with wildcards, or
 * an id).
 * Pure.
 */
export function explain(examined: Examined, vm?: string): Explanation {
  const { host } = examined.tracked;
  const all = vnicRows(examined);
  const isNamed = vm === undefined ? undefined : vmMatcher(vm);
  const rows = all.filter((row) => isNamed === undefined || isNamed(row.vm) || row.vmId === vm?.toLowerCase());
  return {
    host: host.platform.name,
    at: host.takenAt,
    vnics: rows.map((row) => ({
      ...row,
      ...words(row.reason?.id),
      chain: vm === undefined ? undefined : chain(examined.diagnosis, row.id),
    })),
    troubles: troubles(examined, all).map((trouble) => ({ ...trouble, ...words(trouble.id) })),
  };
}
