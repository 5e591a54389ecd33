import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import {
  type AccessRule,
  SERVICE_STATE,
  type Accounts,
  type Descriptor,
  type EventKind,
  type FileSecurity,
  type Registry,
  type ReportedStatus,
  type ServiceDefinition,
  type ServiceDispatcher,
  type ServiceManager,
  type Windows,
} from '../../src/windows/boundary.ts';
import { OperationalError } from '../../src/errors.ts';

/** The SID of the account that runs setup in the tests. */
export const INSTALLER = 'S-1-5-21-1-2-3-1001';
const ADMINISTRATORS = 'S-1-5-32-544';

const PENDING = new Set([2, 3]);
/** Which states may follow: learn.microsoft.com/windows/win32/services/service-status-transitions */
const NEXT: Readonly<Record<number, readonly number[]>> = { 2: [2, 4, 3, 1], 4: [4, 3, 1], 3: [3, 1], 1: [] };
/** The bit by which a service accepts a control. Interrogate comes in any case. */
const ACCEPTED_BY: Readonly<Record<number, number>> = { 1: 0x1, 5: 0x4, 6: 0x8, 15: 0x100, 4: 0 };

/**
 * A service control manager that holds its service to the documented protocol: legal transitions, a check point that
 * grows while pending and is 0 otherwise, no control that is not accepted.
 */
export class FakeDispatcher implements ServiceDispatcher {
  readonly reports: ReportedStatus[] = [];
  /** false: the process was started by hand */
  startedByManager = true;
  #control: ((control: number) => number) | undefined;
  #stopped: (value: boolean) => void = () => undefined;

  run(_name: string, handlers: { readonly main: () => void; readonly control: (control: number) => number }) {
    if (!this.startedByManager) return Promise.resolve(false);
    this.#control = handlers.control;
    queueMicrotask(handlers.main);
    return new Promise<boolean>((resolve) => {
      this.#stopped = resolve;
    });
  }

  report(status: ReportedStatus): void {
    const before = this.reports.at(-1);
    const state = before?.state ?? 2;
    if (!NEXT[state]?.includes(status.state)) throw new Error(`from state ${state} to ${status.state}`);
    if (PENDING.has(status.state)) {
      if (status.waitHintMs <= 0) throw new Error('pending without a wait hint');
      if (status.checkPoint <= (before?.checkPoint ?? 0)) throw new Error('a check point that does not grow');
    } else if (status.checkPoint !== 0 || status.waitHintMs !== 0) throw new Error('a check point while not pending');
    this.reports.push(status);
    if (status.state === SERVICE_STATE.stopped) this.#stopped(true);
  }

  /** Sends a control as Windows would. */
  send(control: number): number {
    const bit = ACCEPTED_BY[control] ?? 0;
    const accepted = this.reports.at(-1)?.accepted ?? 0;
    if ((accepted & bit) !== bit) throw new Error(`control ${control} is not accepted`);
    return this.#control?.(control) ?? 0;
  }

  get states(): readonly number[] {
    return this.reports.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
  }
}

export interface RecordedEvent {
  readonly kind: EventKind;
  readonly id: number;
  readonly text: string;
}

/** Owner and rules by path; folders are made for real. A path that nobody named belongs to Administrators. */
export class FakeFiles implements FileSecurity {
  readonly owners = new Map<string, string>();
  readonly rules = new Map<string, readonly AccessRule[]>();
  readonly rights = new Map<string, string>();

  describe(path: string): Descriptor | undefined {
    return existsSync(path)
      ? { owner: this.owners.get(path) ?? ADMINISTRATORS, rules: this.rules.get(path) ?? [] }
      : undefined;
  }
  createFolder(path: string, sddl: string): boolean {
    if (existsSync(path)) return false;
    mkdirSync(path);
    this.rights.set(path, sddl);
    return true;
  }
  protect(path: string, sddl: string): void {
    if (lstatSync(path).isSymbolicLink()) throw new OperationalError('link_refused', `${path} is a link`);
    this.owners.set(path, ADMINISTRATORS);
    this.rights.set(path, sddl);
  }
}

/** Windows with what was done to it, in order. */
export function fakeWindows() {
  const done: string[] = [];
  const events: RecordedEvent[] = [];
  const defined = new Map<string, ServiceDefinition>();
  const services: ServiceManager = {
    configuration: (name) => defined.get(name),
    status: (name) =>
      defined.has(name) ? { state: SERVICE_STATE.stopped, exitCode: 0, serviceExitCode: 0, processId: 0 } : undefined,
    define(definition) {
      defined.set(definition.name, definition);
      done.push(`define ${definition.name} as ${definition.account}`);
      return [];
    },
    delete(name) {
      defined.delete(name);
      done.push(`delete ${name}`);
    },
    start: (name) => void done.push(`start ${name}`),
    control: (name, control) => void done.push(`control ${name} ${control}`),
  };
  const accounts: Accounts = {
    self: () => INSTALLER,
    elevated: () => true,
    sidOf: (account) => `SID of ${account}`,
    addToGroup(group, member) {
      done.push(`add ${member} to ${group}`);
      return true;
    },
    removeFromGroup(group, member) {
      done.push(`remove ${member} from ${group}`);
      return true;
    },
  };
  const registry: Registry = {
    setText: (key, name, value) => void done.push(`set ${key} ${name} = ${value}`),
    setNumber: (key, name, value) => void done.push(`set ${key} ${name} = ${value}`),
    deleteKey: (key) => void done.push(`delete ${key}`),
  };
  const files = new FakeFiles();
  const dispatcher = new FakeDispatcher();
  const windows: Windows = {
    services,
    dispatcher,
    events: { write: (kind, id, text) => void events.push({ kind, id, text }) },
    files,
    accounts,
    registry,
    holdChildren: () => undefined,
  };
  return { windows, done, events, defined, files, dispatcher };
}
