import type { Alert } from './rules/define.ts';
import { fill, type Filling, ifLabel, label, type Piece, queryLabel, text, type Text, toGoTemplate } from './text.ts';
import type { Thresholds } from './thresholds.ts';

/** Where the runbooks of alerts lead that are about no host whose agent answers. */
export const PROJECT_RUNBOOKS =
  'https://github.com/hyperv-sriov-exporter/hyperv-sriov-exporter/blob/main/docs/runbooks';

/** Stable ids of the dashboards: links between them, from runbooks and from alerts rest on them. */
export const BOARD_UID = {
  fleet: 'sriov-fleet',
  capacity: 'sriov-capacity',
  host: 'sriov-host',
  vm: 'sriov-vm',
  exporter: 'sriov-exporter',
} as const;

type Described = Pick<Alert, 'name' | 'summary' | 'description' | 'remedy' | 'hostPage'>;
type Addresses = Pick<Thresholds, 'page_url' | 'runbook_url' | 'dashboard_url'>;

/** The host by the label that people know it by: `host` where the scrape configuration sets it, else `instance`. */
const HOST = ifLabel('host', [label('host')], [label('instance')]);
/** What it is about, first: a notification often shows nothing but the beginning of the summary. */
const SUBJECT = ifLabel('vm', text`${label('vm')} on ${HOST}: `, [
  ifLabel('host', text`${label('host')}: `, [
    ifLabel('instance', text`${label('instance')}: `, [ifLabel('cluster', text`${label('cluster')}: `)]),
  ]),
]);

/** `https://{host}.example.com:10182` as a text with the labels in braces filled in. */
const pattern = (address: string): Text =>
  address
    .replace(/\/+$/, '')
    .split(/\{(\w+)\}/)
    .map((part, index): string | Piece => (index % 2 === 1 ? label(part) : part))
    .filter((part) => part !== '');

/** The board of the VM or of the host that an alert is about, else that of all hosts. */
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

/** The annotations of an alert, as texts: written into rule files, and filled in by the agent. */
function annotationsOf(alert: Described, { page_url: page, runbook_url: runbooks, dashboard_url: grafana }: Addresses) {
  const { hostPage: ofHost = true } = alert;
  const agent = ofHost && page !== '' ? pattern(page) : undefined;
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
    ...(agent === undefined
      ? {}
      : { page_url: [...agent, ifLabel('vm_id', text`/vm?id=${queryLabel('vm_id')}`, ['/'])] }),
    ...(grafana === '' ? {} : { dashboard_url: boardOf(grafana, ofHost) }),
    runbook_url: [...folder, `/${runbook}`],
  } satisfies Record<string, Text>;
}

const mapped = (annotations: Readonly<Record<string, Text>>, print: (whole: Text) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).map(([name, whole]) => [name, print(whole)]));

/** For rule files: Prometheus' templates. */
export const annotationTemplates = (alert: Described & { readonly for: number }, addresses: Addresses) =>
  mapped(annotationsOf(alert, addresses), (whole) => toGoTemplate(whole, alert.for));

/** What they say of one alert of the agent. */
export const filledAnnotations = (alert: Described, addresses: Addresses, filling: Filling) =>
  mapped(annotationsOf(alert, addresses), (whole) => fill(whole, filling));
