import { z } from 'zod';
import type { ClusterAnswers } from '../../cluster/answers.ts';
import { SEVERITIES } from '../../diagnosis/model.ts';
import { hostSummary } from '../../report/host-summary.ts';
import { TARGET_STATUSES } from '../../metrics/catalogue/collector.ts';
import type { ServedFleet } from '../deps.ts';
import { firingBySeverity } from '../page/alerts.ts';
import { json, map } from '../json.ts';
import { isoTime, keptRoute, type Route } from '../route.ts';
import { impactSchema, planSchema } from './findings.ts';

const count = z.number().int();

const driftSchema = z.strictObject({
  host: z.string(),
  object: z.enum(['host', 'vswitch', 'nic']),
  subject: z.string(),
  property: z.string(),
  value: z.string(),
  norm: z.string(),
  severity: z.enum(['warning', 'info']),
  fix: z
    .strictObject({
      remedy: z.string(),
      impact: impactSchema,
      commands: z.array(z.string()).describe('PowerShell commands for the host that differs, one for each NIC'),
      inspect: z.array(z.string()).describe('Commands that show details and change nothing'),
      plans: z.array(planSchema).describe('Steps that fix it, if one command is not enough'),
    })
    .describe('How to change this host. Without commands and plans no command does it'),
});

/** In what the hosts of a cluster differ, as in the API and in `drift --json`. */
export interface ClusterDrift {
  readonly cluster: string;
  readonly drift: z.infer<typeof driftSchema>[];
  readonly updatingSince?: string | undefined;
}
/** Differences in the form of the API and of `drift --json`. */
export const driftAnswer = (answers: Pick<ClusterAnswers, 'cluster' | 'drift' | 'updatingSince'>): ClusterDrift => ({
  cluster: answers.cluster,
  drift: answers.drift.map(({ fix: { commands, inspect, plans, ...fix }, ...each }) => ({
    ...each,
    fix: { ...fix, commands: [...commands], inspect: [...inspect], plans: plans.map((plan) => [...plan]) },
  })),
  updatingSince: isoTime(answers.updatingSince),
});

/** Also read by `drift --url`. */
export const fleetSchema = z
  .strictObject({
    targets: z.array(
      z.strictObject({
        name: z.string(),
        cluster: z.string().optional(),
        state: z.enum(TARGET_STATUSES),
        code: z.string().optional().describe('Why the last inventory could not be read'),
        error: z.string().optional(),
        lastSuccess: z.iso.datetime().optional(),
        vnics: z
          .record(z.string(), count)
          .optional()
          .describe('Number of vNICs by status: vf, fallback, settling and others'),
        worst: z
          .strictObject({ id: z.string(), severity: z.enum(SEVERITIES), detail: z.string() })
          .optional()
          .describe('The worst finding of the host'),
        vfsLeft: count.optional().describe('VFs that are free in the pools of all vSwitches of the host'),
        alerts: z
          .record(z.string(), count)
          .optional()
          .describe('Number of firing alerts by severity. Absent where the collector does not evaluate alerts'),
      }),
    ),
    found: z
      .array(
        z.strictObject({
          name: z.string(),
          cluster: z.string(),
          state: z.string().optional().describe('State of the node in its cluster'),
          lastSeen: z.iso.datetime().optional(),
          command: z.string().describe('Prints the host key that the node offers and the line for known_hosts'),
        }),
      )
      .describe('Nodes that a cluster has and that are not read, because their host key is not known'),
    clusters: z
      .array(
        z.strictObject({
          cluster: z.string(),
          failover: z
            .array(
              z.strictObject({
                host: z.string(),
                shortfall: z
                  .record(z.string(), count)
                  .describe('By vSwitch: vNICs that would have no VF on the other hosts if this one failed'),
                short: z
                  .array(z.strictObject({ id: z.string(), name: z.string(), without: count }))
                  .describe('VMs that would have too few VFs'),
                complete: z
                  .boolean()
                  .describe('False: a host of the cluster is not known, and the shortfall may be smaller'),
              }),
            )
            .describe('If a host failed now: its VMs placed on the others by first fit, the biggest first'),
          drift: z.array(driftSchema).describe('In what hosts differ from the others of their cluster'),
          updatingSince: z.iso
            .datetime()
            .optional()
            .describe('Its hosts are being updated one by one: differences are to be expected'),
        }),
      )
      .describe('What only all hosts of a cluster together tell'),
  })
  .meta({ id: 'Fleet' });

/** GET /api/v1/fleet of a collector. */
export const fleetRoute = keptRoute({
  url: '/api/v1/fleet',
  summary: 'State, paths and worst finding of each target; failover and drift of each cluster',
  answers: { 200: { description: 'Fleet', schema: fleetSchema } },
  *make(fleet: ServedFleet) {
    const clusters = yield* fleet.clusters();
    for (const { host } of fleet.all()) {
      const view = host.view();
      if (view !== undefined) yield* hostSummary.inSteps(view);
      yield;
    }
    return yield* json<z.infer<typeof fleetSchema>>({
      targets: map(fleet.all(), (target) => {
        const state = target.state();
        const view = target.host.view();
        const summary = view && hostSummary(view);
        const alerts = target.host.alerts?.();
        return {
          name: state.name,
          cluster: state.labels['cluster'],
          state: state.status,
          code: state.code,
          error: state.error,
          lastSuccess: isoTime(state.lastSuccess),
          vnics: summary && Object.fromEntries(summary.paths),
          worst: summary?.worst,
          vfsLeft: summary?.vfsLeft,
          alerts: alerts && Object.fromEntries(firingBySeverity(alerts)),
        };
      }),
      found: fleet.found().map(({ name, cluster, state, lastSeen, command }) => ({
        name,
        cluster,
        state,
        lastSeen: isoTime(lastSeen),
        command,
      })),
      clusters: clusters.map((answers) => ({
        ...driftAnswer(answers),
        failover: answers.failovers.map(({ host, shortfall, short, complete }) => ({
          host,
          shortfall: Object.fromEntries(shortfall),
          short: [...short],
          complete,
        })),
      })),
    });
  },
});

const MAX_NAMES = 5;

/** Ready once each target was tried, well or not; a target that hangs is not waited for longer than a minute. */
export const fleetReadyRoute = (fleet: ServedFleet): Route => ({
  method: 'GET',
  url: '/-/ready',
  summary: 'Each target has been tried once, or a minute is over',
  answers: {
    200: { description: 'Ready', mediaTypes: ['text/plain'] },
    503: { description: 'Not yet; the text says what is missing', mediaTypes: ['text/plain'] },
  },
  handle(_request, reply) {
    const missing = fleet.notTried();
    if (missing.length === 0) return 'ready\n';
    const names = `${missing.slice(0, MAX_NAMES).join(', ')}${missing.length > MAX_NAMES ? ', …' : ''}`;
    return reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .send(`not ready: ${missing.length} targets were not tried yet: ${names}\n`);
  },
});
