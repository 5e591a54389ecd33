import type { Greeting } from './handshake.ts';

/** When a PowerShell process has served long enough: each of its calls leaves something behind in it and here. */
export interface RecycleLimits {
  readonly calls: number;
  readonly bytes: number;
  readonly ageMs: number;
  readonly workingSetBytes: number;
  readonly handles: number;
}

/** At any of these a PowerShell process is replaced by a new one: leaks of providers stay bounded. */
export const RECYCLE_LIMITS: RecycleLimits = {
  calls: 200,
  bytes: 64 * 1024 * 1024,
  ageMs: 6 * 3600 * 1000,
  workingSetBytes: 1024 * 1024 * 1024,
  handles: 10_000,
};

/** A served session ends itself when its minutes are over: it is replaced after this share of them, between two calls. */
const SERVED_SHARE = 0.9;

/** What a process has done and holds; the size and the handles as it last reported them */
export interface ProcessUse {
  readonly calls: number;
  readonly bytes: number;
  readonly ageMs: number;
  readonly workingSetBytes: number | undefined;
  readonly handles: number | undefined;
}

/** Whether a process is to be replaced. @param served the limits of a served session, which it told in its greeting */
export function isWorn(use: ProcessUse, limits: RecycleLimits, served: Greeting['limits']): boolean {
  const { calls, minutes } = served ?? { calls: Infinity, minutes: Infinity };
  return (
    use.calls > Math.min(limits.calls, calls) ||
    use.bytes >= limits.bytes ||
    use.ageMs >= Math.min(limits.ageMs, minutes * 60_000 * SERVED_SHARE) ||
    (use.workingSetBytes ?? 0) > limits.workingSetBytes ||
    (use.handles ?? 0) > limits.handles
  );
}
