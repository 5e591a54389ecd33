import type { Part } from '../../document/document.ts';
import { BugError, UserError } from '../../errors.ts';
import { IMPORT } from './environment.ts';

/** The handshake is always request 1; polls count from 2. */
export const HANDSHAKE_ID = 1;
const FIRST_POLL_ID = 2;
/** The module takes the id as [int]. */
const LAST_ID = 2 ** 31 - 1;

/** The id after `id`. */
export const nextRequestId = (id: number): number => (id < FIRST_POLL_ID || id >= LAST_ID ? FIRST_POLL_ID : id + 1);

/** First line to a new PowerShell: imports the module and asks for its versions. */
export const HANDSHAKE_LINE = `${IMPORT}; Connect-HyperVSriov -RequestId ${HANDSHAKE_ID}`;

/** Asks for the module path, in a PowerShell of its own. */
export const MODULE_PATH_QUESTION = `${IMPORT}; Read-HyperVSriovModulePath -RequestId ${HANDSHAKE_ID}`;

export interface PartOptions {
  /** Read the guests' IP addresses too: personal data, so the administrator asks for it */
  readonly includeIpAddresses: boolean;
  /** Sources that are not to be read, by name */
  readonly excludeSources: readonly string[];
  /** How far back the event log is read, milliseconds */
  readonly withinMs: number;
}

/** What is asked of the module: one part of the host's state. */
export interface PartRequest extends PartOptions {
  readonly part: Part;
}

/** The line that asks a PowerShell prompt for a part. */
export function partLine(requestId: number, { part, ...options }: PartRequest): string {
  const words = [`Invoke-HyperVSriovPart -Part ${part} -RequestId ${requestId}`];
  if (options.includeIpAddresses && part === 'inventory') words.push('-IncludeIPAddresses');
  if (part === 'eventlog') words.push(`-WithinMs ${Math.ceil(options.withinMs)}`);
  if (options.excludeSources.length > 0) words.push(`-ExcludeSource '${options.excludeSources.join(',')}'`);
  return oneLine(words.join(' '));
}

/** The line that asks a served session for a part; see Start-HyperVSriovSession. */
export function servedLine(requestId: number, { part, ...options }: PartRequest): string {
  const words = [`${requestId} ${part}`];
  if (options.includeIpAddresses && part === 'inventory') words.push('ip-addresses');
  if (options.excludeSources.length > 0) words.push(`without=${options.excludeSources.join(',')}`);
  if (part === 'eventlog') words.push(`within=${Math.ceil(options.withinMs)}`);
  return oneLine(words.join(' '));
}

/** @throws {UserError} for a name that is no source name: it would become part of a command. */
export function assertSourceNames(names: readonly string[]): void {
  for (const name of names) {
    if (!/^[a-z_]{1,64}$/.test(name)) throw new UserError(`Not the name of a source: ${JSON.stringify(name)}`);
  }
}

/** PowerShell waits for more where a line opens a block, and reads other than ASCII in the host's code page. */
export function oneLine(line: string): string {
  if (!/^[\x20-\x7e]{1,32000}$/.test(line)) throw new BugError(`Not one ASCII line: ${JSON.stringify(line)}`);
  return line;
}
