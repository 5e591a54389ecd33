import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { run } from '../../../src/cli/program.ts';
import { createHttpReader } from '../../../src/collect/http/reader.ts';
import { parseDocument } from '../../../src/document/parse.ts';
import { EXIT, OperationalError } from '../../../src/errors.ts';
import { toAnswer } from '../../../src/http/routes/explain.ts';
import { driftAnswer } from '../../../src/http/routes/fleet.ts';
import { placementAnswer } from '../../../src/http/routes/placement.ts';
import { answersOf } from '../../../src/cluster/answers.ts';
import { placementsOf } from '../../../src/cluster/placement.ts';
import { explain } from '../../../src/report/explain.ts';
import { placeAssets } from '../../place-assets.ts';
import { atOnce } from '../../../src/turn.ts';
import { mutateBytes, mutated, mutateJson } from '../mutate.ts';
import type { Random } from '../random.ts';
import { clusterSeeds, NOON } from '../seeds.ts';
import { viewOf } from '../served.ts';
import { declared, invariant, type Surface } from '../surface.ts';

const clock = { now: () => NOON, monotonic: () => 0 };
/** What a terminal acts on, beside the ends of lines */
const UNSEEN = /(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
/** An error is read by a person */
const MAX_ERROR = 4000;
const CODES: ReadonlySet<number> = new Set([EXIT.ok, EXIT.fault, EXIT.fallback, EXIT.unknown, EXIT.usage]);

interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * What another agent or collector answers, or whatever listens there instead: documents that a collector reads (`via: http`),
 * and what the commands with --url ask for.
 */
export async function remoteAnswers(): Promise<Surface> {
  placeAssets();
  let sent: Sent = { status: 500, headers: {}, body: Buffer.alloc(0) };
  const server = createServer((_, response) => response.writeHead(sent.status, sent.headers).end(sent.body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reader = createHttpReader({ name: 'hv01', url }, { clock });

  const documents = clusterSeeds();
  const views = documents.map((each) => viewOf(each.map(parseDocument)));
  const cluster = answersOf(
    'a',
    views.map((view, index) => ({ name: `hv0${index + 1}`, view })),
  );
  const vm = cluster.nodes.flatMap(({ vms }) => vms)[0]?.name ?? '';
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const explanations = views.flatMap((view) => [undefined, vm].map((of) => plain(toAnswer(explain(view, of)))));
  const asked: readonly { readonly args: readonly string[]; readonly answers: readonly unknown[] }[] = [
    { args: ['explain'], answers: explanations },
    { args: ['explain', '--vm', vm], answers: explanations },
    { args: ['explain', '--json'], answers: explanations },
    { args: ['placement', '--vm', vm], answers: [plain(placementAnswer(atOnce(placementsOf(vm, [cluster]))))] },
    {
      args: ['drift'],
      answers: [plain({ targets: [], found: [], clusters: [{ ...driftAnswer(cluster), failover: [] }] })],
    },
  ];

  const sentOf = (answer: unknown, random: Random): Sent => {
    const text = Buffer.from(JSON.stringify(mutated(answer, random, 4, mutateJson)) ?? '');
    const bytes = random.chance(0.2) ? mutated(text, random, 3, mutateBytes) : text;
    const packed = random.chance(0.2);
    const body = packed ? gzipSync(bytes, { level: 1 }) : bytes;
    return {
      status: random.chance(0.9) ? 200 : random.pick([204, 301, 401, 403, 404, 429, 500, 503]),
      headers: {
        'content-type': random.pick(['application/json', 'text/html']),
        ...(packed ? { 'content-encoding': 'gzip' } : {}),
        ...(random.chance(0.05)
          ? { location: random.pick(['/', 'file:///etc/passwd', '//[', 'http://127.0.0.1:1/']) }
          : {}),
      },
      body: packed && random.chance(0.2) ? mutated(body, random, 3, mutateBytes) : body,
    };
  };

  async function readDocument(): Promise<boolean> {
    const read = await declared(
      [OperationalError],
      async () => parseDocument(await reader.read('inventory', AbortSignal.timeout(60_000))),
      ({ message }) => invariant(message.length <= MAX_ERROR, `a message of ${message.length} characters`),
    );
    return read !== undefined;
  }

  async function runCommand(args: readonly string[]): Promise<boolean> {
    let out = '';
    let err = '';
    const code = await run([...args, '--url', url], {
      environment: {},
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    invariant(CODES.has(code), `exit code ${code}: ${err}`);
    invariant(!UNSEEN.test(out), `a control character is printed: ${JSON.stringify(UNSEEN.exec(out))}`);
    invariant(!UNSEEN.test(err), 'a control character in an error');
    invariant(err.length <= MAX_ERROR, `an error of ${err.length} characters`);
    invariant(code !== EXIT.fault || err !== '', 'no error is printed');
    return err === '';
  }

  return {
    name: 'remote-answers',
    make(random) {
      const command = random.chance(0.7) ? random.pick(asked) : undefined;
      const made = sentOf(random.pick(command?.answers ?? documents.flat()), random);
      return {
        input: { args: command?.args, status: made.status, headers: made.headers, body: made.body.toString('latin1') },
        async check() {
          sent = made;
          return (await (command === undefined ? readDocument() : runCommand(command.args))) ? 'accepted' : 'refused';
        },
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
