import { z } from 'zod';
import { OperationalError } from '../errors.ts';
import type { SavedWindow } from './window.ts';
import { alertKey, type AlertInstance, type AlertState } from './evaluate.ts';

/** The version of the alert state on disk. */
const STATE_SCHEMA = 2;

/**
 * What was pending counts as having held on through a gap of this length; after a longer one its `for` begins anew
 * (Prometheus' --rules.alert.for-outage-tolerance). What fired goes on firing either way, until it is seen to have ended.
 */
const OUTAGE_TOLERANCE_SECONDS = 60 * 60;

/** Steps in which the time of saving is written: the file is written when it changes, not at each poll. */
const SAVED_STEP_SECONDS = 300;

const texts = z.record(z.string(), z.string());
const instance = z.object({
  name: z.string(),
  labels: texts,
  annotations: texts,
  value: z.number(),
  state: z.enum(['pending', 'firing', 'resolved']),
  activeAt: z.number(),
  firedAt: z.number().optional(),
  lapsedAt: z.number().optional(),
  resolvedAt: z.number().optional(),
});
const file = z.object({
  schema: z.number().int(),
  at: z.number(),
  alerts: z.array(instance).max(100_000),
  unsent: z.array(z.string()).max(100_000),
  /** Schema 1: vNICs, and when each was last on its VF */
  on_vf: z
    .array(z.object({ labels: texts, at: z.number() }))
    .max(100_000)
    .default([]),
  window: z
    .array(z.object({ name: z.string(), labels: texts, value: z.number(), at: z.number() }))
    .max(200_000)
    .default([]),
});

/** What alerting keeps over a restart. */
export interface SavedAlerting {
  readonly alerts: AlertState;
  /** Keys of alerts whose last change a webhook has not taken yet */
  readonly unsent: readonly string[];
  readonly window: SavedWindow;
}

/** What is written to disk, so that a restart neither pages anew nor resolves. `now` in Unix seconds. */
export function alertStateToJson({ alerts, unsent, window }: SavedAlerting, now: number): unknown {
  const at = Math.floor(now / SAVED_STEP_SECONDS) * SAVED_STEP_SECONDS;
  return { schema: STATE_SCHEMA, at, alerts: [...alerts.values()], unsent, window };
}

/**
 * The state from disk. `now` in Unix seconds.
 * @throws OperationalError (`alert_state_invalid`, `alert_state_too_new`) that says what is wrong
 */
export function alertStateFromJson(json: unknown, now: number): SavedAlerting {
  const schema: unknown = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (typeof schema === 'number' && schema > STATE_SCHEMA)
    throw new OperationalError(
      'alert_state_too_new',
      `the alert state on disk has schema ${schema}, this version reads up to ${STATE_SCHEMA}`,
    );
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw new OperationalError(
      'alert_state_invalid',
      `the alert state on disk is not readable: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  const { at, alerts, unsent, on_vf: onVf, window } = parsed.data;
  const known = alerts.filter(({ state }) => state !== 'pending' || now - at <= OUTAGE_TOLERANCE_SECONDS);
  return {
    alerts: new Map(known.map((alert: AlertInstance) => [alertKey(alert.name, alert.labels), alert])),
    unsent,
    window: [...window, ...onVf.map((vnic) => ({ ...vnic, name: 'hyperv_vnic_vf_active', value: 1 }))],
  };
}
