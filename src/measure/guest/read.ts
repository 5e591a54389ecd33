import { errorText, OperationalError } from '../../errors.ts';
import { guestDevices, type GuestDevice } from './devices.ts';

const MAX_BYTES = 8_000_000;
const DEADLINE_MS = 10_000;

/**
 * Asks the exporter that runs in a guest for its network counters.
 *
 * @param url of its metrics: http://web07:9182/metrics
 * @throws OperationalError where it does not answer, or with no network counters
 */
export async function readGuest(url: URL, signal?: AbortSignal): Promise<readonly GuestDevice[]> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let text: string;
  try {
    const answer = await fetch(url, {
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      headers: { accept: 'text/plain;version=0.0.4' },
    });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    text = await bounded(answer);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new OperationalError(
      'guest_exporter_unreachable',
      `the guest's exporter ${url.href} could not be read: ${errorText(error)}${cause}`,
      { cause: error },
    );
  }
  const devices = guestDevices(text);
  if (devices.length === 0)
    throw new OperationalError(
      'guest_exporter_empty',
      `${url.href} has no network counters: it must be a windows_exporter (collector net) or a node_exporter (netdev) in the guest`,
    );
  return devices;
}

async function bounded(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`it answered more than ${MAX_BYTES / 1e6} MB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
