import { errorText, OperationalError } from '../../errors.ts';
import { fetchText } from '../../http-client/fetch-text.ts';
import { guestDevices, type GuestDevice } from './devices.ts';

const MAX_BYTES = 8_000_000;

/**
 * Asks the exporter that runs in a guest for its network counters.
 *
 * @param url of its metrics: http://web07:9182/metrics
 * @throws OperationalError where it does not answer, or with no network counters
 */
export async function readGuest(url: URL, signal?: AbortSignal): Promise<readonly GuestDevice[]> {
  let text: string;
  try {
    text = await fetchText(url, { accept: 'text/plain;version=0.0.4', maxBytes: MAX_BYTES, signal });
  } catch (error) {
    throw new OperationalError(
      'guest_exporter_unreachable',
      `the guest's exporter ${url.href} could not be read: ${errorText(error)}`,
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
