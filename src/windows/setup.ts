import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '../errors.ts';
import type { Windows } from './boundary.ts';
import { secureDataFolder } from './data-folder.ts';
import type { Firewall } from './firewall.ts';
import { DISPLAY_NAME, SERVICE_NAME } from './names.ts';
import { isLocalSystem, serviceDefinition, VIRTUAL_ACCOUNT } from './service-definition.ts';
import { serviceSid } from './service-sid.ts';
import { findWindowsWriter } from './writers.ts';

/** The properties of an installation. */
export interface Installation {
  /** Folder of configuration, state and logs */
  readonly data: string;
  /** Command line of the service */
  readonly commandLine: string;
  readonly account: string;
  /** Full path of node.exe */
  readonly program: string;
  /** TCP ports that the agent listens on */
  readonly ports: readonly number[];
  /** Address of the agent's page */
  readonly page: string;
  /** Addresses that the firewall rule allows; undefined keeps the existing rule */
  readonly remoteAddresses: string | undefined;
  readonly groups: boolean;
  readonly takeOver: boolean;
  /** Folder of the Start menu of all users */
  readonly startMenu: string;
}

/** The systems that steps change. */
export interface Machine {
  readonly windows: Windows;
  readonly firewall: Firewall;
}

export interface Step {
  /** What the step does, as a sentence: `Register the service …` */
  readonly what: string;
  /** Carries the step out. Resolves with a note on its result, if there is one. */
  readonly run: () => Promise<string | undefined>;
}

