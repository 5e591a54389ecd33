import type { AlertInstance } from '../evaluate.ts';
import { unixSeconds } from '../../unix-time.ts';
import { fingerprint } from './fingerprint.ts';

/** An alert in the shape of Alertmanager's API v2 (POST /api/v2/alerts). */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

/** Whether an alert can be written: a receiver reads no other times than those of unixSeconds. */
export const isSendable = ({ activeAt, firedAt = activeAt, resolvedAt = firedAt }: AlertInstance): boolean =>
  unixSeconds.safeParse(firedAt).success && unixSeconds.safeParse(resolvedAt).success;

/** A firing alert is sent again after this time. It expires after four times as long if the agent stops sending. */
export const RESEND_SECONDS = 60;
const LIFETIME_SECONDS = 4 * RESEND_SECONDS;
/** How Alertmanager writes an unknown time */
const NO_TIME = '0001-01-01T00:00:00Z';
const RECEIVER = 'sriov-agent';

/**
 * An alert for Alertmanager. `startsAt` and `endsAt` are always both set, because Alertmanager would use a lone `endsAt`
 * as the start. `now` in Unix seconds.
 */
export function toPostable(alert: AlertInstance, now: number): PostableAlert {
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: iso(alert.firedAt ?? alert.activeAt),
    endsAt: iso(alert.state === 'resolved' ? (alert.resolvedAt ?? now) : now + LIFETIME_SECONDS),
    generatorURL: alert.annotations['page_url'] ?? alert.annotations['runbook_url'] ?? '',
  };
}

/** The labels by which alerts for a webhook are grouped. */
const groupLabelsOf = (alert: AlertInstance | undefined) => {
  const instance = alert?.labels['instance'];
  return { alertname: alert?.name ?? '', ...(instance === undefined ? {} : { instance }) };
};

/** Whether two alerts are of one group for a webhook. */
export const isSameGroup = (one: AlertInstance, other: AlertInstance): boolean =>
  one.name === other.name && one.labels['instance'] === other.labels['instance'];

/**
 * The payload that Alertmanager sends to a webhook (version 4), so that existing receivers can read it.
 * @param alerts a group or a part of one
 * @param firing whether any alert of the whole group is firing
 * @param externalUrl of the agent, which stands where Alertmanager has its own; empty if not known
 */
export function toWebhook(alerts: readonly AlertInstance[], firing: boolean, externalUrl = ''): unknown {
  const groupLabels = groupLabelsOf(alerts[0]);
  const groupKey = Object.entries(groupLabels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const common = (textsOf: (alert: AlertInstance) => Readonly<Record<string, string>>) => {
    const [first, ...rest] = alerts.map(textsOf);
    return Object.fromEntries(
      Object.entries(first ?? {}).filter(([key, value]) => rest.every((other) => other[key] === value)),
    );
  };
  return {
    version: '4',
    groupKey: `{}:{${groupKey.join(', ')}}`,
    truncatedAlerts: 0,
    status: firing ? 'firing' : 'resolved',
    receiver: RECEIVER,
    groupLabels,
    commonLabels: common(({ labels }) => labels),
    commonAnnotations: common(({ annotations }) => annotations),
    externalURL: externalUrl,
    alerts: alerts.map((alert) => ({
      status: alert.state === 'resolved' ? 'resolved' : 'firing',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: iso(alert.firedAt ?? alert.activeAt),
      endsAt: alert.resolvedAt === undefined ? NO_TIME : iso(alert.resolvedAt),
      generatorURL: alert.annotations['page_url'] ?? alert.annotations['runbook_url'] ?? '',
      fingerprint: fingerprint(alert.labels),
    })),
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
