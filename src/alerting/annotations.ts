import type { Alert } from './rules/define.ts';
import { fill, type Filling, ifLabel, label, type Piece, queryLabel, text, type Text, toGoTemplate } from './text.ts';
import type { Thresholds } from './thresholds.ts';

/** Base URL of the runbooks of alerts that are not about a host whose agent answers. */
export const PROJECT_RUNBOOKS =
  'https://github.com/hyperv-sriov-exporter/hyperv-sriov-exporter/blob/main/docs/runbooks';

/** Ids of the dashboards. They must stay the same: dashboards, runbooks and alerts link to them. */
export const BOARD_UID = {
  fleet: 'sriov-fleet',
  capacity: 'sriov-capacity',
  host: 'sriov-host',
  vm: 'sriov-vm',
  exporter: 'sriov-exporter',
} as const;

type Described = Pick<Alert, 'name' | 'summary' | 'description' | 'remedy' | 'hostPage'>;
export interface Addresses extends Pick<Thresholds, 'page_url' | 'runbook_url' | 'dashboard_url'> {
  /** page_url is that of a collector, in which each address of a page names the target */
  readonly isCollector?: boolean | undefined;
}

/** The name of the host: the label `host` if the scrape configuration sets it, else `instance`. */
const HOST = ifLabel('host', [label('host')], [label('instance')]);
/** The object comes first, because a notification often shows only the beginning of the summary. */
const SUBJECT = ifLabel('vm', text`${label('vm')} on ${HOST}: `, [
  ifLabel('host', text`${label('host')}: `, [
    ifLabel('instance', text`${label('instance')}: `, [ifLabel('cluster', text`${label('cluster')}: `)]),
  ]),
]);

/** A URL such as `https://{host}.example.com:10182` as a text in which labels replace the names in braces. */
const pattern = (address: string): Text =>
  address
    .replace(/\/+$/, '')
    .split(/\{(\w+)\}/)
    .map((part, index): string | Piece => (index % 2 === 1 ? label(part) : part))
    .filter((part) => part !== '');

/** The dashboard of the VM or the host of an alert, else the fleet dashboard. */
const boardOf = (grafana: string, ofHost: boolean): Text => {
  const board = (uid: string) => `${grafana.replace(/\/+$/, '')}/d/${uid}`;
  return ofHost
    ? [
        ifLabel('vm', text`${board(BOARD_UID.vm)}?var-vm=${queryLabel('vm')}`, [
          ...text`${board(BOARD_UID.host)}?var-instance=${queryLabel('instance')}`,
        ]),
      ]
    : [board(BOARD_UID.fleet), ifLabel('cluster', text`?var-cluster=${queryLabel('cluster')}`)];
};

/** The annotations of an alert, before labels and values are filled in: used for rule files and by the agent. */
function annotationsOf(
  alert: Described,
  { page_url: page, runbook_url: runbooks, dashboard_url: grafana, isCollector }: Addresses,
) {
  const { hostPage: ofHost = true } = alert;
  const agent = ofHost && page !== '' ? pattern(page) : undefined;
  const [vmPage, hostPage]: readonly [vm: Text, host: Text] =
    isCollector === true
      ? [
          text`/vm?target=${queryLabel('instance')}&id=${queryLabel('vm_id')}`,
          text`/host?target=${queryLabel('instance')}`,
        ]
      : [text`/vm?id=${queryLabel('vm_id')}`, ['/']];
  const runbook = `${alert.name}.md`;
  const folder: Text =
    runbooks !== ''
      ? [runbooks.replace(/\/+$/, '')]
      : agent === undefined
        ? [PROJECT_RUNBOOKS]
        : [...agent, '/docs/runbooks'];
  return {
    summary: [SUBJECT, alert.summary],
    description: alert.description,
    ...(alert.remedy === undefined ? {} : { remedy: alert.remedy }),
    ...(agent === undefined ? {} : { page_url: [...agent, ifLabel('vm_id', vmPage, hostPage)] }),
    ...(grafana === '' ? {} : { dashboard_url: boardOf(grafana, ofHost) }),
    runbook_url: [...folder, `/${runbook}`],
  } satisfies Record<string, Text>;
}

const mapped = (annotations: Readonly<Record<string, Text>>, print: (whole: Text) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).map(([name, whole]) => [name, print(whole)]));

/** The annotations as templates of Prometheus, for rule files. `alert.for` in seconds. */
export const annotationTemplates = (alert: Described & { readonly for: number }, addresses: Addresses) =>
  mapped(annotationsOf(alert, addresses), (whole) => toGoTemplate(whole, alert.for));

/** The annotations of one alert of the agent, with its labels and value filled in. */
export const filledAnnotations = (alert: Described, addresses: Addresses, filling: Filling) =>
  mapped(annotationsOf(alert, addresses), (whole) => fill(whole, filling));
