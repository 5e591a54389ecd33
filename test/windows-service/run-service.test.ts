import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationalError, UserError } from '../../src/errors.ts';
import { CONTROL, SERVICE_STATE } from '../../src/windows/boundary.ts';
import { runService, type ServiceEnd, type ServiceSupervisor } from '../../src/windows/run-service.ts';
import { FakeDispatcher, type RecordedEvent } from './fake-windows.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A service whose agent does what the test says. */
function service(body: (supervisor: ServiceSupervisor) => Promise<void>) {
  const dispatcher = new FakeDispatcher();
  const events: RecordedEvent[] = [];
  let end: ServiceEnd | undefined;
  const ended = runService(dispatcher, { write: (kind, id, text) => void events.push({ kind, id, text }) }, body).then(
    (value) => (end = value),
  );
  return { dispatcher, events, ended, end: () => end };
}
const moment = () => vi.advanceTimersByTimeAsync(0);
const URL = 'http://localhost:10182/';

/** An agent that is ready after a time and stops when it is asked to. */
const agent =
  (startMs = 0) =>
  async (supervisor: ServiceSupervisor): Promise<void> => {
    await new Promise((resolve) => {
      setTimeout(resolve, startMs);
    });
    supervisor.ready(URL);
    await supervisor.stopRequested;
  };

describe('a Windows service', () => {
  it('reports start pending until it is ready, then running, and stop pending until it has stopped', async () => {
    const { dispatcher, events, ended } = service(agent(7000));
    await vi.advanceTimersByTimeAsync(6500);
    expect(dispatcher.reports.map(({ state, checkPoint }) => [state, checkPoint])).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
    ]);
    await vi.advanceTimersByTimeAsync(500);
    expect(dispatcher.reports.at(-1)).toMatchObject({
      state: SERVICE_STATE.running,
      exitCode: 0,
      accepted: 0x1 | 0x4 | 0x8 | 0x100,
    });
    expect(dispatcher.send(CONTROL.stop)).toBe(0);
    await moment();
    expect(await ended).toEqual({ exitCode: 0, reported: true });
    expect(dispatcher.states).toEqual([2, 4, 3, 1]);
    expect(events).toEqual([
      { kind: 'information', id: 1, text: `The agent has started: ${URL}` },
      { kind: 'information', id: 2, text: 'The agent has stopped.' },
    ]);
  });

  it.each([
    ['stop', CONTROL.stop, 'stopped by the service control manager'],
    ['shutdown', CONTROL.shutdown, 'the system shuts down'],
    ['preshutdown', CONTROL.preshutdown, 'the system shuts down'],
  ])('ends at %s and says why', async (_, control, reason) => {
    let said: string | undefined;
    const { dispatcher, ended } = service(async (supervisor) => {
      supervisor.ready(URL);
      said = await supervisor.stopRequested;
    });
    await moment();
    dispatcher.send(control);
    await ended;
    expect(said).toBe(reason);
    expect(dispatcher.states).toEqual([2, 4, 3, 1]);
  });

  it('that is stopped during its start stops after the start without reporting running', async () => {
    const { dispatcher, ended } = service(agent(3000));
    await vi.advanceTimersByTimeAsync(1000);
    dispatcher.send(CONTROL.stop);
    await vi.advanceTimersByTimeAsync(3000);
    await ended;
    expect(dispatcher.states).toEqual([2, 3, 1]);
  });

  it('reloads its configuration at paramchange, and reports one that is refused', async () => {
    let reloads = 0;
    const { dispatcher, events } = service(async (supervisor) => {
      supervisor.onReload(() => {
        reloads += 1;
        supervisor.refused('config.yaml:3: web.port: is not a known setting');
      });
      supervisor.ready(URL);
      await supervisor.stopRequested;
    });
    await moment();
    expect(dispatcher.send(CONTROL.parameterChange)).toBe(0);
    expect(reloads).toBe(1);
    expect(events.at(-1)).toEqual({
      kind: 'warning',
      id: 4,
      text: expect.stringContaining('config.yaml:3: web.port: is not a known setting'),
    });
  });

  it('answers interrogate with its last status and refuses what it does not know', async () => {
    const { dispatcher } = service(agent());
    await moment();
    await moment();
    const { length } = dispatcher.reports;
    expect(dispatcher.send(CONTROL.interrogate)).toBe(0);
    expect(dispatcher.reports).toHaveLength(length + 1);
    expect(dispatcher.send(200)).toBe(120);
  });

  it('stays stopped where its configuration was refused: a person has to correct it', async () => {
    const { dispatcher, events, ended } = service(() =>
      Promise.reject(new UserError('config.yaml:1: source: must be one of powershell, demo, replay')),
    );
    await moment();
    expect(await ended).toEqual({ exitCode: 64, reported: true });
    expect(dispatcher.reports.at(-1)).toMatchObject({
      state: SERVICE_STATE.stopped,
      exitCode: 1066,
      serviceExitCode: 64,
    });
    expect(events).toEqual([{ kind: 'error', id: 4, text: expect.stringContaining('config.yaml:1: source') }]);
  });

  it.each([
    ['something that a restart may cure', new OperationalError('port_in_use', 'cannot listen on :10182'), 1],
    ['a bug', new TypeError('x is not a function'), 70],
  ])('leaves %s to the recovery actions: it never reports that it stopped', async (_, error, exitCode) => {
    const { dispatcher, events, ended } = service((supervisor) => {
      supervisor.ready(URL);
      return Promise.reject(error);
    });
    await moment();
    expect(await ended).toEqual({ exitCode, reported: false });
    expect(dispatcher.states).toEqual([2, 4]);
    expect(events.at(-1)).toMatchObject({ kind: 'error', id: 3, text: expect.stringContaining(error.message) });
    // Nor does it go on to say that it is alive.
    const { length } = dispatcher.reports;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(dispatcher.reports).toHaveLength(length);
  });

  it('that cannot stop in time reports it and is not restarted', async () => {
    const { dispatcher, events } = service(async (supervisor) => {
      supervisor.ready(URL);
      await supervisor.stopRequested;
      supervisor.overdue();
    });
    await moment();
    dispatcher.send(CONTROL.stop);
    await moment();
    expect(dispatcher.reports.at(-1)).toMatchObject({
      state: SERVICE_STATE.stopped,
      exitCode: 1066,
      serviceExitCode: 1,
    });
    expect(events.map(({ id }) => id)).toEqual([1, 3]);
  });

  it('is refused if it was started at a console', async () => {
    const dispatcher = new FakeDispatcher();
    dispatcher.startedByManager = false;
    const running = runService(dispatcher, { write: () => undefined }, agent());
    await expect(running).rejects.toMatchObject({ code: 'not_a_service' });
  });
});
