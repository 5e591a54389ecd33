import { impactText } from '../diagnosis/impact.ts';
import type { PrintedStep } from '../diagnosis/model.ts';
import type { Reason } from '../diagnosis/reasons/reason.ts';

/** The remedy, its impact, the commands or the plan, then commands that show details. */
export function fixLines({
  remedy,
  impact,
  commands,
  inspect,
  plans,
}: Partial<Pick<Reason, 'remedy' | 'impact'>> & {
  readonly commands: readonly string[];
  readonly inspect: readonly string[];
  readonly plans: readonly (readonly PrintedStep[])[];
}): string[] {
  return [
    ...(remedy === undefined ? [] : [`How to fix it: ${remedy}`]),
    ...(impact === undefined ? [] : [`Impact: ${impactText(impact)}`]),
    ...commands.map((command) => `  ${command}`),
    ...plans.flatMap((plan) =>
      plan.flatMap(({ text, command }, at) => [
        `  ${at + 1}. ${text}`,
        ...(command === undefined ? [] : [`     ${command}`]),
      ]),
    ),
    ...(inspect.length === 0 ? [] : ['For details (read-only):']),
    ...inspect.map((command) => `  ${command}`),
  ];
}
