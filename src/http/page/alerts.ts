import type { AlertInstance } from '../../alerting/evaluate.ts';
import type { Severity } from '../../diagnosis/model.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import { link } from './links.ts';

const ORDER = ['critical', 'warning', 'info'] as const;
/** Info where a rule of the user's own says something else. */
export const severityOfAlert = ({ labels }: AlertInstance): Severity =>
  ORDER.find((known) => known === labels['severity']) ?? 'info';
const rank = (alert: AlertInstance): number => ORDER.indexOf(severityOfAlert(alert));

/** The agent's own alerts that fire, the worst first, with their runbooks; nothing where its alerting is off. */
export function alertsSection(alerts: readonly AlertInstance[] | undefined, now: number): Html | undefined {
  if (alerts === undefined) return undefined;
  const firing = alerts
    .filter(({ state }) => state === 'firing')
    .sort((one, other) => rank(one) - rank(other) || one.activeAt - other.activeAt);
  const pending = alerts.filter(({ state }) => state === 'pending').length;
  const resolved = alerts.filter(({ state }) => state === 'resolved').length;
  return html`<section aria-labelledby="alerts-title">
    <h2 id="alerts-title">Alerts</h2>
    <p class="quiet">${firing.length} firing, ${pending} pending, ${resolved} resolved in the last 15 minutes.</p>
    ${firing.length === 0 ? undefined : html`<ul class="troubles">${firing.map((alert) => item(alert, now))}</ul>`}
  </section>`;
}

/** A runbook of one's own; else that of this agent, by an address that works wherever the page is read from. */
const runbookOf = (alert: string, address = ''): string =>
  address === '' || address.endsWith(`/docs/runbooks/${alert}.md`) ? link.runbook(alert) : address;

function item(alert: AlertInstance, now: number): Html {
  const { name: title, annotations, activeAt } = alert;
  const severity = severityOfAlert(alert);
  return html`<li class="card ${severity}">
    <h3><span class="badge ${severity}">${severity}</span> <a href="${runbookOf(title, annotations['runbook_url'])}">${title}</a> <small>for ${ago(activeAt * 1000, now)}</small></h3>
    <p>${name(annotations['description'])}</p>
    ${annotations['remedy'] ? html`<p><b>What to do:</b> ${name(annotations['remedy'])}</p>` : undefined}
  </li>`;
}
