type Texts = Readonly<Record<string, string>>;

/** Alerts about no single host, or about one that does not answer: no page and no runbook of its own. */
const WITHOUT_PAGE: ReadonlySet<string> = new Set([
  'SriovExporterDown',
  'SriovTargetUnreachable',
  'SriovTargetUntrusted',
  'SriovCollectorDown',
  'SriovExportersAbsent',
  'SriovClusterFallback',
  'SriovFailoverVfShort',
  'SriovClusterDrift',
  'SriovDuplicateMac',
]);

function subjectOf({ vm, host, instance, cluster }: Texts): string {
  const machine = host ?? instance;
  if (vm !== undefined) return `${vm} on ${machine}: `;
  const other = machine ?? cluster;
  return other === undefined ? '' : `${other}: `;
}

/** The annotations of every alert besides its own texts, with the default thresholds: its object, its page and its runbook. */
export function withAddresses(alert: string, labels: Texts, texts: Texts): Texts {
  const agent = `http://${labels['instance']}`;
  const page = labels['vm_id'] === undefined ? '/' : `/vm?id=${labels['vm_id']}`;
  return {
    ...texts,
    summary: `${subjectOf(labels)}${texts['summary']}`,
    ...(WITHOUT_PAGE.has(alert)
      ? {
          runbook_url: `https://github.com/hyperv-sriov-exporter/hyperv-sriov-exporter/blob/main/docs/runbooks/${alert}.md`,
        }
      : { page_url: `${agent}${page}`, runbook_url: `${agent}/docs/runbooks/${alert}.md` }),
  };
}
