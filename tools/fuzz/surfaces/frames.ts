import { gzipSync } from 'node:zlib';
import { FrameEnd, parseFrame, PROTOCOL } from '../../../src/collect/powershell/frame.ts';
import { parseDocument } from '../../../src/document/parse.ts';
import { OperationalError } from '../../../src/errors.ts';
import { HOSTILE_TEXTS, mutateBytes, mutated, mutateJson, mutateText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { documentSeeds } from '../seeds.ts';
import { declared, invariant, type Surface } from '../surface.ts';

const LIMITS = { wireBytes: 256 * 1024, payloadBytes: 1024 * 1024 };
const ID = 7;
const WORDS = [
  '@HVSRIOV1 7 ok 4 ',
  '@HVSRIOV',
  ' ok ',
  ' error ',
  '@END',
  '=',
  '4294967296 ',
  'AAAA',
  ...HOSTILE_TEXTS,
];

const frame = (bytes: Buffer, id = ID, status = 'ok'): string => {
  const base64 = bytes.toString('base64');
  return `@HVSRIOV${PROTOCOL} ${id} ${status} ${base64.length} ${base64}@END`;
};

/** What a PowerShell child prints for one call. */
export function frames(): Surface {
  const payloads = documentSeeds().flatMap((documents) => documents.slice(0, 3));
  const packed = payloads.map((payload) => gzipSync(JSON.stringify(payload), { level: 1 }));
  const bomb = gzipSync(Buffer.alloc(4 * LIMITS.payloadBytes), { level: 1 });
  const error = gzipSync(JSON.stringify({ code: 'collect_failed', error: 'access denied' }));

  const bytesOf = (random: Random): Buffer => {
    if (random.chance(0.01)) return bomb;
    if (random.chance(0.1)) return mutated(error, random, 3, mutateBytes);
    if (random.chance(0.2)) return gzipSync(JSON.stringify(mutateJson(random.pick(payloads), random)), { level: 1 });
    const bytes = random.pick(packed);
    return random.chance(0.3) ? mutated(bytes, random, 3, mutateBytes) : bytes;
  };
  const outputOf = (random: Random): string => {
    let output = frame(bytesOf(random), random.chance(0.9) ? ID : random.below(9), random.pick(['ok', 'ok', 'error']));
    if (random.chance(0.3)) output = `${random.pick(WORDS)}${output}${random.pick(WORDS)}`;
    if (random.chance(0.2)) output = frame(random.pick(packed), random.below(9)) + output;
    return random.chance(0.5) ? mutated(output, random, 4, (text, by) => mutateText(text, by, WORDS)) : output;
  };

  return {
    name: 'frames',
    make(random) {
      const output = outputOf(random);
      const size = 1 + random.below(random.pick([3, 100, 5000]));
      return {
        input: output,
        async check() {
          invariant(
            new FrameEnd().reached(output) === inPieces(output, size),
            'the end of a frame depends on how its output is cut into pieces',
          );
          const read = await declared(
            [OperationalError],
            () => parseFrame(output, ID, LIMITS),
            (fault) => {
              const { code } = fault as OperationalError;
              invariant(/^[a-z][a-z0-9_]{0,63}$/.test(code), `not a code: ${code}`);
              invariant(fault.message.length <= 2000, `a message of ${fault.message.length} characters`);
            },
          );
          if (read === undefined) return 'refused';
          await declared([OperationalError], () => parseDocument(read.result));
          return 'accepted';
        },
      };
    },
  };
}

function inPieces(output: string, size: number): boolean {
  const end = new FrameEnd();
  for (let at = 0; at < output.length; at += size) if (end.reached(output.slice(at, at + size))) return true;
  return false;
}
