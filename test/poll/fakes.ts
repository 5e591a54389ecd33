import { systemClock } from '../../src/clock.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { byPart, type Part } from '../../src/document/document.ts';
import { createPoller, type Poller, type PollPart } from '../../src/poll/poller.ts';
import { createStore, type PollOutcome, type Store } from '../../src/poll/store.ts';
import { windows } from '../../src/document/enumerations.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A raw document of a part with the given sources' rows, `ok` unless said otherwise. */
export function documentOf(
  part: Part,
  sources: Readonly<Record<string, { status?: string; rows?: readonly object[]; errors?: readonly string[] }>> = {},
  takenAt = systemClock.now(),
): unknown {
  return {
    schema: 1,
    part,
    takenAt,
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, its]) => [name, { status: 'ok', takenAt, rows: [], errors: [], ...its }]),
    ),
  };
}

export const vm = (id: string) => ({ id, name: `VM ${id}`, state: windows.VMState.Running });

/** What the fake host does with a read: gives a document, never answers, or refuses. */
export type Answer = (part: Part, signal: AbortSignal) => Promise<unknown>;

export const never: Answer = () => new Promise(() => {});
export const refuses =
  (text: string): Answer =>
  () =>
    Promise.reject(new Error(text));
export const after =
  (ms: number): Answer =>
  (part) =>
    new Promise((resolve) => {
      setTimeout(() => resolve(documentOf(part)), ms);
    });
export const atOnce: Answer = (part) => Promise.resolve(documentOf(part));

export interface Rig {
  readonly poller: Poller;
  readonly store: Store;
  /** Every read of the host, with the time since the rig was made */
  readonly asked: { readonly part: Part; readonly at: number }[];
  readonly ended: { readonly part: Part; readonly outcome: PollOutcome }[];
  /** How each part answers from now on */
  readonly answers: Record<Part, Answer>;
  start: Answer;
}

const PARTS: Readonly<Record<Part, PollPart>> = {
  inventory: { intervalMs: MINUTE, deadlineMs: 2 * MINUTE },
  activity: { intervalMs: 15 * SECOND, deadlineMs: 10 * SECOND },
  config: { intervalMs: 10 * MINUTE, deadlineMs: 5 * MINUTE },
  cluster: { intervalMs: MINUTE, deadlineMs: 20 * SECOND },
  eventlog: { intervalMs: 5 * MINUTE, deadlineMs: 30 * SECOND },
};

/** A poller over a fake host, with the intervals and deadlines of the defaults; time is vitest's. */
export function rig(parts: Readonly<Partial<Record<Part, PollPart>>> = PARTS): Rig {
  const started = systemClock.monotonic();
  const asked: Rig['asked'] = [];
  const ended: Rig['ended'] = [];
  const answers: Rig['answers'] = { ...byPart(() => atOnce) };
  const note = (part: Part) => void asked.push({ part, at: systemClock.monotonic() - started });
  const its: { start: Answer } = { start: atOnce };
  const reader: HostReader = {
    kind: 'demo',
    clock: systemClock,
    read(part, signal) {
      note(part);
      return answers[part](part, signal);
    },
    async start(part, signal) {
      await its.start(part, signal);
    },
    close: () => Promise.resolve(),
  };
  const intervals = Object.fromEntries(Object.entries(parts).map(([part, about]) => [part, about.intervalMs]));
  const store = createStore({ clock: systemClock, intervals });
  const log = { debug() {}, warn() {}, error() {} };
  const onChange = (part: Part, outcome: PollOutcome) => void ended.push({ part, outcome });
  const poller = createPoller({ reader, store, clock: systemClock, log, parts, onChange });
  return Object.assign(its, { poller, store, asked, ended, answers });
}

/** Times at which a part was read, seconds. */
export const timesOf = ({ asked }: Rig, part: Part): number[] =>
  asked.filter((one) => one.part === part).map(({ at }) => Math.round(at / 1000));
