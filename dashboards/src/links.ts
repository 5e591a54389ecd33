import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { BOARD_UID, PROJECT_RUNBOOKS } from '../../src/alerting/annotations.ts';
import type { Link } from './spec.ts';

export const UID = BOARD_UID;

const SAME = '${datasource:queryparam}&${cluster:queryparam}&${job:queryparam}';

/** A label of what was clicked: a cell's row, or a series. */
type From = 'row' | 'series';
const label = (from: From, name: string): string =>
  `\${__${from === 'row' ? 'data.fields' : 'field.labels'}.${name}:percentencode}`;

/** To the board of one host, from what has `instance`; on metrics of a collector `host` is the instance of its target */
export const hostLink = (from: From, name: 'instance' | 'host' = 'instance'): Link => ({
  title: 'Open the host',
  url: `/d/${UID.host}?${SAME}&var-instance=${label(from, name)}&\${__url_time_range}`,
});

/** To the board of a VM, from what has `vm`. No host goes with it: the VM is shown wherever it ran. */
export const vmLink = (from: From): Link => ({
  title: 'Open the VM',
  url: `/d/${UID.vm}?${SAME}&var-vm=${label(from, 'vm')}&\${__url_time_range}`,
});

export const runbookLink: Link = {
  title: 'Open the runbook',
  url: `${PROJECT_RUNBOOKS}/${label('row', 'alertname')}.md`,
};

/** To what the reason or finding of a row means and what to do; `field` is the label that holds its id. */
export const reasonLink = (field: 'reason' | 'finding'): Link => ({
  title: 'What it means and what to do',
  url: `${new URL('reasons.md', PROJECT_RUNBOOKS).href}#${label('row', field)}`,
});

/** Between the boards, at the head of each: all of them with what is chosen, and the way back to the fleet without. */
export const boardLinks = (): DashboardLinkBuilder[] => [
  new DashboardLinkBuilder('Fleet')
    .type(DashboardLinkType.Link)
    .url(`/d/${UID.fleet}?${SAME}`)
    .tooltip('All hosts')
    .keepTime(true),
  new DashboardLinkBuilder('SR-IOV boards')
    .type(DashboardLinkType.Dashboards)
    .tags(['sriov'])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true),
];
