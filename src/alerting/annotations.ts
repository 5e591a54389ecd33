import { READ_BY } from '../metrics/catalogue/collector.ts';
import type { Alert } from './rules/define.ts';
import { fill, type Filling, ifLabel, label, type Piece, queryLabel, text, type Text, toGoTemplate } from './text.ts';
import type { Thresholds } from './thresholds.ts';

/** Base URL of the runbooks of alerts about a host that no known server shows, or about several hosts. */
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
export interface Addresses extends Pick<Thresholds, 'page_url' | 'collector_url' | 'runbook_url' | 'dashboard_url'> {
  /** A collector evaluates the alert: the page is its own */
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

/** Who serves the pages and the runbooks of a host: its agent, or the collector that reads it. */
interface Server {
  /** URL without a slash at its end */
  readonly base: Text;
  readonly host: Text;
  readonly vm: Text;
}
const agentAt = (url: string): Server | undefined =>
  url === '' ? undefined : { base: pattern(url), host: ['/'], vm: text`/vm?id=${queryLabel('vm_id')}` };
/** The pages of a collector name the target. */
const collectorAt = (url: string): Server | undefined =>
  url === ''
    ? undefined
    : {
        base: pattern(url),
        host: text`/host?target=${queryLabel('instance')}`,
        vm: text`/vm?target=${queryLabel('instance')}&id=${queryLabel('vm_id')}`,
      };
/** The label of series that a collector has read */
const [[READ_BY_LABEL]] = Object.entries(READ_BY) as [[string, string]];

/**
 * A text by the server of the alert's host; `of` gets undefined where no server is known. In Prometheus the series of one
 * rule may come from agents and from collectors: a label tells which.
 */
function byServer(
  { hostPage }: Described,
  { page_url, collector_url, isCollector }: Addresses,
  of: (server: Server | undefined) => Text,
): Text {
  if (hostPage === false) return of(undefined);
  const collector = collectorAt(collector_url);
  if (hostPage === 'collector' || isCollector === true) return of(collector);
  const agent = agentAt(page_url);
  return collector === undefined && agent === undefined
    ? of(undefined)
    : [ifLabel(READ_BY_LABEL, of(collector), of(agent))];
}

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
function annotationsOf(alert: Described, addresses: Addresses) {
  const { runbook_url: runbooks, dashboard_url: grafana } = addresses;
  const page = byServer(alert, addresses, (server) =>
    server === undefined ? [] : [...server.base, ifLabel('vm_id', server.vm, server.host)],
  );
  const folder: Text =
    runbooks !== ''
      ? [runbooks.replace(/\/+$/, '')]
      : byServer(alert, addresses, (server) =>
          server === undefined ? [PROJECT_RUNBOOKS] : [...server.base, '/docs/runbooks'],
        );
  return {
    summary: [SUBJECT, alert.summary],
    description: alert.description,
    ...(alert.remedy === undefined ? {} : { remedy: alert.remedy }),
    ...(page.length === 0 ? {} : { page_url: page }),
    ...(grafana === '' ? {} : { dashboard_url: boardOf(grafana, alert.hostPage === undefined) }),
    runbook_url: [...folder, `/${alert.name}.md`],
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
