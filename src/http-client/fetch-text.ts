import { head } from '../text/redact.ts';
import { exchange, FetchError, type Request } from './exchange.ts';

/** Maximum length of a quoted error response, in characters */
const MAX_QUOTED = 200;

export interface FetchOptions extends Pick<Request, 'access' | 'deadlineMs' | 'maxBytes' | 'received' | 'signal'> {
  readonly accept: string;
}

/**
 * Sends a GET request and returns the body as text.
 * @throws FetchError as `exchange`, and if the status is not 2xx or the body is larger than `maxBytes`
 */
export async function fetchText(url: URL, { accept, ...options }: FetchOptions): Promise<string> {
  const { status, text, isCut } = await exchange(url, { ...options, headers: { accept } });
  if (isCut) throw new FetchError(`it answered more than ${options.maxBytes / 1e6} MB`, { code: 'TOO_LARGE' });
  if (status < 200 || status > 299) throw new FetchError(`it answered ${status}${quoted(text)}`, { status });
  return text;
}

const quoted = (text: string): string => {
  const line = head(text.replaceAll(/\s+/g, ' ').trim(), MAX_QUOTED);
  return line === '' ? '' : `: ${line}`;
};
