import { Command } from 'commander';
import { didYouMean } from '../text/did-you-mean.ts';
import type { View } from '../metrics/define.ts';
import { explain } from '../report/explain.ts';
import { age, FIRST_READ, STATUS_TEXT, TO_BE_CONFIRMED, unconfirmedText } from '../report/vnic-rows.ts';
import { allVisible, visible, visibleJson } from '../text/visible.ts';
import { EXIT, UserError } from '../errors.ts';
import { type ExplanationAnswer, explanationSchema, toAnswer } from '../http/routes/explain.ts';
import type { Style } from '../text/style.ts';
import { ask } from './ask.ts';
import type { CommandContext } from './context.ts';
import { fixLines } from './fix-lines.ts';
import { settledView } from './settled-view.ts';
import { withOutput } from './output.ts';
import { namedTarget, targetOf, withTarget } from './target.ts';
import { independentFindings } from '../report/troubles.ts';
import { table } from '../report/table.ts';

interface ExplainOptions {
  readonly vm?: string;
  readonly json?: boolean;
  readonly url?: string;
}

/**
 * `explain`: prints the path of every vNIC, the reason, and how to fix it. Exit code 0, 2 (fallback or a critical
 * finding) or 3 (unknown).
 */
export function explainCommand(context: CommandContext): Command {
  const command = withTarget(new Command('explain').description('Print for every virtual NIC why it is not on its VF.'))
    .option(
      '--vm <name>',
      'Print one VM in detail: every step from the host to the guest. Upper and lower case are the same, and * ? [a-c] are wildcards.',
    )
    .option('--url <url>', 'Ask a running exporter instead of reading the host.')
    .option('--json', 'Print JSON.');
  withOutput(command).action(async () => {
    const { vm, json, url } = command.opts<ExplainOptions>();
    if (url !== undefined) context.progress(`asking ${visible(url)}`);
    const about = await source(url, namedTarget(command), async () =>
      settledView(await targetOf(command, context), context),
    );
    const answer = await about(vm);
    if (vm !== undefined && answer.vnics.length === 0) {
      const names = new Set((await about(undefined)).vnics.map((vnic) => vnic.vm));
      throw new UserError(`there is no VM ${visible(vm)} on this host${didYouMean(vm, names)}`);
    }
    context.out(
      json === true
        ? `${visibleJson(answer)}\n`
        : vm === undefined
          ? overview(allVisible(answer), context.paint)
          : inFull(allVisible(answer), context.paint),
    );
    context.exit(exitCode(answer, vm));
  });
  return command;
}

/** What answers: a running exporter, or this host, read once. */
async function source(
  url: string | undefined,
  target: string | undefined,
  view: () => Promise<View>,
): Promise<(vm: string | undefined) => Promise<ExplanationAnswer> | ExplanationAnswer> {
  if (url !== undefined) return (vm) => ask(url, '/api/v1/explain', { target, vm }, explanationSchema);
  const settled = await view();
  return (vm) => toAnswer(explain(settled, vm));
}

/** A fallback or a critical finding takes precedence over unknown. Findings are the host's: they do not count for one VM. */
function exitCode({ at, vnics, troubles }: ExplanationAnswer, vm: string | undefined): number {
  if (
    vnics.some(({ status }) => status === 'fallback') ||
    (vm === undefined && troubles.some(({ severity }) => severity === 'critical'))
  )
    return EXIT.fallback;
  return at === undefined || vnics.some(({ status }) => status === 'unknown') ? EXIT.unknown : EXIT.ok;
}

type Paint = CommandContext['paint'];
type Status = ExplanationAnswer['vnics'][number]['status'];
const STATUS_STYLE: Partial<Record<Status, Style>> = { vf: 'green', fallback: 'red', unknown: 'yellow' };
const SEVERITY_STYLE: Readonly<Record<ExplanationAnswer['troubles'][number]['severity'], Style>> = {
  critical: ['bold', 'red'],
  warning: 'yellow',
  info: 'cyan',
};
const painted = (paint: Paint, style: Style | undefined, text: string): string =>
  style === undefined ? text : paint(style, text);

