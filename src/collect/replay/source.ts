import type { Clock } from '../../clock.ts';
import type { Part } from '../../document/document.ts';
import { OperationalError } from '../../errors.ts';
import type { HostSource } from '../source.ts';
import type { Capture, RecordedDocument } from './capture-file.ts';

export interface ReplayOptions {
  readonly capture: Capture;
  readonly clock: Clock;
  /** How many times faster than recorded: 2 plays an hour in half an hour, with twice the rates */
  readonly speed: number;
}

/**
 * A host as it was recorded. Recorded times are shifted, and at another speed stretched, so that its first
 * document is now when reading begins. `read` hands out the latest document of the part that is due by then. Where none is due yet,
 * or the capture has ended, the host stands still: the first or last document comes as if read now.
 */
export function createReplaySource({ capture, clock, speed }: ReplayOptions): HostSource {
  let started: { readonly now: number; readonly monotonic: number } | undefined;
  const end = capture.documents.at(-1)?.offsetMs ?? 0;
  const [first] = capture.documents;
  const firstOffset = first?.offsetMs ?? 0;
  const firstTime = (first && takenAt(first)) ?? capture.startedAt;

  const read = (part: Part): unknown => {
    started ??= { now: clock.now(), monotonic: clock.monotonic() };
    const start = started.now;
    const position = firstOffset + (clock.monotonic() - started.monotonic) * speed;
    const its = capture.documents.filter((one) => one.part === part);
    const due = its.findLast((one) => one.offsetMs <= position);
    const chosen = due ?? its[0];
    if (chosen === undefined) throw new OperationalError('not_recorded', `the recording has no document of ${part}`);
    const shift = (time: number) => start + (time - firstTime) / speed;
    const stands = due === undefined || position > end;
    const lag = stands ? clock.now() - shift(takenAt(chosen) ?? firstTime) : 0;
    return withTimes(chosen.document, (time) => Math.round(shift(time) + lag));
  };
  return {
    kind: 'replay',
    clock,
    lengthMs: (end - firstOffset) / speed,
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
