import type { z } from 'zod';
import { errorText, OperationalError, UserError } from '../errors.ts';
import { fetchText } from '../http-client/fetch-text.ts';
import { parseBoundedJson } from '../text/bounded-json.ts';
import { head } from '../text/redact.ts';
import { visible } from '../text/visible.ts';

/** A host with thousands of virtual NICs is explained in a few MB. */
const MAX_BYTES = 64_000_000;
/** What is said of an answer of another shape */
const MAX_QUOTED = 200;

/**
 * Asks the API of a running exporter.
 * @param url its address, as --url gives it
 * @param query parameters; undefined ones are left out
 * @throws UserError for what is no address; OperationalError `exporter_unreachable` without an answer of that shape
 */
export async function ask<T>(
  url: string,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  schema: z.ZodType<T>,
): Promise<T> {
  const base = url.replace(/\/$/, '');
  if (!/^https?:/.test(base) || !URL.canParse(base))
    throw new UserError(`--url ${visible(url)}: an address like http://localhost:10182 is needed`);
  const address = new URL(`${base}${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, value);
  let answer: unknown;
  try {
    answer = parseBoundedJson(await fetchText(address, { accept: 'application/json', maxBytes: MAX_BYTES }));
  } catch (error) {
    throw new OperationalError('exporter_unreachable', `${address.href} could not be read: ${errorText(error)}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [{ path: keys, message } = { path: [], message: '' }] = parsed.error.issues;
  throw new OperationalError(
    'exporter_unreachable',
    `${address.href} did not answer as an exporter of this version does: ${head(`${keys.map(String).join('.')}: ${message}`, MAX_QUOTED)}`,
  );
}
