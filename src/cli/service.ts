import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { errorText, EXIT, OperationalError } from '../errors.ts';
import { loadConfig } from '../config/load.ts';
import { CONTROL, SERVICE_STATE, type ServiceManager, type ServiceStatus, type Windows } from '../windows/boundary.ts';
import { SERVICE_NAME } from '../windows/names.ts';
import { openWindows } from '../windows/open.ts';
import { oneLine } from '../text/visible.ts';
import { bugText, EVENT, runService } from '../windows/run-service.ts';
import { serviceDefinition, VIRTUAL_ACCOUNT } from '../windows/service-definition.ts';
import type { CommandContext } from './context.ts';
import { pageUrl } from './page-url.ts';
import { runAgent } from './run-agent.ts';
import {
  argumentsOf,
  dataFolder,
  defaultsIn,
  readCommandLine,
  type ServiceArguments,
  serviceCommandLine,
  withConfigFile,
  withServiceArguments,
} from './service-settings.ts';

const POLL_MS = 200;
/** Longer than the agent takes to start on a busy host, and longer than it may take to stop. */
const PATIENCE_MS = 60_000;

const STATE_NAMES: Readonly<Record<number, string>> = {
  [SERVICE_STATE.stopped]: 'stopped',
  [SERVICE_STATE.startPending]: 'starting',
  [SERVICE_STATE.stopPending]: 'stopping',
  [SERVICE_STATE.running]: 'running',
};
const stateName = ({ state }: ServiceStatus): string => STATE_NAMES[state] ?? `in state ${state}`;

const noService = () =>
  new OperationalError(
    'no_service',
    `the service ${SERVICE_NAME} is not installed here: run setup as an administrator`,
  );

/** Waits until the service is in a state. Resolves with its status, also if it stopped or the time is up. */
async function awaitState(services: ServiceManager, state: number): Promise<ServiceStatus> {
  for (let waited = 0; ; waited += POLL_MS) {
    const status = services.status(SERVICE_NAME);
    if (status === undefined) throw noService();
    if (status.state === state || status.state === SERVICE_STATE.stopped || waited >= PATIENCE_MS) return status;
    await sleep(POLL_MS);
  }
}

