import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { errorText, OperationalError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createTrends, mapRings, type SavedTrends, TREND_RINGS, TREND_SHAPES, type Trends } from '../trend/trends.ts';
import { saveEvery } from './save-timer.ts';
import type { Saves } from './saves.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const FILE = 'trends.gz';
/** Some megabytes on a large host: less often than the history */
const SAVE_MS = 5 * 60_000;
const TREND_SCHEMA = 1;
const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** What the largest rings take, and as much again for ids and times. */
const MAX_BYTES =
  2 *
  TREND_RINGS.reduce((total, name) => {
    const { steps, columns, ids } = TREND_SHAPES[name];
    return total + steps * columns * ids * FLOAT;
  }, 0);

const ring = z.object({
  step: z.number().positive(),
  columns: z.number().int().min(1).max(16),
  steps: z.array(z.number().int().nonnegative()).max(10_000),
  ids: z.array(z.string().max(100)).max(10_000),
});
const header = z.object({ schema: z.literal(TREND_SCHEMA), rings: z.object(mapRings(() => ring)) });

export interface KeptTrends {
  readonly trends: Trends;
  /** Saves once more and ends. Never rejects. */
  close(): Promise<void>;
}

/**
 * The charts' values with what the former run saved in `folder`, saved again every five minutes and at the end; in memory
 * only without a folder. A file that cannot be used is reported and the charts start empty.
 * @param phaseMs when within five minutes they are saved, milliseconds
 */
export async function openTrends(
  folder: string | undefined,
  now: number,
  log: Pick<Log, 'warn'>,
  saves: Pick<Saves, 'run'>,
  phaseMs?: number,
): Promise<KeptTrends> {
  const trends = createTrends();
  if (folder === undefined) return { trends, close: () => Promise.resolve() };
  try {
    const saved = await readTrends(folder);
    if (saved !== undefined) trends.restore(saved, now);
  } catch (error) {
    log.warn({ error: errorText(error) }, 'the saved values of the charts cannot be used; the charts start empty');
  }
  const save = async (): Promise<void> => {
    await saves.run('charts', folder, () => writeTrends(folder, trends.save()));
  };
  const endSaving = saveEvery(SAVE_MS, phaseMs, () => void save());
  return {
    trends,
    close() {
      endSaving();
      return save();
    },
  };
}

/** A line of JSON with shapes, times and ids, then the numbers as 32-bit floats, little-endian; gzipped. */
export async function writeTrends(folder: string, saved: SavedTrends): Promise<void> {
  const rings = mapRings((name) => {
    const { step, columns, steps, ids } = saved[name];
    return { step, columns, steps, ids };
  });
  const numbers = TREND_RINGS.map((name) => {
    const { buffer, byteOffset, byteLength } = saved[name].values;
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  const content = Buffer.concat([Buffer.from(`${JSON.stringify({ schema: TREND_SCHEMA, rings })}\n`), ...numbers]);
  await writeStateFile(folder, FILE, await promisify(gzip)(content, { level: 1 }));
}

/**
 * What a former run saved; undefined where there is no such file.
 * @throws OperationalError `trends_invalid` where the file is damaged or of another version; what readStateFile throws
 * where it cannot be read
 */
export async function readTrends(folder: string): Promise<SavedTrends | undefined> {
  const file = await readStateFile(folder, FILE, MAX_BYTES);
  if (file === undefined) return undefined;
  const content = await promisify(gunzip)(file, { maxOutputLength: MAX_BYTES }).catch((cause: unknown) => {
    throw new OperationalError('trends_invalid', `${FILE} cannot be unpacked`, { cause });
  });
  return parse(content);
}

function parse(content: Buffer): SavedTrends {
  const end = content.indexOf(0x0a);
  const parsed = header.safeParse(jsonOf(content.toString('utf8', 0, Math.max(0, end))));
  if (!parsed.success) throw new OperationalError('trends_invalid', `${FILE} has a header that is not understood`);
  const { rings } = parsed.data;
  const lengthOf = (name: keyof SavedTrends) => rings[name].columns * rings[name].steps.length * rings[name].ids.length;
  if (TREND_RINGS.reduce((total, name) => total + lengthOf(name), 0) * FLOAT !== content.length - end - 1)
    throw new OperationalError('trends_invalid', `${FILE} is not as long as its header says`);
  // Copied, since an array of 32-bit numbers must begin at a multiple of four bytes.
  const numbers = new Float32Array(Uint8Array.from(content.subarray(end + 1)).buffer);
  let at = 0;
  return mapRings((name) => {
    const values = numbers.subarray(at, (at += lengthOf(name)));
    return { ...rings[name], values };
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
