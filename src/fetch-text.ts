import { errorText } from './errors.ts';
import { head } from './redact.ts';

const DEADLINE_MS = 10_000;
/** Maximum length of a quoted error response, in characters */
const MAX_QUOTED = 200;

/**
 * Sends a GET request and returns the body as text. The deadline covers the whole response, so a server that accepts the
 * connection but never answers, or stops in the middle, runs into it too.
 *
 * @throws Error if there is no answer in time, the status is not 2xx, the body is too large or the server is unreachable
 */
export async function fetchText(
  url: URL,
  options: {
    readonly accept: string;
    /** Maximum size of the decompressed body, in bytes */
    readonly maxBytes: number;
    /** Milliseconds until the whole body must have arrived. Default: 10 s */
    readonly deadlineMs?: number;
    /** Aborts the request before its deadline */
    readonly signal?: AbortSignal | undefined;
  },
): Promise<string> {
  const { accept, maxBytes, deadlineMs = DEADLINE_MS } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const answer = await fetch(url, { signal, headers: { accept } });
    const text = await bounded(answer, maxBytes);
    if (!answer.ok) throw new Error(`it answered ${answer.status}${quoted(text)}`);
    return text;
  } catch (error) {
    if (deadline.aborted) throw new Error(`no answer within ${deadlineMs / 1000} s`, { cause: error });
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new Error(`${errorText(error)}${cause}`, { cause: error });
  }
}

const quoted = (text: string): string => {
  const line = head(text.replaceAll(/\s+/g, ' ').trim(), MAX_QUOTED);
  return line === '' ? '' : `: ${line}`;
};

async function bounded(answer: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`it answered more than ${maxBytes / 1e6} MB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