/** Groups whose members can read what the agent reads, by SID, because their names depend on the language of Windows. */
const GROUPS: readonly (readonly [sid: string, name: string])[] = [
  ['S-1-5-32-578', 'Hyper-V Administrators'],
  ['S-1-5-32-558', 'Performance Monitor Users'],
];
const EVENT_SOURCE = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${SERVICE_NAME}`;
/** A message file that has the text "%1" for every event id up to 1000. It exists on every Windows, including Server Core. */
const MESSAGES = '%SystemRoot%\\System32\\EventCreate.exe';
const ERROR_WARNING_INFORMATION = 7;

const TEMPLATE = `# Settings: docs\\configuration.md in the program's folder, or --help.
# Check this file: hyperv-sriov-exporter config check --service
# The agent reads it again when it changes. Settings that need a restart: hyperv-sriov-exporter service stop, then start.
`;

const step = (what: string, run: () => Promise<string | undefined> | string | undefined | void): Step => ({
  what,
  run: async () => (await run()) ?? undefined,
});

const withoutText = (unknown: readonly string[]): string | undefined =>
  unknown.length === 0 ? undefined : `this Windows does not support ${unknown.join(', ')}`;

const linkFile = (startMenu: string) => join(startMenu, `${DISPLAY_NAME}.url`);

/** SID of the service's account; undefined for LocalSystem, which needs no further rights. */
function accountSid({ accounts }: Windows, account: string): string | undefined {
  if (isLocalSystem(account)) return undefined;
  return account.toLowerCase() === VIRTUAL_ACCOUNT.toLowerCase() ? serviceSid(SERVICE_NAME) : accounts.sidOf(account);
}

/** The steps that install the agent or change an existing installation, in order. Each step can be repeated. */
export function setupSteps(wanted: Installation, machine: Machine): readonly Step[] {
  const { windows, firewall } = machine;
  const { data, account, ports, program, remoteAddresses, startMenu } = wanted;
  const configuration = join(data, 'config', 'config.yaml');
  return [
    step(`Make ${data} writable by administrators and the service only`, () => {
      const own = accountSid(windows, account);
      secureDataFolder(windows.files, {
        path: data,
        serviceSid: serviceSid(SERVICE_NAME),
        accounts: [windows.accounts.self(), ...(own === undefined ? [] : [own])],
        takeOver: wanted.takeOver,
      });
      const writer = findWindowsWriter(windows, [data], 'program');
      if (writer !== undefined)
        throw new OperationalError(
          'data_folder_replaceable',
          `${writer}, so they can replace ${data}. Choose a data folder below folders that only administrators can write`,
        );
    }),
    step(`Write ${configuration}, unless it exists`, () => {
      if (existsSync(configuration)) return 'it exists';
      writeFileSync(configuration, TEMPLATE.replaceAll('\n', '\r\n'), { flag: 'wx' });
      return undefined;
    }),
    step(`Register the event source ${SERVICE_NAME} of the Application log`, () => {
      windows.registry.setText(EVENT_SOURCE, 'EventMessageFile', MESSAGES);
      windows.registry.setNumber(EVENT_SOURCE, 'TypesSupported', ERROR_WARNING_INFORMATION);
    }),
    step(`Register the service ${SERVICE_NAME} as ${account}: ${wanted.commandLine}`, () =>
      withoutText(windows.services.define(serviceDefinition(wanted.commandLine, account))),
    ),
    ...(wanted.groups && !isLocalSystem(account) ? groupSteps('add', machine, account) : []),
    remoteAddresses === undefined
      ? step(`Adjust the firewall rule ${SERVICE_NAME}, if there is one, to TCP port ${ports.join(', ')}`, async () =>
          (await firewall.adjust({ ports, program }))
            ? undefined
            : 'there is no rule: other machines cannot connect (--remote-address, MSI: REMOTE_ADDR)',
        )
      : step(`Allow ${remoteAddresses} through the firewall to TCP port ${ports.join(', ')} of ${program}`, () =>
          firewall.admit({ ports, program }, remoteAddresses).then(() => undefined),
        ),
    step(`Link ${wanted.page} in the Start menu`, () => {
      if (!existsSync(startMenu)) return 'this Windows has no Start menu';
      writeFileSync(linkFile(startMenu), `[InternetShortcut]\r\nURL=${wanted.page}\r\n`);
      return undefined;
    }),
  ];
}

function groupSteps(way: 'add' | 'remove', { windows }: Machine, account: string): readonly Step[] {
  return GROUPS.map(([group, name]) =>
    step(way === 'add' ? `Add ${account} to ${name} (${group})` : `Remove ${account} from ${name} (${group})`, () => {
      const member = accountSid(windows, account);
      if (member === undefined) return undefined;
      const { accounts } = windows;
      const known = way === 'add' ? accounts.addToGroup(group, member) : accounts.removeFromGroup(group, member);
      return known ? undefined : 'this Windows has no such group';
    }),
  );
}

/** The properties of an installation to remove. */
export interface Installed {
  readonly data: string;
  readonly account: string;
  readonly startMenu: string;
  readonly removeData: boolean;
}

/** The steps that remove an installation. @param stop stops the service and waits for it */
export function undoSteps(
  installed: Installed,
  machine: Machine,
  stop: () => Promise<string | undefined>,
): readonly Step[] {
  const { windows, firewall } = machine;
  const { data, account, startMenu, removeData } = installed;
  return [
    step(`Stop the service ${SERVICE_NAME}`, stop),
    // Before the service is removed, because a virtual account is deleted with it.
    ...(isLocalSystem(account) ? [] : groupSteps('remove', machine, account)),
    step(`Remove the service ${SERVICE_NAME}`, () => windows.services.delete(SERVICE_NAME)),
    step(`Remove the firewall rule ${SERVICE_NAME}`, async () =>
      (await firewall.remove()) ? undefined : 'there was no rule',
    ),
    step('Remove the link in the Start menu', () => rmSync(linkFile(startMenu), { force: true })),
    step(`Remove the event source ${SERVICE_NAME}`, () => windows.registry.deleteKey(EVENT_SOURCE)),
    removeData
      ? step(`Remove ${data} with configuration, state and logs`, () =>
          rmSync(data, { recursive: true, force: true, maxRetries: 5 }),
        )
      : step(`Keep ${data}`, () => 'configuration, state and logs stay'),
  ];
}
