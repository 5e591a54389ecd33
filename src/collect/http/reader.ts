import type { Clock } from '../../clock.ts';
import { DOCUMENT_SCHEMA, type Part } from '../../document/document.ts';
import { errorText, OperationalError, quoted } from '../../errors.ts';
import { type Access, type AccessConfig, openAccess } from '../../http-client/access.ts';
import { FetchError } from '../../http-client/exchange.ts';
import { fetchText } from '../../http-client/fetch-text.ts';
import { boundedJsonInSteps } from '../../text/bounded-json.ts';
import { inSlices } from '../../turn.ts';
import { answerBudget, droppedText } from '../answer-budget.ts';
import type { HostReader } from '../host-reader.ts';
import { targetNameFault } from '../target-name.ts';

/** An agent that is read over its own HTTP API. */
export interface HttpTarget extends Pick<AccessConfig, 'basic_auth' | 'tls'> {
  /** What it is called in messages, labels and folders */
  readonly name: string;
  /** Where the agent listens, with its path prefix if it has one */
  readonly url: string;
}

export interface HttpTargetFault {
  readonly key: 'name' | 'url';
  readonly message: string;
}

/** A document of 1,024 VMs is about 3 MB */
const MAX_BYTES = 32 * 1024 * 1024;
/** An agent answers from memory. */
const DEADLINE_MS = 30_000;

/** Why a target cannot be read over HTTP. Empty: it can. */
export function httpTargetFaults({ name, url }: HttpTarget): readonly HttpTargetFault[] {
  const faults: HttpTargetFault[] = [];
  const nameFault = targetNameFault(name);
  if (nameFault !== undefined) faults.push({ key: 'name', message: nameFault });
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    faults.push({ key: 'url', message: `${quoted(url)} is no http:// or https:// URL` });
  else if (/[@?#]/.test(url))
    faults.push({
      key: 'url',
      message: 'must be scheme, host, port and path only: a user and the file of its password go into basic_auth',
    });
  return faults;
}

/**
 * A Hyper-V host through the agent that runs on it: each read gets the document of the agent's last poll of the part. The
 * agent polls on its own schedule, so a document may be as old as the agent's interval, and may be read twice.
 */
export function createHttpReader(target: HttpTarget, { clock }: { readonly clock: Clock }): HostReader {
  const base = target.url.replace(/\/$/, '');
  return {
    kind: 'http',
    clock,
    async read(part, signal) {
      const url = new URL(`${base}/api/v1/document`);
      url.searchParams.set('part', part);
      let text: string;
      const dropped = new AbortController();
      const held = answerBudget.hold(() => dropped.abort());
      try {
        text = await fetchText(url, {
          accept: 'application/json',
          maxBytes: MAX_BYTES,
          deadlineMs: DEADLINE_MS,
          signal: AbortSignal.any([signal, dropped.signal]),
          received: (bytes) => held.add(bytes),
          // With an access, no redirect is followed: a target must not send the collector elsewhere.
          access: accessOf(target),
        });
      } catch (error) {
        if (dropped.signal.aborted) throw fault(target, 'answer_too_large', droppedText(answerBudget), error);
        throw explain(target, error);
      } finally {
        held.release();
      }
      if (text === '') return emptyDocument(part, clock.now());
      try {
        return await inSlices(boundedJsonInSteps(text));
      } catch (error) {
        if (error instanceof RangeError)
          throw fault(target, 'answer_too_large', `${error.message}, which no document has`, error);
        throw fault(
          target,
          'no_agent',
          `something else than an agent answers at ${target.url}: it sent no JSON`,
          error,
        );
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Of a part that the agent does not read (204): nothing is known of it, and nothing is wrong. */
const emptyDocument = (part: Part, now: number) => ({
  schema: DOCUMENT_SCHEMA,
  part,
  takenAt: Math.floor(now),
  sources: {},
});

function accessOf(target: HttpTarget): Access {
  try {
    return openAccess(target);
  } catch (error) {
    throw fault(target, 'credential_unreadable', errorText(error), error);
  }
}

const fault = ({ name, url }: HttpTarget, code: string, text: string, cause: unknown): OperationalError =>
  new OperationalError(code, `${name} (${url}): ${text}`, { cause });

/** Node's codes of a connection that does not come about */
const CONNECTION: readonly (readonly [pattern: RegExp, code: string, text: string])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'name_unknown', "the name has no address: check the URL and this machine's DNS"],
  [/^ECONNREFUSED$/, 'connection_refused', 'nothing listens there: does the agent run, and is the port right'],
  [
    /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/,
    'connect_timeout',
    'no answer: is the host up, does its firewall let this machine through',
  ],
  [
    /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/,
    'certificate_refused',
    'its certificate is not accepted: tls.ca_file must hold the authority that signed it, and tls.server_name its name where that is not the one in the URL',
  ],
  [
    /^(?:EPROTO|ERR_SSL_|HPE_)/,
    'no_agent',
    'something else than an agent answers: is it http:// or https://, and is the port right',
  ],
  [/^TOO_LARGE$/, 'answer_too_large', `it answered more than ${MAX_BYTES / 1_048_576} MB, which no agent does`],
];

/** Why there is no document, for the person who can change that. */
function explain(target: HttpTarget, error: unknown): OperationalError {
  if (error instanceof OperationalError) return error;
  const { status, code = '' } = error instanceof FetchError ? error : {};
  const message = errorText(error);
  const say = (name: string, text: string) => fault(target, name, `${text} (${message})`, error);
  if (status === 401 || status === 403)
    return say(
      'not_authorized',
      'the agent refuses the user: check basic_auth, the file of its password, or the client certificate',
    );
  if (status === 404)
    return say(
      'no_agent',
      'there is no /api/v1/document: an agent older than this collector, a collector, or another program',
    );
  if (status !== undefined && status >= 300 && status <= 399)
    return say('no_agent', 'it sends the collector to another address, which is not followed: give that one as url');
  if (status === 503) return say('agent_cannot_read', 'the agent has no current document of its host');
  if (status !== undefined) return say('no_agent', 'the agent did not answer with a document');
  const known = CONNECTION.find(([pattern]) => pattern.test(code));
  return known === undefined ? say('connect_failed', 'there is no answer') : say(known[1], known[2]);
}
