import { errorText, EXIT, OperationalError, UserError } from '../errors.ts';
import {
  ACCEPT,
  CONTROL,
  type EventLog,
  type ReportedStatus,
  SERVICE_STATE,
  type ServiceDispatcher,
} from './boundary.ts';
import { messageWithoutNames } from '../log.ts';
import { SERVICE_NAME } from './names.ts';

/** Ids of the agent's events in the Application log. They must stay the same, because filters use them. */
export const EVENT = { started: 1, stopped: 2, failed: 3, configurationRefused: 4, setup: 5 } as const;

/** The interface between the agent and its service. An agent at a console uses the same. */
export interface ServiceSupervisor {
  readonly stopRequested: Promise<string>;
  onReload(reload: () => void): void;
  ready(url: string): void;
  refused(error: string): void;
  /** Called for an error that nothing caught. The process is ended next. */
  crashed(error: Error): void;
  /** Called when the agent did not stop in time. Its process is ended next. */
  overdue(): void;
}

/** How the service ended, for the process that it runs in. */
export interface ServiceEnd {
  readonly exitCode: number;
  /**
   * Whether the service has reported that it stopped. If not, Windows treats the end of the process as a failure, and the
   * recovery actions restart the service.
   */
  readonly reported: boolean;
}

const PENDING_EVERY_MS = 2000;
/** How long Windows waits for the next report before it treats the service as hung. */
const WAIT_HINT_MS = 20_000;
const ACCEPTED = ACCEPT.stop | ACCEPT.shutdown | ACCEPT.preshutdown | ACCEPT.parameterChange;
const NO_ERROR = 0;
const CALL_NOT_IMPLEMENTED = 120;
const SERVICE_SPECIFIC_ERROR = 1066;
const STOP_REASONS: Readonly<Record<number, string>> = {
  [CONTROL.stop]: 'stopped by the service control manager',
  [CONTROL.shutdown]: 'the system shuts down',
  [CONTROL.preshutdown]: 'the system shuts down',
};

/** The event of an error that nothing caught. */
export const bugText = (error: Error): string => `The agent stopped because of a bug:\n${error.stack ?? error.message}`;

/** The text of an error for the event log. An unexpected error shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return errorText(error);
  const expected = error instanceof UserError || error instanceof OperationalError;
  return expected ? messageWithoutNames(error) : (error.stack ?? error.message);
}

const exitCodeOf = (error: unknown): number =>
  error instanceof UserError || error instanceof OperationalError ? error.exitCode : EXIT.bug;

/**
 * Runs the agent as a Windows service until it has ended.
 *
 * If a person has to act (the configuration is refused), the service reports that it stopped with the agent's exit code, and
 * stays stopped. For any other failure, the process ends without that report, so that Windows applies the recovery actions.
 * @param body runs the agent; rejects with the error that ended it
 * @throws OperationalError `not_a_service` if the service control manager did not start this process
 */
export async function runService(
  dispatcher: ServiceDispatcher,
  events: EventLog,
  body: (supervisor: ServiceSupervisor) => Promise<void>,
): Promise<ServiceEnd> {
  let reload: (() => void) | undefined;
  let state: number = SERVICE_STATE.startPending;
  let checkPoint = 0;
  let last: ReportedStatus | undefined;
  let stop: (reason: string) => void = () => undefined;
  const stopRequested = new Promise<string>((resolve) => {
    stop = resolve;
  });
  let finish: (end: ServiceEnd) => void = () => undefined;
  const finished = new Promise<ServiceEnd>((resolve) => {
    finish = resolve;
  });

  const report = (next: number, serviceExitCode: number = EXIT.ok): void => {
    state = next;
    const pending = next === SERVICE_STATE.startPending || next === SERVICE_STATE.stopPending;
    checkPoint = pending ? checkPoint + 1 : 0;
    last = {
      state: next,
      // A stop during the start takes effect as soon as the agent has started.
      accepted: next === SERVICE_STATE.running ? ACCEPTED : next === SERVICE_STATE.startPending ? ACCEPT.stop : 0,
      exitCode: serviceExitCode === EXIT.ok ? NO_ERROR : SERVICE_SPECIFIC_ERROR,
      serviceExitCode,
      checkPoint,
      waitHintMs: pending ? WAIT_HINT_MS : 0,
    };
    dispatcher.report(last);
  };

  const agent = async (): Promise<ServiceEnd> => {
    const alive = setInterval(() => {
      if (state === SERVICE_STATE.startPending || state === SERVICE_STATE.stopPending) report(state);
    }, PENDING_EVERY_MS);
    try {
      await body({
        stopRequested,
        onReload(given) {
          reload = given;
        },
        ready(url) {
          if (state === SERVICE_STATE.startPending) report(SERVICE_STATE.running);
          events.write('information', EVENT.started, `The agent has started: ${url}`);
        },
        refused: (error) =>
          events.write(
            'warning',
            EVENT.configurationRefused,
            `The changed configuration was refused, the previous one stays in use:\n${error}`,
          ),
        crashed: (error) => events.write('error', EVENT.failed, bugText(error)),
        overdue() {
          events.write('error', EVENT.failed, 'The agent did not stop in time, so its process was ended.');
          report(SERVICE_STATE.stopped, EXIT.fault);
        },
      });
      if (state === SERVICE_STATE.stopped) return { exitCode: EXIT.fault, reported: true };
      events.write('information', EVENT.stopped, 'The agent has stopped.');
      report(SERVICE_STATE.stopped);
      return { exitCode: EXIT.ok, reported: true };
    } catch (error) {
      const exitCode = exitCodeOf(error);
      const forPerson = error instanceof UserError;
      const next = forPerson
        ? 'The service stays stopped until you correct the configuration and start it again.'
        : 'Windows restarts the service after a delay (recovery actions).';
      events.write(
        'error',
        forPerson ? EVENT.configurationRefused : EVENT.failed,
        `The agent stopped with exit code ${exitCode}:\n${explain(error)}\n${next}`,
      );
      if (forPerson) report(SERVICE_STATE.stopped, exitCode);
      return { exitCode, reported: forPerson };
    } finally {
      clearInterval(alive);
    }
  };

  const isService = await Promise.race([
    dispatcher.run(SERVICE_NAME, {
      main() {
        report(SERVICE_STATE.startPending);
        agent().then(finish, () => finish({ exitCode: EXIT.bug, reported: false }));
      },
      control(control) {
        const reason = STOP_REASONS[control];
        if (reason !== undefined) {
          if (state !== SERVICE_STATE.stopped) report(SERVICE_STATE.stopPending);
          stop(reason);
          return NO_ERROR;
        }
        if (control === CONTROL.parameterChange) {
          reload?.();
          return NO_ERROR;
        }
        if (control !== CONTROL.interrogate) return CALL_NOT_IMPLEMENTED;
        if (last !== undefined) dispatcher.report(last);
        return NO_ERROR;
      },
    }),
    finished.then(() => true),
  ]);
  if (!isService)
    throw new OperationalError(
      'not_a_service',
      'this was not started by the service control manager: use `service start`, or `serve` at a console',
    );
  return finished;
}
