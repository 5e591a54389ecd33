import { z } from 'zod';
import { IMPACT, IMPACT_CLASSES } from '../../diagnosis/impact.ts';
import { type Finding, SEVERITIES } from '../../diagnosis/model.ts';
import { printStep } from '../../diagnosis/powershell.ts';
import { reasonById } from '../../diagnosis/reasons.ts';
import type { Guid, Vnic } from '../../host/model.ts';
import type { View } from '../../metrics/define.ts';
import type { ServedHost } from '../deps.ts';
import { json } from '../json.ts';
import { type Answer, keptRoute, problemAnswer, ProblemError } from '../route.ts';

/** Steps to carry out in order. */
export const planSchema = z.array(z.strictObject({ text: z.string(), command: z.string().optional() }));

/** One finding with its fix. */
export const findingSchema = z.strictObject({
  id: z.string().describe('Id in the reason table'),
  severity: z.enum(SEVERITIES),
  detail: z.string().describe('One sentence with names and numbers of this host'),
  command: z.string().optional().describe('The PowerShell command that fixes it'),
  inspect: z.string().optional().describe('A command that shows details and changes nothing'),
  plan: planSchema.optional().describe('The steps that fix it, if one command is not enough'),
});

/** What a fix interrupts. */
export const impactSchema = z
  .strictObject({
    class: z.enum(IMPACT_CLASSES),
    detail: z.string().optional().describe('What is interrupted and for how long'),
  })
  .describe('What the remedy interrupts, from none to firmware');

/** A finding in the form of the API. */
export const toFinding = ({ plan, ...rest }: Finding): z.infer<typeof findingSchema> => ({
  ...rest,
  plan: plan && [...plan],
});

const party = z.strictObject({
  vnicId: z.string(),
  vm: z.string(),
  vnic: z.string(),
  receivePacketsPerSecond: z.number().describe('Mean over 24 hours'),
});

const answerSchema = z
  .strictObject({
    findings: z.array(
      findingSchema.extend({
        object: z.enum(['host', 'nic', 'vswitch', 'vnic']),
        subject: z.string().optional().describe('NIC description, vSwitch id or vNIC id; absent for the host'),
        name: z.string().optional().describe('Display name: NIC, vSwitch, or VM and vNIC'),
        primary: z.boolean().describe('Whether this is the reason why a vNIC is not on its VF'),
        remedy: z.string().optional().describe('How to fix it'),
        impact: impactSchema.optional(),
      }),
    ),
    vmqAdvice: z
      .array(
        z.strictObject({
          vswitchId: z.string(),
          holder: party,
          starved: party,
          text: z.string(),
          impact: impactSchema,
          plan: planSchema,
        }),
      )
      .describe('VM queues that another vNIC needs more'),
  })
  .meta({ id: 'Findings' });

/** Answer until the first poll has ended. */
export const notYet: Answer = problemAnswer('No poll has ended yet');

/** The view of a host. @throws ProblemError (503) if there is none yet */
export function viewOf(host: ServedHost): View {
  const view = host.view();
  if (view === undefined) throw new ProblemError(503, 'no poll has ended yet');
  return view;
}

/** GET /api/v1/findings. */
export const findingsRoute = keptRoute({
  url: '/api/v1/findings',
  summary: 'All findings, most severe first',
  answers: { 200: { description: 'Findings', schema: answerSchema }, 503: notYet },
  *make(host: ServedHost) {
    const view = viewOf(host);
    const vnics = new Map(view.tracked.host.vnics.map((vnic) => [vnic.id, vnic]));
    yield;
    return yield* json<z.infer<typeof answerSchema>>({
      findings: allFindings(view, vnics),
      vmqAdvice: view.diagnosis.vmqAdvice.map(({ vswitchId, holder, starved, text, plan }) => ({
        vswitchId,
        holder,
        starved,
        text,
        impact: IMPACT.defaultQueue,
        plan: plan.map(printStep),
      })),
    });
  },
});

type Found = z.infer<typeof answerSchema>['findings'][number];

/** The worst first. Each is made when it is printed: a host with a thousand VMs may have thousands. */
function* allFindings(view: View, vnics: ReadonlyMap<Guid, Vnic>): Generator<Found> {
  for (const severity of SEVERITIES)
    for (const { finding, primary, ...where } of located(view, vnics)) {
      if (finding.severity !== severity) continue;
      const { remedy, impact } = reasonById(finding.id) ?? {};
      yield { ...where, ...toFinding(finding), primary, remedy, impact };
    }
}

interface Located extends Pick<Found, 'object' | 'subject' | 'name' | 'primary'> {
  readonly finding: Finding;
}

/** All findings with the object that each is about. */
function* located({ diagnosis, tracked: { host } }: View, vnics: ReadonlyMap<Guid, Vnic>): Generator<Located> {
  const primary = false;
  for (const finding of diagnosis.host) yield { object: 'host', finding, primary };
  for (const [subject, { findings }] of diagnosis.nics)
    for (const finding of findings) yield { object: 'nic', subject, name: subject, finding, primary };
  const vswitchNames = new Map(host.vswitches.map(({ id, name }) => [id, name]));
  for (const [subject, { findings }] of diagnosis.vswitches)
    for (const finding of findings)
      yield { object: 'vswitch', subject, name: vswitchNames.get(subject), finding, primary };
  for (const [subject, { reason, findings }] of diagnosis.vnics) {
    if (reason === undefined && findings.length === 0) continue;
    const { name: vnic, vmName } = vnics.get(subject) ?? {};
    const where = { object: 'vnic', subject, name: vmName === undefined ? vnic : `${vmName} / ${vnic}` } as const;
    if (reason !== undefined) yield { ...where, finding: reason, primary: true };
    for (const finding of findings) yield { ...where, finding, primary };
  }
}
