import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { errorText, OperationalError } from '../errors.ts';
import { checkAddresses, netshFirewall } from '../windows/firewall.ts';
import { SERVICE_NAME } from '../windows/names.ts';
import { openWindows } from '../windows/open.ts';
import { visible } from '../text/visible.ts';
import { EVENT } from '../windows/run-service.ts';
import { VIRTUAL_ACCOUNT } from '../windows/service-definition.ts';
import { type Machine, setupSteps, type Step, undoSteps } from '../windows/setup.ts';
import type { CommandContext } from './context.ts';
import { runDoctor } from './doctor.ts';
import { pageUrl } from './page-url.ts';
import { startService, stopService } from './service.ts';
import { setUpSsh, type SshSetup } from './setup-ssh.ts';
import {
  argumentsOf,
  dataFolder,
  defaultsIn,
  readCommandLine,
  type ServiceArguments,
  serviceCommandLine,
  startMenuFolder,
  systemRoot,
  withConfigFile,
  withServiceArguments,
} from './service-settings.ts';

interface Options extends SshSetup {
  readonly ssh?: boolean;
  readonly data?: string;
  readonly account?: string;
  readonly remoteAddress?: string;
  readonly groups: boolean;
  readonly start: boolean;
  readonly doctor: boolean;
  readonly takeOver?: boolean;
  readonly whatIf?: boolean;
  readonly undo?: boolean;
  readonly removeData?: boolean;
}

/** Prints each step, runs it and prints the result. With `whatIf`, steps are only printed. */
async function perform(steps: readonly Step[], whatIf: boolean, say: (line: string) => void): Promise<void> {
  for (const { what, run } of steps) {
    if (whatIf) {
      say(`would   ${what}`);
      continue;
    }
    try {
      const note = await run();
      say(`done    ${what}${note === undefined ? '' : `: ${note}`}`);
    } catch (error) {
      say(`FAILED  ${what}: ${errorText(error)}`);
      throw error;
    }
  }
}

/**
 * Writes each line to the terminal and, once the log folder exists, to setup.log. An installer shows no terminal
 * output.
 */
const sayTo =
  (context: CommandContext, data: string, write: boolean) =>
  (text: string): void => {
    const line = visible(text);
    context.out(`${line}\n`);
    const logs = join(data, 'logs');
    if (write && existsSync(logs))
      appendFileSync(join(logs, 'setup.log'), `${new Date(systemClock.now()).toISOString()} ${line}\r\n`);
  };

/**
 * `setup`: everything that an installation needs besides its files; `--undo` removes it. The MSI calls it. If it is run
 * again, it changes only what is given.
 */
export function setupCommand(context: CommandContext): Command {
  const command = withServiceArguments(
    new Command('setup').description(
      'Install the service: data folder, event source, service, groups, firewall. The given settings become the flags of the service.',
    ),
  )
    .option(
      '--account <name>',
      `Account of the service (default: that of the installed service, or ${VIRTUAL_ACCOUNT}).`,
    )
    .option(
      '--remote-address <addresses>',
      'Remote addresses that the firewall allows: IP addresses and subnets, or any.',
    )
    .option('--no-groups', 'Do not add the account to Hyper-V Administrators and Performance Monitor Users.')
    .option('--no-start', 'Do not start the service.')
    .option('--no-doctor', 'Do not run doctor at the end.')
    .option('--take-over', 'Set the owner and the permissions of a data folder that somebody else created.')
    .option('--what-if', 'Print what would be done, and do nothing.')
    .option('--undo', 'Undo what setup did. Configuration, state and logs are kept.')
    .option('--remove-data', 'With --undo: remove these, too.')
    .option('--ssh', 'Let a collector read this host over SSH instead: account, key, rights, firewall. No service.')
    .option('--public-key <file>', "With --ssh: the collector's public key.")
    .option('--from <addresses>', 'With --ssh: addresses of the collector (commas).')
    .option('--user <name>', 'With --ssh: account that the collector logs on as (default: hvsriov).')
    .option('--port <port>', 'With --ssh: TCP port of sshd (default: 22).');
  command.action(async () => {
    const options = command.opts<Options>();
    if (options.ssh === true) return setUpSsh(context, options);
    const windows = await openWindows();
    const machine: Machine = { windows, firewall: netshFirewall(systemRoot(context)) };
    try {
      if (!windows.accounts.elevated() && options.whatIf !== true)
        throw new OperationalError('not_elevated', 'setup changes the system: run it as an administrator (elevated)');
      await (options.undo === true ? undo : install)(context, command, options, machine);
    } catch (error) {
      // An installer shows no output, so the error goes to the Application log.
      if (options.whatIf !== true) windows.events.write('error', EVENT.setup, `setup failed:\n${errorText(error)}`);
      throw error;
    }
  });
  return command;
}

/** The registered service, and the settings in its command line. */
function installedService({ windows: { services } }: Machine) {
  const registered = services.configuration(SERVICE_NAME);
  return { account: registered?.account, arguments: registered && readCommandLine(registered.commandLine) };
}

async function install(context: CommandContext, command: Command, options: Options, machine: Machine): Promise<void> {
  const former = installedService(machine);
  const given = argumentsOf(command, former.arguments?.data ?? dataFolder(context));
  const wanted: ServiceArguments = {
    data: given.data,
    flags: new Map([...(former.arguments?.flags ?? []), ...given.flags]),
  };
  const load = (): LoadedConfig =>
    loadConfig({ flags: withConfigFile(wanted), environment: context.environment, defaults: defaultsIn(wanted.data) });
  const { config } = load();
  const whatIf = options.whatIf === true;
  const say = sayTo(context, wanted.data, !whatIf);
  const page = pageUrl(config);
  const steps = setupSteps(
    {
      data: wanted.data,
      commandLine: serviceCommandLine(wanted),
      account: options.account ?? former.account ?? VIRTUAL_ACCOUNT,
      program: process.execPath,
      ports: [...new Set(config.web['listen-address'].map(({ port }) => port))],
      page,
      remoteAddresses: options.remoteAddress === undefined ? undefined : checkAddresses(options.remoteAddress),
      groups: options.groups,
      takeOver: options.takeOver === true,
      startMenu: startMenuFolder(context),
    },
    machine,
  );
  const start: Step = {
    what: `Start the service ${SERVICE_NAME}`,
    run: async () => {
      await stopService(machine.windows);
      await startService(machine.windows);
      return undefined;
    },
  };
  await perform(options.start ? [...steps, start] : steps, whatIf, say);
  if (whatIf) return;
  if (options.doctor) {
    const healthy = await runDoctor(context, load);
    if (!healthy) say('doctor found problems: see above');
  }
  say(`page    ${page}`);
}

async function undo(context: CommandContext, command: Command, options: Options, machine: Machine): Promise<void> {
  const former = installedService(machine);
  const { data } = argumentsOf(command, former.arguments?.data ?? dataFolder(context));
  const whatIf = options.whatIf === true;
  const steps = undoSteps(
    {
      data,
      account: former.account ?? VIRTUAL_ACCOUNT,
      startMenu: startMenuFolder(context),
      removeData: options.removeData === true,
    },
    machine,
    () => stopService(machine.windows),
  );
  await perform(steps, whatIf, sayTo(context, data, !whatIf && options.removeData !== true));
}
