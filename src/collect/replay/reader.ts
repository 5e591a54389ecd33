import type { Clock } from '../../clock.ts';
import type { Part } from '../../document/document.ts';
import { OperationalError } from '../../errors.ts';
import type { HostReader } from '../host-reader.ts';
import type { Capture, RecordedDocument } from './capture-file.ts';

export interface ReplayOptions {
  readonly capture: Capture;
  readonly clock: Clock;
  /** How many times faster than recorded: 2 plays an hour in half an hour, with twice the rates */
  readonly speed: number;
}

/**
 * A recorded host. Recorded times are shifted (and stretched at another speed), so that the first document is read at
 * the time of the first read. `read` returns the latest document of the part that is due. Before the first one is due,
 * and after the recording has ended, the host does not change: the first or last document comes as if it were read now.
 */
export function createReplayReader({ capture, clock, speed }: ReplayOptions): HostReader {
  let started: { readonly now: number; readonly monotonic: number } | undefined;
  const end = capture.documents.at(-1)?.offsetMs ?? 0;
  const [first] = capture.documents;
  const firstOffset = first?.offsetMs ?? 0;
  const firstTime = (first && takenAt(first)) ?? capture.startedAt;

  const read = (part: Part): unknown => {
    started ??= { now: clock.now(), monotonic: clock.monotonic() };
    const start = started.now;
    const position = firstOffset + (clock.monotonic() - started.monotonic) * speed;
    const documents = capture.documents.filter((document) => document.part === part);
    const due = documents.findLast(({ offsetMs }) => offsetMs <= position);
    const chosen = due ?? documents[0];
    if (chosen === undefined) throw new OperationalError('not_recorded', `the recording has no document of ${part}`);
    const shift = (time: number) => start + (time - firstTime) / speed;
    const stands = due === undefined || position > end;
    const lag = stands ? clock.now() - shift(takenAt(chosen) ?? firstTime) : 0;
    return withTimes(chosen.document, (time) => Math.round(shift(time) + lag));
  };
  return {
    kind: 'replay',
    clock,
    parts: new Set(capture.documents.map(({ part }) => part)),
    settleMs: (end - firstOffset) / speed,
    // In the promise, so that a fault rejects
    read: (part, signal) =>
      Promise.resolve().then(() => {
        signal.throwIfAborted();
        return read(part);
      }),
    close: () => Promise.resolve(),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const takenAt = ({ document }: RecordedDocument): number | undefined =>
  isObject(document) && typeof document['takenAt'] === 'number' ? document['takenAt'] : undefined;

/** The document with its own and its sources' takenAt changed; what is not of that form stays for the parser to refuse. */
function withTimes(document: unknown, change: (time: number) => number): unknown {
  if (!isObject(document)) return document;
  const moved = (value: Readonly<Record<string, unknown>>) =>
    typeof value['takenAt'] === 'number' ? { ...value, takenAt: change(value['takenAt']) } : value;
  const sources = document['sources'];
  if (!isObject(sources)) return moved(document);
  const moveSource = (source: unknown) => (isObject(source) ? moved(source) : source);
  return {
    ...moved(document),
    sources: Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, moveSource(source)])),
  };
}
