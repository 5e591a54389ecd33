import { errorText } from './errors.ts';

const DEADLINE_MS = 10_000;
/** How much of an error answer is quoted */
const MAX_QUOTED = 200;

/**
 * GETs a text from another program. The deadline covers the whole answer: one that accepts and never answers, or stops
 * in the middle, ends it too.
 *
 * @throws Error with one sentence: no answer in time, not a 2xx status, too large, or not reachable
 */
export async function fetchText(
  url: URL,
  options: {
    readonly accept: string;
    /** Bytes of the answer, decompressed */
    readonly maxBytes: number;
    /** Milliseconds until the whole answer must be there; 10 s unless given */
    readonly deadlineMs?: number;
    /** Ends it before its deadline */
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
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_QUOTED);
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
