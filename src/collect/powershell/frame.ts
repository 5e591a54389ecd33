import { gunzipSync } from 'node:zlib';
import { errorText, OperationalError } from '../../errors.ts';
import { boundedJsonInSteps } from '../../text/bounded-json.ts';
import { head } from '../../text/redact.ts';
import { atOnce, type Steps } from '../../turn.ts';

/** The protocol between agent and module; a frame of another number is refused by name. */
export const PROTOCOL = 1;

/** Caps on what one answer may weigh. 1,024 VMs with two vNICs each need about 2 MB on the wire. */
export const FRAME_LIMITS = {
  /** base64 characters on the wire; also the cap on all that the child may print for one call */
  wireBytes: 32 * 1024 * 1024,
  /** JSON after decompression: about 3 MB for 1,024 VMs */
  payloadBytes: 32 * 1024 * 1024,
} as const;
export interface FrameLimits {
  readonly wireBytes: number;
  readonly payloadBytes: number;
}

const HEADER = /@HVSRIOV(\d{1,9}) (\d{1,10}) (ok|error) (\d{1,10}) /g;
/** Ends a frame. */
export const FRAME_END = '@END';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Late answers and echoes are few. Each header is an error to make, and 32 MB hold two million of them. */
const MAX_CANDIDATES = 100;

/** A header is not longer than this. */
const HEADER_LENGTH = 64;

/** Finds the end of the first frame in output that comes in pieces. */
export class FrameEnd {
  #tail = '';
  /** Characters of the frame that have not come yet */
  #missing: number | undefined;

  /** Returns whether the frame is complete, or so long that no more of it is wanted. */
  reached(chunk: string): boolean {
    if (this.#missing === undefined) {
      const text = this.#tail + chunk;
      const header = /@HVSRIOV\d{1,9} \d{1,10} (?:ok|error) (\d{1,10}) /.exec(text);
      if (header === null) {
        this.#tail = text.slice(-HEADER_LENGTH);
        return false;
      }
      const length = Number(header[1]);
      if (length > FRAME_LIMITS.wireBytes) return true;
      this.#missing = header.index + header[0].length + length + FRAME_END.length - text.length;
    } else this.#missing -= chunk.length;
    return this.#missing <= 0;
  }
}

/**
 * The payload of the frame `@HVSRIOV1 <requestId> <ok|error> <length> <base64(gzip(UTF-8 JSON))>@END` that answers
 * `requestId`, wherever it is in `output`: warnings, echoes and late answers to earlier requests may surround it.
 *
 * An error frame is thrown as the OperationalError that it carries. Where no valid frame is found the error's code
 * says what was wrong with the best candidate: `frame_missing`, `frame_wrong_id`, `protocol_mismatch`,
 * `frame_truncated`, `frame_bad_base64`, `frame_bad_gzip`, `frame_bad_json`, `frame_too_large`.
 */
export const parseFrame = (output: string, requestId: number, limits: FrameLimits = FRAME_LIMITS): unknown =>
  atOnce(frameInSteps(output, requestId, limits));

/** The same, with pauses: the answer of a host with a thousand VMs takes tens of milliseconds. */
export function* frameInSteps(output: string, requestId: number, limits: FrameLimits = FRAME_LIMITS): Steps<unknown> {
  let fault: OperationalError | undefined;
  let candidates = 0;
  for (const header of output.matchAll(HEADER)) {
    candidates += 1;
    if (candidates > MAX_CANDIDATES) break;
    const candidate = yield* readCandidate(output, header, requestId, limits);
    if (!(candidate instanceof OperationalError)) {
      if (candidate.ok) return candidate.payload;
      throw reportedError(candidate.payload);
    }
    // What is wrong with a frame for this request says more than a stray one for another.
    if (fault === undefined || fault.code === 'frame_wrong_id') fault = candidate;
  }
  throw fault ?? new OperationalError('frame_missing', `PowerShell answered without a frame${quote(output)}`);
}

function* readCandidate(
  output: string,
  header: RegExpExecArray,
  requestId: number,
  limits: FrameLimits,
): Steps<OperationalError | { ok: boolean; payload: unknown }> {
  const [matched, protocol, id, status, lengthText] = header;
  if (Number(protocol) !== PROTOCOL) {
    const text = `The PowerShell module speaks protocol ${protocol}, this agent ${PROTOCOL}: install the module of this agent`;
    return new OperationalError('protocol_mismatch', text);
  }
  if (Number(id) !== requestId) {
    return new OperationalError('frame_wrong_id', `PowerShell answered request ${id}, ${requestId} was asked`);
  }
  const length = Number(lengthText);
  if (length > limits.wireBytes) {
    return new OperationalError('frame_too_large', `The answer has ${length} bytes, the limit is ${limits.wireBytes}`);
  }
  const start = header.index + matched.length;
  const base64 = output.slice(start, start + length);
  if (!output.startsWith(FRAME_END, start + length)) {
    return new OperationalError('frame_truncated', `The answer should have ${length} bytes and does not end there`);
  }
  if (!BASE64.test(base64) || length % 4 !== 0) {
    return new OperationalError('frame_bad_base64', 'The answer is not base64: other output got into it');
  }
  return { ok: status === 'ok', payload: yield* decode(Buffer.from(base64, 'base64'), limits) };
}

/**
 * gzip has a CRC32 of its content, so a frame that was altered is not accepted. A fault ends the search for a frame: output
 * may have hundreds of frames, and each could take as long to unpack as the limit allows.
 */
function* decode(bytes: Buffer, limits: FrameLimits): Steps<unknown> {
  yield;
  let text: Buffer;
  try {
    text = gunzipSync(bytes, { maxOutputLength: limits.payloadBytes });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge
      ? new OperationalError('frame_too_large', `The answer has more than ${limits.payloadBytes} bytes unpacked`)
      : new OperationalError('frame_bad_gzip', `The answer cannot be unpacked: ${errorText(error)}`, { cause: error });
  }
  yield;
  try {
    return yield* boundedJsonInSteps(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (error) {
    if (error instanceof RangeError)
      throw new OperationalError('frame_too_large', `The answer is too large: ${error.message}`, { cause: error });
    throw new OperationalError('frame_bad_json', `The answer is not JSON: ${errorText(error)}`, { cause: error });
  }
}

/** Payload of an error frame: {"error": text, "code": snake_case}. */
function reportedError(payload: unknown): OperationalError {
  const field = (name: string): unknown =>
    typeof payload === 'object' && payload !== null
      ? Object.entries(payload).find(([key]) => key === name)?.[1]
      : undefined;
  const code = field('code');
  const message = field('error');
  return new OperationalError(
    typeof code === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : 'module_error',
    `The PowerShell module failed: ${typeof message === 'string' ? head(message, 1000) : 'no reason given'}`,
    { quotesWindows: true },
  );
}

function quote(output: string): string {
  const text = head(output.slice(0, 2000).replaceAll(/\s+/g, ' ').trim(), 200);
  return text === '' ? ' (no output at all)' : `: ${text}`;
}
