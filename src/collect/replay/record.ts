import { type Part, PARTS } from '../../document/document.ts';
import { errorText, OperationalError } from '../../errors.ts';
import type { HostReader } from '../host-reader.ts';
import { CAPTURE_SCHEMA, type Capture, MAX_CAPTURE_BYTES, type RecordedDocument } from './capture-file.ts';

export interface RecordOptions {
  /** How often inventory and activity are read; the other parts once */
  readonly polls: number;
  readonly everyMs: number;
  /** Parts that are not read */
  readonly without: ReadonlySet<string>;
  readonly deadlineMs: Readonly<Record<Part, number>>;
  /** Version of the agent */
  readonly agent: string;
  /** Waits so long, or moves a simulated host's clock on */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly onProgress: (text: string) => void;
  /** Bytes of JSON at which the recording ends */
  readonly limit?: number;
}

/**
 * Reads a host repeatedly and returns its raw documents. A part that cannot be read is left out and reported.
 * @throws {OperationalError} `nothing_recorded` where no document came, with the reason of each part
 */
export async function record(reader: HostReader, options: RecordOptions): Promise<Capture> {
  const { polls, everyMs, without, deadlineMs, agent, wait, onProgress, limit = MAX_CAPTURE_BYTES } = options;
  const { clock } = reader;
  const startedAt = clock.now();
  const began = clock.monotonic();
  const documents: RecordedDocument[] = [];
  const faults: string[] = [];
  let bytes = 0;

  /** False where the recording is full. */
  const take = async (part: Part): Promise<boolean> => {
    if (without.has(part)) return true;
    try {
      const document = await reader.read(part, AbortSignal.timeout(deadlineMs[part]));
      const size = JSON.stringify(document).length;
      if (bytes + size > limit) return false;
      bytes += size;
      documents.push({ part, offsetMs: Math.max(0, Math.round(clock.monotonic() - began)), document });
    } catch (error) {
      const fault = `${part} could not be read: ${errorText(error)}`;
      faults.push(fault);
      onProgress(fault);
    }
    return true;
  };

  for (let poll = 1; poll <= polls; poll += 1) {
    const due = clock.monotonic() + everyMs;
    const parts = poll === 1 ? PARTS : (['inventory', 'activity'] as const);
    // One after the other: the counters must not be read before the objects that they are joined to.
    for (const part of parts) {
      if (await take(part)) continue;
      onProgress(`ended at poll ${poll}: the recording has reached ${limit} bytes`);
      poll = polls;
      break;
    }
    onProgress(`poll ${poll} of ${polls}`);
    if (poll < polls) await wait(Math.max(0, due - clock.monotonic()));
  }
  if (documents.length === 0)
    throw new OperationalError('nothing_recorded', `nothing was recorded: ${[...new Set(faults)].join('; ')}`);
  return { schema: CAPTURE_SCHEMA, agent, startedAt, documents };
}
