import type { Severity } from './model.ts';
import { DEFAULT_POOL_POLICY, type PoolPolicy } from '../host/pool.ts';

/** Thresholds that diagnosis shares with the alerts (file of thresholds), so that page and alerts agree. */
export interface Policy {
  readonly pool: PoolPolicy;
  readonly massFallback: {
    /** Fewer than this are a problem of VMs, not of the host */
    readonly minVnics: number;
    /** More than this share of those that ask for a VF, 0 to 1 */
    readonly ratio: number;
  };
  /** Severities of alerts that the user has changed, by the name of the alert */
  readonly severities?: Readonly<Record<string, Severity | undefined>>;
}

/** The defaults of the thresholds. */
export const DEFAULT_POLICY: Policy = { pool: DEFAULT_POOL_POLICY, massFallback: { minVnics: 3, ratio: 0.5 } };
