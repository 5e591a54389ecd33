/**
 * The functions of Windows that the program uses: services, event log, registry, rights, accounts. One implementation calls
 * Windows (`native/`), another is in the tests. Names and numbers are those of the Windows SDK.
 */

/** Command line and account of a service, as the service control manager stores them. */
export interface ServiceConfiguration {
  /** The command line, with the quoting rules of Windows */
  readonly commandLine: string;
  /** `LocalSystem`, `NT SERVICE\name`, `DOMAIN\name$` */
  readonly account: string;
}

export interface ServiceDefinition extends ServiceConfiguration {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Milliseconds after each failure until the service is restarted. The last value is used repeatedly */
  readonly restartAfterMs: readonly number[];
  /** Milliseconds without a failure after which the count of failures is reset */
  readonly resetAfterMs: number;
  /** Milliseconds that Windows waits for the service when it shuts down */
  readonly preshutdownMs: number;
}

/** States of a service (SERVICE_STATUS_PROCESS). */
export const SERVICE_STATE = {
  stopped: 1,
  startPending: 2,
  stopPending: 3,
  running: 4,
} as const;

export interface ServiceStatus {
  /** One of SERVICE_STATE, or another state of Windows */
  readonly state: number;
  /** Win32 error; 1066 if the service returned a code of its own in serviceExitCode */
  readonly exitCode: number;
  readonly serviceExitCode: number;
  /** 0 while it does not run */
  readonly processId: number;
}

/** The service control manager. Each method throws OperationalError `windows_…` if Windows returns an error. */
export interface ServiceManager {
  /** undefined if there is no such service */
  configuration(name: string): ServiceConfiguration | undefined;
  status(name: string): ServiceStatus | undefined;
  /**
   * Creates the service or changes the existing one. Windows starts it at boot with a delay. This does not start it.
   * @returns the properties that this version of Windows does not support
   */
  define(definition: ServiceDefinition): readonly string[];
  /** Marks the service for deletion. Windows deletes it when no program has it open any more. */
  delete(name: string): void;
  start(name: string): void;
  /** Sends one of CONTROL. */
  control(name: string, control: number): void;
}

/** Control codes of a service (HandlerEx). */
export const CONTROL = { stop: 1, interrogate: 4, shutdown: 5, parameterChange: 6, preshutdown: 15 } as const;

/** The status that a service reports to the service control manager. */
export interface ReportedStatus {
  readonly state: number;
  /** Sum of ACCEPT */
  readonly accepted: number;
  readonly exitCode: number;
  readonly serviceExitCode: number;
  /** Increases while a start or stop is in progress, so that Windows does not treat the service as hung */
  readonly checkPoint: number;
  /** Milliseconds until the next report at the latest */
  readonly waitHintMs: number;
}

/** The controls that a service accepts (SERVICE_STATUS). */
export const ACCEPT = { stop: 0x1, shutdown: 0x4, parameterChange: 0x8, preshutdown: 0x100 } as const;

/** Runs this process as a service. */
export interface ServiceDispatcher {
  /**
   * Connects to the service control manager, which then calls `main` once and `control` for each control. `control` returns
   * a Win32 error, or 0 if it handles the control. Both are called on the JavaScript thread.
   * @returns true when the service has reported that it stopped; false if this process was not started as a service
   */
  run(
    name: string,
    handlers: { readonly main: () => void; readonly control: (control: number) => number },
  ): Promise<boolean>;
  report(status: ReportedStatus): void;
}

export type EventKind = 'error' | 'warning' | 'information';

export interface EventLog {
  /** Writes one event to the Application log, under the agent's own source. Never throws, so that it cannot end the agent. */
  write(kind: EventKind, id: number, text: string): void;
}

/** One entry of an access control list. */
export interface AccessRule {
  readonly allow: boolean;
  readonly sid: string;
  /** Access mask: FILE_WRITE_DATA is 0x2 and so on */
  readonly mask: number;
  /** Applies only to objects created in the folder, not to the folder itself */
  readonly inheritOnly: boolean;
}

export interface Descriptor {
  /** SID */
  readonly owner: string;
  /** undefined: there is no list, and everyone has full access */
  readonly rules: readonly AccessRule[] | undefined;
}

/** Owner and rights of files and folders. No method follows a link (symbolic link, junction). */
export interface FileSecurity {
  /** undefined if `path` does not exist. @throws OperationalError `windows_…` if it cannot be read */
  describe(path: string): Descriptor | undefined;
  /** Creates a folder with these rights, which apply from its creation. False if `path` exists already. */
  createFolder(path: string, sddl: string): boolean;
  /** Sets owner and rights. @throws OperationalError `link_refused` for a link */
  protect(path: string, sddl: string): void;
}

export interface Accounts {
  /** SID of the account that runs this. */
  self(): string;
  /** Whether this runs with the rights of an administrator (elevated). */
  elevated(): boolean;
  /** SID of an account by name. @throws OperationalError `account_not_found` */
  sidOf(account: string): string;
  /** Adds a member, or keeps an existing one. False if this version of Windows has no such group. */
  addToGroup(groupSid: string, memberSid: string): boolean;
  removeFromGroup(groupSid: string, memberSid: string): boolean;
}

/** HKEY_LOCAL_MACHINE. */
export interface Registry {
  setText(key: string, name: string, value: string): void;
  setNumber(key: string, name: string, value: number): void;
  deleteKey(key: string): void;
}

export interface Windows {
  readonly services: ServiceManager;
  readonly dispatcher: ServiceDispatcher;
  readonly events: EventLog;
  readonly files: FileSecurity;
  readonly accounts: Accounts;
  readonly registry: Registry;
  /** Puts this process in a job: when it ends for any reason, Windows ends all processes that it has started. */
  holdChildren(): void;
}
