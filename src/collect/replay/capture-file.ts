import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { PARTS } from '../../document/document.ts';
import { errorText, UserError } from '../../errors.ts';
import { unixMilliseconds } from '../../unix-time.ts';

/** The version of the file that this agent writes and the newest that it reads. */
export const CAPTURE_SCHEMA = 1;

/** Uncompressed; a document of 1,024 VMs is about 3 MB */
export const MAX_CAPTURE_BYTES = 256 * 1_048_576;
/** On disk: a larger file is not read at all. */
const MAX_FILE_BYTES = 64 * 1_048_576;
const MAX_DOCUMENTS = 100_000;
/** A hundred years in milliseconds */
const LONGEST = 100 * 366 * 86_400_000;

const recorded = z.object({
  part: z.enum(PARTS),
  /** When the document came, counted from the capture's start */
  offsetMs: z.number().nonnegative().max(LONGEST),
  /** A raw document, not yet validated, so that invalid output of a host can be examined */
  document: z.unknown(),
});
export type RecordedDocument = z.infer<typeof recorded>;

const captureSchema = z.object({
  schema: z.number().int().positive(),
  /** Version of the agent that recorded it */
  agent: z.string().max(100),
  /** Unix milliseconds */
  startedAt: unixMilliseconds,
  /** Oldest first */
  documents: z.array(recorded).min(1, { error: 'holds no document' }).max(MAX_DOCUMENTS),
});

/** What `capture` records of a host: gzip JSON on disk. */
export type Capture = z.infer<typeof captureSchema>;

/**
 * Makes a capture and writes it to a new file that only this account can read. It first checks that the file can be
 * written, before the host is read. The file is created only at the end, so that a failed or interrupted capture leaves
 * none.
 * @returns the size of the file in bytes
 * @throws UserError if the file exists or its folder does not; and what `make` throws
 */
export async function writeCapture(file: string, make: () => Promise<Capture>): Promise<number> {
  await createFile(file, async () => {});
  await rm(file);
  const bytes = gzipSync(JSON.stringify(await make()));
  await createFile(file, (handle) => handle.writeFile(bytes));
  return bytes.length;
}

async function createFile(file: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new UserError(
      exists ? `${file} is there already: give another name` : `${file} cannot be written (${errorText(error)})`,
    );
  });
  try {
    await fill(handle);
  } catch (error) {
    await rm(file, { force: true });
    throw new UserError(`${file} cannot be written (${errorText(error)})`);
  } finally {
    await handle.close();
  }
}

/**
 * A capture from the bytes of its file; `file` is its name for messages.
 * @param limit bytes of JSON: a file that unfolds to more is refused before it has
 * @throws UserError that names the fault
 */
export function decodeCapture(bytes: Uint8Array, file: string, limit = MAX_CAPTURE_BYTES): Capture {
  const fault = (text: string) => new UserError(`${file}: ${text}`);
  let json: string;
  try {
    json = gunzipSync(bytes, { maxOutputLength: limit }).toString('utf8');
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    throw fault(tooLarge ? `holds more than ${limit} bytes` : `is not a whole gzip file (${errorText(error)})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw fault('is gzip, but what it holds is not JSON');
  }
  const schema: unknown = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'number' && schema > CAPTURE_SCHEMA)
    throw fault(`is a capture of schema ${schema}; this agent reads up to ${CAPTURE_SCHEMA}. Update the agent.`);
  const parsed = captureSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.map(String).join('.') ?? '';
    throw fault(
      `is not a recording made by capture: ${path === '' ? '' : `${path}: `}${issue?.message ?? 'unknown fault'}`,
    );
  }
  return { ...parsed.data, documents: parsed.data.documents.toSorted((a, b) => a.offsetMs - b.offsetMs) };
}

/** Reads a capture file. Rejects with UserError that names the file and the fault. */
export async function readCapture(file: string): Promise<Capture> {
  const cannot = (error: unknown): never => {
    throw new UserError(`${file}: cannot be read (${errorText(error)})`);
  };
  const about = await stat(file).catch(cannot);
  if (!about.isFile()) throw new UserError(`${file}: is not a file`);
  if (about.size > MAX_FILE_BYTES)
    throw new UserError(`${file}: has ${about.size} bytes, more than the ${MAX_FILE_BYTES} of any recording`);
  return decodeCapture(await readFile(file).catch(cannot), file);
}
