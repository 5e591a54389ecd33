import { z } from 'zod';
import { OperationalError } from '../errors.ts';
import type { SavedWindow } from './window.ts';
import { alertKey, type AlertInstance, type AlertState } from './evaluate.ts';

/** The version of the alert state on disk. */
const STATE_SCHEMA = 1;

const texts = z.record(z.string(), z.string());
const instance = z.object({
  name: z.string(),
  labels: texts,
  annotations: texts,
  value: z.number(),
  state: z.enum(['pending', 'firing', 'resolved']),
  activeAt: z.number(),
  firedAt: z.number().optional(),
  heldAt: z.number(),
  resolvedAt: z.number().optional(),
});
const file = z.object({
  schema: z.number().int(),
  alerts: z.array(instance).max(100_000),
  on_vf: z
    .array(z.object({ labels: texts, at: z.number() }))
    .max(100_000)
    .default([]),
});

/** What alerting keeps over a restart. */
export interface SavedAlerting {
  readonly alerts: AlertState;
  readonly onVf: SavedWindow;
}

/** What is written to disk, so that a restart neither pages anew nor resolves. */
export function alertStateToJson({ alerts, onVf }: SavedAlerting): unknown {
  return { schema: STATE_SCHEMA, alerts: [...alerts.values()], on_vf: onVf };
}

/** The state from disk. Throws an OperationalError (`alert_state_invalid`, `alert_state_too_new`) that says what is wrong. */
export function alertStateFromJson(json: unknown): SavedAlerting {
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw new OperationalError(
      'alert_state_invalid',
      `the alert state on disk is not readable: ${z.prettifyError(parsed.error)}`,
    );
  if (parsed.data.schema > STATE_SCHEMA)
    throw new OperationalError(
      'alert_state_too_new',
      `the alert state on disk has schema ${parsed.data.schema}, this version reads up to ${STATE_SCHEMA}`,
    );
  const { alerts, on_vf: onVf } = parsed.data;
  return { alerts: new Map(alerts.map((alert: AlertInstance) => [alertKey(alert.name, alert.labels), alert])), onVf };
}
