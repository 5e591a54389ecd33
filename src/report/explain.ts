import { wildcard } from '../text/wildcard.ts';
import { type Chain, chain } from './chain.ts';
import type { Impact } from '../diagnosis/impact.ts';
import { type Examined, type VnicRow, vnicRows } from './vnic-rows.ts';
import { reasonById } from '../diagnosis/reasons.ts';
import { type Trouble, troublesOf } from './troubles.ts';

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
  return {
    ...explainHost(examined),
    vnics: [...rowsOf(examined, vm)].map((row) => explainVnic(examined, row, vm !== undefined)),
  };
}

/** What is wrong on the whole host. Pure. */
export function explainHost(examined: Examined): Omit<Explanation, 'vnics'> {
  const { platform, takenAt } = examined.tracked.host;
  return {
    host: platform.name,
    at: takenAt,
    troubles: troublesOf(examined).map((trouble) => ({ ...trouble, ...words(trouble.id) })),
  };
}

/** The vNICs of the VMs that `vm` names (all if undefined), worst first. */
export function* rowsOf(examined: Examined, vm: string | undefined): Generator<VnicRow> {
  const isNamed = vm === undefined ? () => true : wildcard(vm);
  for (const row of vnicRows(examined)) if (isNamed(row.vm) || row.vmId === vm?.toLowerCase()) yield row;
}

/** One vNIC explained. @param withChain with the way from the host to the guest. Pure. */
export const explainVnic = (examined: Examined, row: VnicRow, withChain: boolean): ExplainedVnic => ({
  ...row,
  ...words(row.reason?.id),
  chain: withChain ? chain(examined.diagnosis, row.id) : undefined,
});
