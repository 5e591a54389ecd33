import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type Environment, processEnvironment } from '../config/environment.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { errorText, EXIT, OperationalError, UserError } from '../errors.ts';
import { hideUrlSecrets } from '../text/redact.ts';
import { shipped } from '../shipped.ts';
import { visible } from '../text/visible.ts';
import { type CommandContext, DEFAULT_COMMAND, PROGRAM } from './context.ts';
import { HELP_FORMAT } from './help.ts';
import { createOutput, type Output } from './output.ts';
import { createProgress } from './progress.ts';
import { paint, type Style } from '../text/style.ts';
import { settingsHelp } from './settings.ts';

function packageVersion(): string {
  const about: unknown = JSON.parse(readFileSync(shipped('../package.json'), 'utf8'));
  return typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : '0.0.0';
}

/** Version, commit, Node and platform: what a report of a fault must say. */
function aboutVersion(version: string): string {
  let commit = '';
  try {
    commit = ` (commit ${readFileSync(shipped('commit.txt'), 'utf8').trim()})`;
  } catch {
    // Not built from a git checkout.
  }
  return `${version}${commit}, Node ${process.version}, ${process.platform}-${process.arch}`;
}

type MakeCommand = (context: CommandContext) => Command;

/** Every command, one file each. Only what is asked for is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  metrics: async () => (await import('./metrics.ts')).metricsCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  capture: async () => (await import('./capture.ts')).captureCommand,
  measure: async () => (await import('./measure.ts')).measureCommand,
  config: async () => (await import('./config.ts')).configCommand,
  alerts: async () => (await import('./alerts.ts')).alertsCommand,
  fleet: async () => (await import('./fleet.ts')).fleetCommand,
  placement: async () => (await import('./placement.ts')).placementCommand,
  drift: async () => (await import('./drift.ts')).driftCommand,
  service: async () => (await import('./service.ts')).serviceCommand,
  setup: async () => (await import('./setup.ts')).setupCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
};
/** All commands of the program. */
export const everyCommand = (context: CommandContext): Promise<readonly Command[]> =>
  Promise.all(Object.values(COMMANDS).map(async (load) => (await load())(context)));
const HELP = new Set(['help', '--help', '-h']);

/**
 * The program with only the command that these arguments need: the command that they begin with, or the default; all
 * commands for help.
 */
async function createProgram(context: CommandContext, output: Output, args: readonly string[]): Promise<Command> {
  const [first = ''] = args;
  const program = new Command(PROGRAM)
    .description('Prometheus exporter for SR-IOV and VM queues on Hyper-V hosts.')
    .version(aboutVersion(context.version))
    .addHelpText('after', `\nSettings that commands take: ${PROGRAM} --help settings`)
    .hook('preAction', (_, command) => output.use(command));
  const chosen = Object.hasOwn(COMMANDS, first) ? first : DEFAULT_COMMAND;
  const names = chosen !== first && args.some((arg) => HELP.has(arg)) ? Object.keys(COMMANDS) : [chosen];
  for (const name of names) {
    const make = await COMMANDS[name]?.();
    if (make !== undefined) program.addCommand(make(context), { isDefault: name === DEFAULT_COMMAND });
  }
  const quiet = (command: Command): void => {
    command
      .configureHelp({ ...command.configureHelp(), ...HELP_FORMAT })
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: context.out });
    for (const child of command.commands) quiet(child);
  };
  quiet(program);
  return program;
}

/** The message for a thrown error, and the exit code. */
function verdict(error: unknown, [first = '']: readonly string[]): { readonly text: string; readonly code: number } {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { text: '', code: EXIT.ok };
    // commander treats a mistyped command as an argument of the default command.
    if (error.code === 'commander.excessArguments' && !first.startsWith('-') && first !== DEFAULT_COMMAND)
      return {
        text: `unknown command '${first}'${didYouMean(first, Object.keys(COMMANDS))}; see --help\n`,
        code: EXIT.usage,
      };
    return {
      text: `${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}; see --help\n`,
      code: EXIT.usage,
    };
  }
  if (error instanceof UserError || error instanceof OperationalError)
    return { text: `${errorText(error)}\n`, code: error.exitCode };
  const stack = error instanceof Error ? (error.stack ?? error.message) : error;
  return { text: `${errorText(stack)}\n`, code: EXIT.bug };
}

/** The process streams and environment that a command uses. */
interface Terminal {
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: CommandContext['paint'];
  readonly progress: CommandContext['progress'];
  /** Whether standard output is one that a person looks at */
  readonly isTerminal: boolean;
}

function ofProcess(): Terminal {
  const environment = processEnvironment();
  const progress = createProgress(process.stderr, environment['TERM']);
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    progress.erase();
    stream.write(text);
  };
  return {
    environment,
    platform: process.platform,
    isTerminal: process.stdout.isTTY,
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    paint,
    progress: (text) => progress.show(text),
  };
}

/** The terminal of a caller that takes the output itself: without colours and progress unless it asks for them. */
const ofCaller = { paint: (_: Style, text: string) => text, progress: () => undefined, isTerminal: false };

/** Runs the program with these arguments (without node and script name). Resolves with the exit code. */
export async function run(args: readonly string[], given: Partial<Terminal> = {}): Promise<number> {
  const terminal = { ...ofProcess(), ...(given.out === undefined ? {} : ofCaller), ...given };
  const { environment, platform, out, err, progress, isTerminal } = terminal;
  let code: number = EXIT.ok;
  const output = createOutput(out, isTerminal);
  const context: CommandContext = {
    environment,
    platform,
    version: packageVersion(),
    out: output.print,
    outData: output.printData,
    paint: (style, text) => (output.toFile() ? text : terminal.paint(style, text)),
    progress: (text) => progress(text && visible(hideUrlSecrets(text))),
    commands: () => everyCommand(context),
    exit(wanted) {
      code = wanted;
    },
  };
  try {
    if (args.some((arg) => HELP.has(arg)) && args.includes('settings')) {
      out(settingsHelp());
      return EXIT.ok;
    }
    const program = await createProgram(context, output, args);
    await program.parseAsync(args, { from: 'user' });
    await output.end();
    progress(undefined);
    return code;
  } catch (error) {
    progress(undefined);
    const outcome = verdict(error, args);
    if (outcome.text !== '') err(`${PROGRAM}: ${outcome.text.split('\n').map(visible).join('\n')}`);
    return outcome.code;
  }
}