function overview({ at, vnics, troubles }: ExplanationAnswer, paint: Paint): string {
  const now = at === undefined ? 0 : Date.parse(at);
  const rows = vnics.map((vnic) => [
    vnic.vm,
    vnic.vnic,
    STATUS_TEXT[vnic.status],
    sinceText(vnic, now),
    vnic.reason?.id ?? '',
  ]);
  const count = (status: string) => vnics.filter((vnic) => vnic.status === status).length;
  const list = table(['VM', 'vNIC', 'PATH', 'SINCE', 'REASON'], rows, (cell, column, row) => {
    if (row === 0) return paint('bold', cell);
    return painted(paint, column === PATH_COLUMN ? STATUS_STYLE[vnics[row - 1]?.status ?? 'unknown'] : undefined, cell);
  });
  return `${list}\n${vnics.length} virtual NICs: ${count('vf')} on their VF, ${count('fallback')} in fallback, ${count('unknown')} unknown\n${whatIsWrong(troubles, paint)}`;
}

/** The problems, each once, with how to fix it. Notes are shown only by --json and on the status page. */
const whatIsWrong = (troubles: ExplanationAnswer['troubles'], paint: Paint): string =>
  troubles
    .filter(({ severity, primary }) => primary || severity !== 'info')
    .map(({ id, severity, vnics, meaning, details, moreDetails, consequences, ...fixes }) => {
      const many = vnics === 0 ? '' : ` (${vnics} virtual NIC${vnics === 1 ? '' : 's'})`;
      const lines = [
        ...details,
        ...(moreDetails === 0 ? [] : [`and ${moreDetails} more`]),
        ...(consequences.length === 0 ? [] : [`Follows from this: ${consequences.join(', ')}`]),
        ...fixLines(fixes),
      ];
      return `\n${paint(SEVERITY_STYLE[severity], severity)}: ${paint('bold', id)}${many}: ${meaning ?? ''}\n${lines.map((line) => `  ${line}\n`).join('')}`;
    })
    .join('');

const listOf = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** An age; "at least" where its beginning was not seen. */
const sinceText = (
  { since, sinceSeen }: Pick<ExplanationAnswer['vnics'][number], 'since' | 'sinceSeen'>,
  now: number,
): string => (since === undefined ? '' : `${sinceSeen ? '' : 'at least '}${age(Date.parse(since), now)}`);

const PATH_COLUMN = 2;
const MARK = { ok: '✓', partial: '!', broken: '✗', unknown: '?', not_checked: '·' } as const;

const MARK_STYLE: Partial<Record<keyof typeof MARK, Style>> = {
  ok: 'green',
  partial: 'yellow',
  broken: 'red',
  unknown: 'yellow',
};

function inFull({ at, vnics }: ExplanationAnswer, paint: Paint): string {
  return vnics
    .map((vnic) => {
      const since = at === undefined || vnic.since === undefined ? '' : ` for ${sinceText(vnic, Date.parse(at))}`;
      const firstRead = since === '' || vnic.sinceSeen ? '' : ` ${FIRST_READ}`;
      const steps = (vnic.chain?.steps ?? []).map(
        ({ step, status, read }) =>
          `  ${painted(paint, MARK_STYLE[status], MARK[status])} ${step.padEnd(8)} ${read.join(', ')}`,
      );
      const broken =
        vnic.chain?.brokenAt === undefined || vnic.reason === undefined
          ? []
          : [
              '',
              `  Broken at: ${vnic.chain.brokenAt} (${vnic.reason.id})`,
              `  ${vnic.reason.detail}`,
              ...fixLines({
                ...vnic,
                commands: listOf(vnic.reason.command),
                inspect: listOf(vnic.reason.inspect),
                plans: listOf(vnic.reason.plan),
              }).map((line) => `  ${line}`),
            ];
      const also = independentFindings(vnic).map(({ id, detail }) => `  Also ${id}: ${detail}`);
      return [
        `${paint('bold', `${vnic.vm}, ${vnic.vnic}`)}: ${painted(paint, STATUS_STYLE[vnic.status], STATUS_TEXT[vnic.status])}${since}${firstRead}`,
        ...listOf(vnic.unconfirmed).map(
          ({ at: read, ...its }) => `  ${unconfirmedText(its)} at ${read}, ${TO_BE_CONFIRMED}`,
        ),
        ...steps,
        ...broken,
        ...also,
        '',
        '',
      ].join('\n');
    })
    .join('');
}
