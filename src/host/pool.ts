/** When a pool counts as nearly exhausted: few are left and most are in use, so that small and large NICs behave alike. */
export interface PoolPolicy {
  /** At most this many left */
  readonly left: number;
  /** More than this share in use, 0 to 1 */
  readonly ratio: number;
}

/** The defaults of the thresholds vf_pool_left and vf_pool_ratio. */
export const DEFAULT_POOL_POLICY: PoolPolicy = { left: 2, ratio: 0.8 };

/** A pool of VFs, vPorts, queue pairs or VM queues. What follows from a value that was not read is undefined. */
export interface Pool {
  readonly limit?: number | undefined;
  readonly used?: number | undefined;
  /** Never below 0 */
  readonly left?: number | undefined;
  /** All are in use; undefined for a limit of 0, which is no pool */
  readonly exhausted?: boolean | undefined;
  /** Nearly exhausted, or exhausted */
  readonly near?: boolean | undefined;
}

/** The one place that says what is left of a pool: page, reasons, journal and alerts agree by it. Pure. */
export function poolOf(limit: number | undefined, used: number | undefined, policy = DEFAULT_POOL_POLICY): Pool {
  if (limit === undefined || used === undefined) return { limit, used };
  const left = Math.max(0, limit - used);
  if (limit === 0) return { limit, used, left };
  return {
    limit,
    used,
    left,
    exhausted: left === 0,
    near: left <= policy.left && limit > policy.left && used / limit > policy.ratio,
  };
}
