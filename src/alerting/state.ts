import { z } from 'zod';
import { OperationalError } from '../errors.ts';
import { unixSeconds } from '../unix-time.ts';
import type { SavedWindow } from './window.ts';
import { alertKey, type AlertInstance, type AlertState } from './evaluate.ts';

/** The version of the alert state on disk. */
const STATE_SCHEMA = 2;

/**
 * A pending alert keeps its start time if the agent was down no longer than this. After a longer outage its `for` starts
 * again (as with Prometheus' --rules.alert.for-outage-tolerance). A firing alert keeps firing until its condition is
 * evaluated and does not hold.
 */
const OUTAGE_TOLERANCE_SECONDS = 60 * 60;

/** The time of saving is rounded to this many seconds, so that the file is written when alerts change, not at each poll. */
const SAVED_STEP_SECONDS = 300;

const texts = z.record(z.string(), z.string());
const instance = z.object({
  name: z.string(),
  labels: texts,
  annotations: texts,
  /** JSON has null for NaN and for the infinities */
  value: z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  state: z.enum(['pending', 'firing', 'resolved']),
  activeAt: unixSeconds,
  firedAt: unixSeconds.optional(),
  lapsedAt: unixSeconds.optional(),
  resolvedAt: unixSeconds.optional(),
});
const sample = z.object({ labels: texts, at: unixSeconds });
const file = z.object({
  schema: z.number().int(),
  at: unixSeconds,
  alerts: z.array(z.unknown()).max(100_000),
  unsent: z.array(z.string()).max(100_000),
  /** Only in schema 1: when each vNIC last used its VF */
  on_vf: z.array(z.unknown()).max(100_000).default([]),
  window: z.array(z.unknown()).max(200_000).default([]),
});

/** What alerting keeps across a restart. */
export interface SavedAlerting {
  readonly alerts: AlertState;
  /** Keys of alerts whose last change no webhook has accepted yet */
  readonly unsent: readonly string[];
  readonly window: SavedWindow;
}

/** What of a saved state can be used. */
export interface RestoredAlerting extends SavedAlerting {
  /** Entries that could not be used */
  readonly dropped: number;
}

/**
 * The content of the state file. With it a restart neither pages again nor resolves alerts. `now` in Unix seconds.
 * @param phase when within five minutes the time of saving moves on, seconds: hosts with different phases are not all
 * written at once
 */
export function alertStateToJson({ alerts, unsent, window }: SavedAlerting, now: number, phase = 0): unknown {
  const offset = phase % SAVED_STEP_SECONDS;
  const at = Math.floor((now - offset) / SAVED_STEP_SECONDS) * SAVED_STEP_SECONDS + offset;
  return { schema: STATE_SCHEMA, at, alerts: [...alerts.values()], unsent, window };
}

/**
 * Parses the content of the state file; an entry that is not valid is left out. `now` in Unix seconds.
 * @throws OperationalError `alert_state_invalid` or `alert_state_too_new`
 */
export function alertStateFromJson(json: unknown, now: number): RestoredAlerting {
  const schema: unknown = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (typeof schema === 'number' && schema > STATE_SCHEMA)
    throw new OperationalError(
      'alert_state_too_new',
      `the alert state on disk has schema ${schema}, but this version reads schemas up to ${STATE_SCHEMA}`,
    );
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw new OperationalError(
      'alert_state_invalid',
      `the alert state on disk is not valid: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  const { at, unsent } = parsed.data;
  const alerts = usable(instance, parsed.data.alerts);
  const onVf = usable(sample, parsed.data.on_vf);
  const window = usable(sample.extend({ name: z.string(), value: z.number() }), parsed.data.window);
  const known = alerts.good.filter(({ state }) => state !== 'pending' || now - at <= OUTAGE_TOLERANCE_SECONDS);
  return {
    alerts: new Map(known.map((alert: AlertInstance) => [alertKey(alert.name, alert.labels), alert])),
    unsent,
    window: [...window.good, ...onVf.good.map((vnic) => ({ ...vnic, name: 'hyperv_vnic_vf_active', value: 1 }))],
    dropped: alerts.dropped + onVf.dropped + window.dropped,
  };
}

function usable<T>(type: z.ZodType<T>, entries: readonly unknown[]): { readonly good: T[]; readonly dropped: number } {
  const good = entries.flatMap((entry) => {
    const parsed = type.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
  return { good, dropped: entries.length - good.length };
}
