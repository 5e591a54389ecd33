import { gzipSync } from 'node:zlib';
import { decodeCapture } from '../../../src/collect/replay/capture-file.ts';
import { parseDocument } from '../../../src/document/parse.ts';
import { OperationalError, UserError } from '../../../src/errors.ts';
import { mutateBytes, mutated, mutateJson } from '../mutate.ts';
import type { Random } from '../random.ts';
import { captures as captureSeeds } from '../seeds.ts';
import { openServer, viewOf } from '../served.ts';
import { declared, invariant, type Surface } from '../surface.ts';

const LIMIT = 4 * 1024 * 1024;
/** As many as show all parts twice */
const MAX_DOCUMENTS = 10;

interface Capture {
  readonly documents: readonly unknown[];
}

/** Capture files, replayed. */
export async function captures(): Promise<Surface> {
  const server = await openServer();
  const seeds = captureSeeds().map((bytes) => {
    const capture = JSON.parse(bytes.toString('utf8')) as Capture;
    return { ...capture, documents: capture.documents.slice(0, MAX_DOCUMENTS) };
  });
  const files = seeds.map((capture) => gzipSync(JSON.stringify(capture), { level: 1 }));
  const bomb = gzipSync(Buffer.alloc(2 * LIMIT), { level: 1 });
  const fileOf = (random: Random): Buffer => {
    if (random.chance(0.002)) return bomb;
    if (random.chance(0.2)) return mutated(random.pick(files), random, 3, mutateBytes);
    const changed = mutated<unknown>(random.pick(seeds), random, 6, mutateJson);
    return gzipSync(JSON.stringify(changed) ?? '', { level: 1 });
  };
  return {
    name: 'captures',
    make(random) {
      const bytes = fileOf(random);
      return {
        input: bytes.toString('base64'),
        async check() {
          const read = await declared(
            [UserError],
            () => decodeCapture(bytes, 'a.json.gz', LIMIT),
            ({ message }) => invariant(message.startsWith('a.json.gz: '), `the file is not named: ${message}`),
          );
          if (read === undefined) return 'refused';
          const documents = read.result.documents.map(({ document }) => document);
          const parsed = await declared([OperationalError], () => documents.map(parseDocument));
          if (parsed !== undefined) await server.look({ view: viewOf(parsed.result) }, random);
          return 'accepted';
        },
      };
    },
    close: () => server.close(),
  };
}
