import type { AlertInstance } from '../../alerting/evaluate.ts';
import { SEVERITIES, type Severity } from '../../diagnosis/model.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { HostLinks } from './links.ts';

/** The severity label of an alert; info for a severity of the user's own. */
export const severityOfAlert = ({ labels }: AlertInstance): Severity =>
  SEVERITIES.find((known) => known === labels['severity']) ?? 'info';
/** How many of these alerts fire, by severity, the worst first; only severities that occur. */
export function firingBySeverity(alerts: readonly AlertInstance[]): ReadonlyMap<Severity, number> {
  const firing = alerts.filter(({ state }) => state === 'firing').map(severityOfAlert);
  return new Map(
    SEVERITIES.map((severity) => [severity, firing.filter((each) => each === severity).length] as const).filter(
      ([, count]) => count > 0,
    ),
  );
}
const rank = (alert: AlertInstance): number => SEVERITIES.indexOf(severityOfAlert(alert));

/** The agent's own firing alerts, worst first, with links to their runbooks. Undefined if its alerting is off. */
export function alertsSection(
  alerts: readonly AlertInstance[] | undefined,
  now: number,
  links: HostLinks,
): Html | undefined {
  if (alerts === undefined) return undefined;
  const firing = alerts
    .filter(({ state }) => state === 'firing')
    .sort((one, other) => rank(one) - rank(other) || one.activeAt - other.activeAt);
  const pending = alerts.filter(({ state }) => state === 'pending').length;
  const resolved = alerts.filter(({ state }) => state === 'resolved').length;
  return html`<section aria-labelledby="alerts-title">
    <h2 id="alerts-title">Alerts</h2>
    <p class="quiet">${firing.length} firing, ${pending} pending, ${resolved} resolved in the last 15 minutes.</p>
    ${firing.length === 0 ? undefined : html`<ul class="troubles">${firing.map((alert) => item(alert, now, links))}</ul>`}
  </section>`;
}

/** The user's own runbook; otherwise the agent's own, by a path that works for every reader of the page. */
const runbookOf = (alert: string, address: string | undefined, links: HostLinks): string =>
  address === undefined || address === '' || address.endsWith(`/docs/runbooks/${alert}.md`)
    ? links.runbook(alert)
    : address;

function item(alert: AlertInstance, now: number, links: HostLinks): Html {
  const { name: title, annotations, labels, activeAt } = alert;
  const { vm_id: vm } = labels;
  const { dashboard_url: board } = annotations;
  const severity = severityOfAlert(alert);
  return html`<li class="card ${severity}">
    <h3><span class="badge ${severity}">${severity}</span> <a href="${runbookOf(title, annotations['runbook_url'], links)}">${title}</a> <small>for ${ago(activeAt * 1000, now)}</small></h3>
    <p>${name(annotations['description'])}</p>
    ${annotations['remedy'] ? html`<p><b>What to do:</b> ${name(annotations['remedy'])}</p>` : undefined}
    ${vm || board ? html`<p class="quiet more">${vm ? html`<a href="${links.vm(vm)}">Page of the VM</a> ` : undefined}${board ? html`<a href="${board}">Dashboard</a>` : undefined}</p>` : undefined}
  </li>`;
}