const processExists = (id: number): boolean => {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // It is there, and may not be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Win32 error, or the agent's own code. */
const exitText = ({ exitCode, serviceExitCode }: ServiceStatus): string =>
  serviceExitCode === 0 ? `Windows error ${exitCode}` : `exit code ${serviceExitCode}`;

/** Starts the service and waits until it runs. @throws OperationalError `service_not_started` */
export async function startService({ services }: Windows): Promise<ServiceStatus> {
  services.start(SERVICE_NAME);
  const status = await awaitState(services, SERVICE_STATE.running);
  if (status.state === SERVICE_STATE.running) return status;
  throw new OperationalError(
    'service_not_started',
    `the service ${SERVICE_NAME} is ${stateName(status)} (${exitText(status)}). The reason is in the Application log, source ${SERVICE_NAME}: ` +
      `Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = '${SERVICE_NAME}' } -MaxEvents 5`,
  );
}

/**
 * Stops the service if it is installed and running, and waits until its process has ended: until then its files are in
 * use. Resolves with the reason if there was nothing to stop.
 * @throws OperationalError `service_not_stopped`
 */
export async function stopService({ services }: Windows): Promise<string | undefined> {
  const status = services.status(SERVICE_NAME);
  if (status === undefined) return 'it is not installed';
  if (status.state === SERVICE_STATE.stopped) return 'it does not run';
  services.control(SERVICE_NAME, CONTROL.stop);
  const ended = await awaitState(services, SERVICE_STATE.stopped);
  if (ended.state !== SERVICE_STATE.stopped)
    throw new OperationalError('service_not_stopped', `the service ${SERVICE_NAME} is still ${stateName(ended)}`);
  for (let waited = 0; status.processId !== 0 && processExists(status.processId); waited += POLL_MS) {
    if (waited >= PATIENCE_MS)
      throw new OperationalError('service_not_stopped', `process ${status.processId} of ${SERVICE_NAME} has not ended`);
    await sleep(POLL_MS);
  }
  return undefined;
}

const load = (given: ServiceArguments, { environment }: CommandContext) =>
  loadConfig({ flags: withConfigFile(given), environment, defaults: defaultsIn(given.data) });

function runCommand(context: CommandContext): Command {
  const command = withServiceArguments(
    new Command('run').description('Run as the service: called by the service control manager.'),
  );
  command.action(async () => {
    const windows = await openWindows();
    const given = argumentsOf(command, dataFolder(context));
    windows.holdChildren();
    process.on('uncaughtException', (error) => {
      windows.events.write('error', EVENT.failed, bugText(error));
      // eslint-disable-next-line unicorn/no-process-exit
      process.exit(EXIT.bug);
    });
    const end = await runService(windows.dispatcher, windows.events, (supervisor) =>
      runAgent(() => load(given, context), context, supervisor),
    );
    // Exit at once: the thread of the service control manager would keep a failed process alive, and an installer that
    // has seen the service stop replaces the files of this process.
    // eslint-disable-next-line unicorn/no-process-exit
    process.exit(end.exitCode);
  });
  return command;
}

function statusCommand(context: CommandContext): Command {
  return new Command('status').description('Print the state of the service.').action(async () => {
    const { services } = await openWindows();
    const [status, registered] = [services.status(SERVICE_NAME), services.configuration(SERVICE_NAME)];
    if (status === undefined || registered === undefined) throw noService();
    const given = readCommandLine(registered.commandLine);
    const lines: (readonly [string, string])[] = [
      [
        'state',
        status.state === SERVICE_STATE.stopped
          ? `stopped (${exitText(status)})`
          : `${stateName(status)}, process ${status.processId}`,
      ],
      ['account', registered.account],
      ['command', registered.commandLine],
    ];
    if (given !== undefined) {
      try {
        lines.push(['page', pageUrl(load(given, context).config)]);
      } catch (error) {
        lines.push(['configuration', errorText(error)]);
      }
    }
    context.out(lines.map(([name, value]) => `${name.padEnd(13)} ${oneLine(value)}\n`).join(''));
    context.exit(status.state === SERVICE_STATE.running ? EXIT.ok : EXIT.fault);
  });
}

/** `service run|install|uninstall|start|stop|reload|status`: the agent as a Windows service. */
export function serviceCommand(context: CommandContext): Command {
  const say = (text: string) => context.out(`${text}\n`);
  const install = withServiceArguments(
    new Command('install')
      .description('Register the service only; setup does everything that an installation needs.')
      .option('--account <name>', `Account of the service (default: ${VIRTUAL_ACCOUNT}).`),
  );
  install.action(async () => {
    const { services } = await openWindows();
    const given = argumentsOf(install, dataFolder(context));
    load(given, context);
    const { account = VIRTUAL_ACCOUNT } = install.opts<{ readonly account?: string }>();
    const unknown = services.define(serviceDefinition(serviceCommandLine(given), account));
    say(
      `the service ${SERVICE_NAME} is registered${unknown.map((what) => `; this Windows does not support ${what}`).join('')}`,
    );
  });
  return new Command('service')
    .description('The agent as a Windows service.')
    .addCommand(runCommand(context))
    .addCommand(install)
    .addCommand(
      new Command('uninstall').description('Stop the service and remove it.').action(async () => {
        const windows = await openWindows();
        await stopService(windows);
        windows.services.delete(SERVICE_NAME);
        say(`the service ${SERVICE_NAME} is removed`);
      }),
    )
    .addCommand(
      new Command('start').description('Start the service and wait until it runs.').action(async () => {
        const status = await startService(await openWindows());
        say(`the service ${SERVICE_NAME} runs, process ${status.processId}`);
      }),
    )
    .addCommand(
      new Command('stop').description('Stop the service and wait until it has stopped.').action(async () => {
        const note = await stopService(await openWindows());
        say(`the service ${SERVICE_NAME} is stopped${note === undefined ? '' : `: ${note}`}`);
      }),
    )
    .addCommand(
      new Command('reload').description('Reload the configuration of the running service.').action(async () => {
        const { services } = await openWindows();
        if (services.status(SERVICE_NAME)?.state !== SERVICE_STATE.running)
          throw new OperationalError('service_not_running', `the service ${SERVICE_NAME} does not run`);
        services.control(SERVICE_NAME, CONTROL.parameterChange);
        say('the service reloads its configuration; faults are reported in the Application log');
      }),
    )
    .addCommand(statusCommand(context));
}
