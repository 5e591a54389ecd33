import { readdirSync, readFileSync } from 'node:fs';
import { impactText } from '../../src/diagnosis/impact.ts';
import { severityOf } from '../../src/diagnosis/severity.ts';
import { REASONS, reasonById } from '../../src/diagnosis/reasons.ts';
import { LEFT_OUT } from '../../src/diagnosis/reasons/left-out.ts';
import { type Reason, TOPICS } from '../../src/diagnosis/reasons/reason.ts';
import { isReadOnly, printCommand } from '../../src/diagnosis/powershell.ts';
import { commandMarkdown, exampleOf, planMarkdown } from './example-host.ts';
import type { GeneratedFile } from './file.ts';
import { levelInDocs } from './levels.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `<!-- Generated from src/diagnosis/reasons by npm run generate. Do not edit. -->

# Reasons and findings

Each id on this page is a value of the label \`reason\` (\`hyperv_vnic_fallback\`, the \`_iov_blocker\` and \`_sriov_blocker\` metrics) or of the label \`finding\` (the \`_finding\` metrics). \`explain\` and the status page use the same ids and texts.

- A **reason** says why a vNIC that asks for a VF is not on it. Reasons are checked in the order below, and the first that applies is the primary reason of the vNIC. A reason about a NIC applies if every NIC that could provide the VF is blocked.
- A **finding** is a further condition of the object in the column "Of". It does not explain the path by itself.
- A condition that needs a value which could not be read is not evaluated. The text names the conditions that were not evaluated. If no other reason applies, the reason is \`vf_absent_undetermined\`.
- A vNIC that is settling (migration, VM start, NIC restart) does not count as a fallback. It has the finding \`vf_transition\`.
- Findings about VM queues apply to vSwitches without IOV whose NICs have VMQ enabled. With SR-IOV, the vPorts of the physical function are the queues.
- The **level** is *unproven* if the reason or its remedy depends on an assumption about Windows that no host has confirmed, and links to the assumption in [unverified.md](unverified.md). Otherwise it is *stable*.
- Commands on this page have placeholders (HOST, VSWITCH, NIC1, VM) and sample numbers. \`explain\` and the status page fill in the names of the host. They select an object by its id if its name is not unique or cannot be used in a command. Read the impact first.
`;

const runbookLink = (alert: string | undefined): string =>
  alert === undefined ? '' : `[${alert}](runbooks/${alert}.md)`;

const section = (reason: Reason): string => `### ${reason.id}

${reason.meaning}

${table(
  ['', ''],
  [
    ['Level', levelInDocs(reason.id)],
    ['Kind', reason.kind],
    ['Of', reason.subject],
    ['Severity', severityOf(reason)],
    ['Applies when', reason.condition],
    ['How to fix it', reason.remedy],
    ['Impact', impactText(reason.impact)],
    ['Alert', runbookLink(reason.alert)],
    ['See also', runbookLink(reason.runbook)],
    ['Source', reason.source],
  ].filter(([, value]) => value !== ''),
)}
${fixOf(reason)}`;

function fixOf(reason: Reason): string {
  const { command, plan } = exampleOf(reason);
  return [
    ...(command === undefined
      ? []
      : [`${isReadOnly(command) ? 'For details (read-only):\n\n' : ''}${commandMarkdown(printCommand(command))}`]),
    ...(plan === undefined ? [] : [planMarkdown(plan)]),
  ]
    .map((text) => `\n${text}`)
    .join('');
}

/** docs/reasons.md: the reason table. */
export function generate(): Promise<GeneratedFile[]> {
  const overview = table(
    ['Id', 'Level', 'Kind', 'Of', 'Severity', 'Topic'],
    REASONS.map((row) => [
      `[${row.id}](#${row.id})`,
      levelInDocs(row.id),
      row.kind,
      row.subject,
      severityOf(row),
      TOPICS[row.topic],
    ]),
  );
  const leftOut = LEFT_OUT.map(({ id, why }) => `- \`${id}\`: ${why}`).join('\n');
  const content = `${INTRODUCTION}\n## In order\n\n${overview}\n\n## Each of them\n\n${REASONS.map(section).join('\n')}\n## Left out\n\n${leftOut}\n`;
  return Promise.resolve([{ path: 'docs/reasons.md', content }, ...runbooks()]);
}

const RUNBOOKS = 'docs/runbooks';
const PLAN = /(<!-- plan of (\w+), written by npm run generate -->\n)[^]*?(<!-- end of plan -->)/g;

/** The runbooks that show the plan of a reason: the same text as page and `explain`. */
const runbooks = (): GeneratedFile[] =>
  readdirSync(RUNBOOKS)
    .map((name) => ({ path: `${RUNBOOKS}/${name}`, text: readFileSync(`${RUNBOOKS}/${name}`, 'utf8') }))
    .filter(({ text }) => text.includes('<!-- plan of '))
    .map(({ path, text }) => ({
      path,
      content: text.replaceAll(PLAN, (_, begin: string, id: string, end: string) => {
        const row = reasonById(id);
        const { plan } = row === undefined ? {} : exampleOf(row);
        if (plan === undefined) throw new Error(`${path}: ${id} has no plan`);
        return `${begin}\n${planMarkdown(plan)}\n${end}`;
      }),
    }));
