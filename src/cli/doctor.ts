import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { oneLine, visible, visibleJson } from '../text/visible.ts';
import type { LoadedConfig } from '../config/load.ts';
import { EXIT } from '../errors.ts';
import type { Target } from '../fleet/target.ts';
import type { CommandContext } from './context.ts';
import { examine, type Result } from './doctor/check.ts';
import { checksFor, TARGET_CHECKS } from './doctor/checks/index.ts';
import { Inspection } from './doctor/inspection.ts';
import { startedProcesses } from './doctor/processes.ts';
import { withOutput } from './output.ts';
import { configOf } from './settings.ts';
import { chosenTarget, namedTarget, withTarget } from './target.ts';

const WORD = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** `doctor`: checks everything that the agent needs and prints how to fix what is missing. Exit code 0 or 1. */
export function doctorCommand(context: CommandContext): Command {
  const command = withTarget(
    new Command('doctor').description('Check everything that the agent needs, and print how to fix what is missing.'),
  ).option('--json', 'Print JSON.');
  withOutput(command).action(async () => {
    const { json = false } = command.opts<{ readonly json?: boolean }>();
    const load = () => configOf(command, context);
    const name = namedTarget(command);
    const target = name === undefined ? undefined : await chosenTarget(load(), name, context);
    const healthy = await runDoctor(context, load, { json, target });
    context.exit(healthy ? EXIT.ok : EXIT.fault);
  });
  return command;
}

/**
 * Prints the outcome of each check. Resolves with true if none failed.
 * @param target checks the host that a collector reads, in the place of this machine
 */
export async function runDoctor(
  context: CommandContext,
  load: () => LoadedConfig,
  { json = false, target }: { readonly json?: boolean; readonly target?: Target | undefined } = {},
): Promise<boolean> {
  const inspection = new Inspection(context, load, target);
  try {
    const source = inspection.loaded instanceof Error ? undefined : inspection.config.source;
    const checks = await examine(
      target === undefined ? checksFor(source, context.platform) : TARGET_CHECKS,
      inspection,
      systemClock,
      (title) => context.progress(`checking: ${title}`),
    );
    context.progress(undefined);
    const processes = startedProcesses(inspection);
    const healthy = checks.every(({ status }) => status !== 'failed');
    context.out(
      json
        ? `${visibleJson({ version: context.version, healthy, checks, processes })}\n`
        : [
            ...checks.map((check) => lineOf(check, context.paint)),
            ...processes.map(({ commandLine, when }) => `starts  ${visible(commandLine)}  (${when})`),
            totals(checks),
          ]
            .map((line) => `${line}\n`)
            .join(''),
    );
    return healthy;
  } finally {
    await inspection.close();
  }
}

const STYLE = { ok: 'green', failed: ['bold', 'red'], skipped: 'dim' } as const;

function lineOf({ id, title, status, text, remedy, milliseconds }: Result, paint: CommandContext['paint']): string {
  const todo = remedy === undefined ? '' : `. Remedy: ${remedy}`;
  return `${paint([STYLE[status]].flat(), WORD[status])} ${String(milliseconds).padStart(6)} ms  ${id}  ${oneLine(`${title}: ${text}${todo}`)}`;
}

function totals(checks: readonly Result[]): string {
  const count = (status: Result['status']) => checks.filter((check) => check.status === status).length;
  return `${checks.length} checks: ${count('ok')} ok, ${count('failed')} failed, ${count('skipped')} skipped`;
}
