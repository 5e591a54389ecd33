import { impactText } from '../../src/diagnosis/impact.ts';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import { LEFT_OUT } from '../../src/diagnosis/reasons/left-out.ts';
import { type Reason, TOPICS } from '../../src/diagnosis/reasons/row.ts';
import type { GeneratedFile } from './file.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `<!-- Generated from src/diagnosis/reasons by npm run generate. Do not edit. -->

# Reasons and findings

Each id here is a value of the label \`reason\` (\`hyperv_vnic_fallback\`, the \`_iov_blocker\` and \`_sriov_blocker\` metrics) or \`finding\` (the \`_finding\` metrics), and what \`explain\` and the status page say.

- A **reason** is why a vNIC that wants a VF is not on it. Reasons are asked in the order below; the first that holds is the vNIC's primary one. A reason of a NIC counts where each NIC that could give the VF is blocked.
- A **finding** stands beside it, on the object named in the column "Of".
- A value that could not be read makes no reason: a condition that rests on it is not judged. What could not be judged is named in the text, and where nothing else holds the reason is \`vf_absent_undetermined\`.
- A vNIC that settles (migration, VM start, NIC restart) is in no fallback; it has the finding \`vf_transition\`.
- Rules about VM queues are for vSwitches without IOV whose NICs have VMQ on: with SR-IOV the vPorts of the physical function are the queues.
- Placeholders in commands are filled with the host's names by \`explain\` and the status page.
`;

const section = (reason: Reason): string => `### ${reason.id}

${reason.meaning}

${table(
  ['', ''],
  [
    ['Kind', reason.kind],
    ['Of', reason.subject],
    ['Severity', reason.severity],
    ['Holds when', reason.condition],
    ['What to do', reason.remedy],
    ['Impact', impactText(reason.impact)],
    ['Alert', reason.alert === undefined ? '' : `[${reason.alert}](runbooks/${reason.alert}.md)`],
    ['Source', reason.source],
  ].filter(([, value]) => value !== ''),
)}
`;

/** docs/reasons.md: the reason table. */
export function generate(): Promise<GeneratedFile[]> {
  const overview = table(
    ['Id', 'Kind', 'Of', 'Severity', 'Topic'],
    REASONS.map((row) => [`[${row.id}](#${row.id})`, row.kind, row.subject, row.severity, TOPICS[row.topic]]),
  );
  const leftOut = LEFT_OUT.map(({ id, why }) => `- \`${id}\`: ${why}`).join('\n');
  const content = `${INTRODUCTION}\n## In order\n\n${overview}\n\n## Each of them\n\n${REASONS.map(section).join('\n')}\n## Left out\n\n${leftOut}\n`;
  return Promise.resolve([{ path: 'docs/reasons.md', content }]);
}
