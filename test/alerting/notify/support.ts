import type { AlertInstance } from '../../../src/alerting/evaluate.ts';
import type { Log, Repeater } from '../../../src/log.ts';

/** Unix seconds */
export const NOW = 1_800_000_000;

/** An alert of a VM; times as the state has them. */
export function alertOf(vm: string, state: AlertInstance['state'] = 'firing', name = 'SriovVfFallback'): AlertInstance {
  return {
    name,
    labels: { alertname: name, severity: 'warning', vm, instance: 'hv01:10182', source: 'sriov-agent' },
    annotations: {
      summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
      description: `The virtual NIC of ${vm} has had no VF for 10 minutes.`,
      runbook_url: `https://runbooks.example/${name}.md`,
    },
    value: 0,
    state,
    activeAt: NOW - 900,
    ...(state === 'pending' ? {} : { firedAt: NOW - 300 }),
    ...(state === 'resolved' ? { resolvedAt: NOW - 10 } : {}),
  };
}

/** A log that keeps what is said. */
export function keptLog(): Repeater & Pick<Log, 'warn'> & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    lines,
    warn: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
    failed: (_key, fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
    ended: () => undefined,
  };
}
