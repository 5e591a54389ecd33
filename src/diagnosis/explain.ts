import { type Chain, chain } from './chain.ts';
import { type Examined, type VnicRow, vnicRows } from './overview.ts';
import { reasonById } from './reasons.ts';

/** A vNIC explained: where it is, why, what mends it and what that disturbs. */
export interface ExplainedVnic extends VnicRow {
  readonly meaning?: string | undefined;
  readonly remedy?: string | undefined;
  readonly sideEffects?: string | undefined;
  /** The way from the host to the guest, where it was asked for */
  readonly chain?: Chain | undefined;
}

export interface Explanation {
  readonly host?: string | undefined;
  /** When the inventory was read, Unix milliseconds; undefined while nothing is known */
  readonly at?: number | undefined;
  readonly vnics: readonly ExplainedVnic[];
}

/**
 * Every vNIC of a host explained, worst first; those of one VM with their chain where `vm` (its name or id) is given.
 * Pure.
 */
export function explain(examined: Examined, vm?: string): Explanation {
  const { host } = examined.tracked;
  const rows = vnicRows(examined).filter((row) => vm === undefined || row.vm === vm || row.vmId === vm.toLowerCase());
  return {
    host: host.platform.name,
    at: host.takenAt,
    vnics: rows.map((row) => {
      const known = row.reason === undefined ? undefined : reasonById(row.reason.id);
      return {
        ...row,
        meaning: known?.meaning,
        remedy: known?.remedy,
        sideEffects: known?.sideEffects,
        chain: vm === undefined ? undefined : chain(examined.tracked, examined.diagnosis, row.id),
      };
    }),
  };
}
