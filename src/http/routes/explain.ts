import { z } from 'zod';
import { SEVERITIES } from '../../diagnosis/model.ts';
import { STEP_STATUSES } from '../../report/chain.ts';
import type { View } from '../../metrics/define.ts';
import { once } from '../../once.ts';
import { type explain, type ExplainedVnic, explainHost, explainVnic, rowsOf } from '../../report/explain.ts';
import { troublesOf } from '../../report/troubles.ts';
import { ROW_STATUSES, type VnicRow } from '../../report/vnic-rows.ts';
import { STEPS } from '../../diagnosis/reasons/reason.ts';
import { VNIC_PATHS } from '../../host/model.ts';
import type { ServedHost } from '../deps.ts';
import { json, Json, JsonMemory, map } from '../json.ts';
import { isoTime, keptRoute, problemAnswer } from '../route.ts';
import { findingSchema, impactSchema, notYet, planSchema, toFinding, viewOf } from './findings.ts';

const query = z.strictObject({
  vm: z
    .string()
    .max(200)
    .optional()
    .describe('Name (in any case, with wildcards) or id of a VM: only its vNICs, with their chains'),
});

const chainSchema = z.strictObject({
  steps: z.array(
    z.strictObject({
      step: z.enum(STEPS),
      status: z.enum(STEP_STATUSES),
      read: z.array(z.string()).describe('What was read for this step'),
    }),
  ),
  brokenAt: z.enum(STEPS).optional().describe('The first broken step'),
});

/** Also read by `explain --url`. */
export const explanationSchema = z
  .strictObject({
    host: z.string().optional(),
    at: z.iso.datetime().optional().describe('When the inventory was read; absent before that'),
    vnics: z.array(
      z.strictObject({
        id: z.string(),
        vmId: z.string().optional(),
        vm: z.string(),
        vnic: z.string(),
        vswitch: z.string(),
        status: z.enum(ROW_STATUSES),
        settling: z.enum(['migration', 'vm_start', 'nic_restart']).optional(),
        since: z.iso.datetime().optional(),
        sinceSeen: z.boolean().describe('The beginning was seen; otherwise since is when it was first read'),
        unconfirmed: z
          .strictObject({ before: z.enum(VNIC_PATHS), path: z.enum(VNIC_PATHS), at: z.iso.datetime() })
          .optional()
          .describe('The latest reading says this; the next one must agree before it is published'),
        reason: findingSchema.optional(),
        meaning: z.string().optional(),
        remedy: z.string().optional(),
        impact: impactSchema.optional(),
        findings: z.array(findingSchema),
        chain: chainSchema.optional(),
      }),
    ),
    troubles: z
      .array(
        z.strictObject({
          id: z.string(),
          severity: z.enum(SEVERITIES),
          primary: z.boolean().describe('Whether this is the reason why virtual NICs are in fallback'),
          vnics: z
            .number()
            .int()
            .describe('Number of affected virtual NICs; 0 for a finding of the host, a NIC or a vSwitch'),
          vswitches: z
            .array(z.strictObject({ name: z.string(), vnics: z.number().int() }))
            .describe('The vSwitches of those virtual NICs'),
          details: z.array(z.string()).describe('The first three'),
          moreDetails: z.number().int().describe('How many more there are'),
          commands: z.array(z.string()),
          inspect: z.array(z.string()).describe('Commands that show details and change nothing'),
          plans: z.array(planSchema).describe('Steps that fix it, if one command is not enough'),
          moreFixes: z.number().int().describe('How many more objects have a command or plan of their own'),
          consequences: z
            .array(z.string())
            .describe('Findings that follow from this one and are not listed by themselves'),
          meaning: z.string().optional(),
          remedy: z.string().optional(),
          impact: impactSchema.optional(),
        }),
      )
      .describe('All problems of the host, each listed once'),
  })
  .meta({ id: 'Explanation' });
export type ExplanationAnswer = z.infer<typeof explanationSchema>;

/** The explanation in the form of the API and of `explain --json`. */
export const toAnswer = ({ vnics, ...host }: ReturnType<typeof explain>): ExplanationAnswer => ({
  ...toHostAnswer(host),
  vnics: vnics.map(toVnicAnswer),
});

const toHostAnswer = ({ host, at, troubles }: ReturnType<typeof explainHost>): Omit<ExplanationAnswer, 'vnics'> => ({
  host,
  at: isoTime(at),
  troubles: troubles.map(({ vswitches, details, commands, inspect, plans, consequences, ...trouble }) => ({
    ...trouble,
    vswitches: [...vswitches],
    details: [...details],
    consequences: [...consequences],
    commands: [...commands],
    inspect: [...inspect],
    plans: plans.map((plan) => [...plan]),
  })),
});

const toVnicAnswer = ({
  chain,
  since,
  unconfirmed,
  reason,
  findings,
  ...vnic
}: ExplainedVnic): ExplanationAnswer['vnics'][number] => ({
  ...vnic,
  since: isoTime(since),
  unconfirmed: unconfirmed && { ...unconfirmed, at: new Date(unconfirmed.at).toISOString() },
  reason: reason && toFinding(reason),
  findings: findings.map(toFinding),
  chain: chain && {
    steps: chain.steps.map(({ step, status, read }) => ({ step, status, read: [...read] })),
    brokenAt: chain.broken?.step,
  },
});

/** Each vNIC by id, printed when first asked for */
const printing = () => ({ all: new Map<string, Json>(), memory: new JsonMemory() });
const printedOf = once((_view: View) => ({ plain: printing(), withChain: printing() }));

function printed(view: View, row: VnicRow, form: 'plain' | 'withChain'): Json {
  const { all, memory } = printedOf(view)[form];
  const text = all.get(row.id) ?? new Json(toVnicAnswer(explainVnic(view, row, form === 'withChain')), memory);
  all.set(row.id, text);
  return text;
}

/** GET /api/v1/explain: why one vNIC is on its path, step by step. */
export const explainRoute = keptRoute({
  url: '/api/v1/explain',
  summary: 'Each virtual NIC: its path, the reason, and how to fix it',
  query,
  answers: {
    200: { description: 'Explanation', schema: explanationSchema },
    400: problemAnswer('Invalid query'),
    503: notYet,
  },
  *make(host: ServedHost, { vm }) {
    const view = viewOf(host);
    yield* troublesOf.inSteps(view);
    yield;
    const form = vm === undefined ? 'plain' : 'withChain';
    return yield* json<ExplanationAnswer>({
      ...toHostAnswer(explainHost(view)),
      vnics: map(rowsOf(view, vm), (row) => printed(view, row, form)),
    });
  },
});
