/**
 * What the program asks of Windows itself: services, event log, registry, rights, accounts. One implementation stands
 * over Windows' own functions (`native/`), one in tests. Names and numbers are those of the Windows SDK.
 */

/** Who starts the service and when, as the service control manager keeps it. */
export interface ServiceConfiguration {
  /** The command line, quoted as Windows splits it */
  readonly commandLine: string;
  /** `LocalSystem`, `NT SERVICE\name`, `DOMAIN\name$` */
  readonly account: string;
}

export interface ServiceDefinition extends ServiceConfiguration {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Milliseconds after each failure until the service is started again; the last one repeats */
  readonly restartAfterMs: readonly number[];
  /** Milliseconds without a failure after which failures are counted from the first again */
  readonly resetAfterMs: number;
  /** Milliseconds that Windows waits for the service when it shuts down */
  readonly preshutdownMs: number;
}

export const SERVICE_STATE = {
  stopped: 1,
  startPending: 2,
  stopPending: 3,
  running: 4,
} as const;

export interface ServiceStatus {
  /** One of SERVICE_STATE, or another that Windows knows */
  readonly state: number;
  /** Win32 error; 1066 where the service gave a code of its own */
  readonly exitCode: number;
  readonly serviceExitCode: number;
  /** 0 while it does not run */
  readonly processId: number;
}

/** The service control manager. Each method throws OperationalError `windows_…` where Windows refuses. */
export interface ServiceManager {
  /** undefined where there is no such service */
  configuration(name: string): ServiceConfiguration | undefined;
  status(name: string): ServiceStatus | undefined;
  /**
   * Creates the service, or changes it where it exists. Started at boot with a delay; not started by this.
   * Returns which properties this Windows does not know.
   */
  define(definition: ServiceDefinition): readonly string[];
  /** Marks it for deletion: it is gone once the last program has closed it. */
  delete(name: string): void;
  start(name: string): void;
  /** Sends one of CONTROL. */
  control(name: string, control: number): void;
}

export const CONTROL = { stop: 1, interrogate: 4, shutdown: 5, parameterChange: 6, preshutdown: 15 } as const;

/** What a service tells the service control manager of itself. */
export interface ReportedStatus {
  readonly state: number;
  /** Sum of ACCEPT */
  readonly accepted: number;
  readonly exitCode: number;
  readonly serviceExitCode: number;
  /** Increases while a start or stop is in progress, so that Windows does not treat the service as hung */
  readonly checkPoint: number;
  /** Milliseconds within which the next report comes */
  readonly waitHintMs: number;
}

export const ACCEPT = { stop: 0x1, shutdown: 0x4, parameterChange: 0x8, preshutdown: 0x100 } as const;

/** This process as a service. */
export interface ServiceDispatcher {
  /**
   * Connects to the service control manager, which then calls `main` once and `control` for each control; the value of
   * `control` is a Win32 error, 0 for a control that was taken. Both are called on the thread of JavaScript.
   * Resolves with true when the service has reported that it stopped, with false where this process was not started as
   * a service.
   */
  run(
    name: string,
    handlers: { readonly main: () => void; readonly control: (control: number) => number },
  ): Promise<boolean>;
  report(status: ReportedStatus): void;
}

export type EventKind = 'error' | 'warning' | 'information';

export interface EventLog {
  /** Writes one event of our own source to the Application log. Never throws: an event must not end the agent. */
  write(kind: EventKind, id: number, text: string): void;
}

/** One entry of an access control list. */
export interface AccessRule {
  readonly allow: boolean;
  readonly sid: string;
  /** Access mask: FILE_WRITE_DATA is 0x2 and so on */
  readonly mask: number;
  /** Applies only to what is made in the folder, not to the folder itself */
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
  /** undefined where there is nothing at `path`. @throws OperationalError `windows_…` where it may not be read */
  describe(path: string): Descriptor | undefined;
  /** Makes a folder that has these rights from its first moment. False where something is at `path` already. */
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
  /** False where this Windows has no such group; one that is a member already stays so. */
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
  /** Puts this process in a job: when it ends, however it ends, Windows ends all that it has started. */
  holdChildren(): void;
}
