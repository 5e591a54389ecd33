import { Command, InvalidArgumentError } from 'commander';
import { byPart } from '../document/document.ts';
import { anonymise, type Anonymised } from '../collect/replay/anonymise.ts';
import { writeCapture } from '../collect/replay/capture-file.ts';
import { pseudonymKey } from '../collect/replay/key-file.ts';
import type { PseudonymKind } from '../collect/replay/pseudonyms.ts';
import { record } from '../collect/replay/record.ts';
import { REASON_FRAGMENTS } from '../diagnosis/reasons/host.ts';
import { visible } from '../text/visible.ts';
import { openLogger } from '../log.ts';
import type { CommandContext } from './context.ts';
import { type Chosen, targetOf, withTarget } from './target.ts';
import { openReader } from './reader.ts';
import { waitingFor } from './waiting.ts';

const MAX_POLLS = 1000;
const SHOWN_TEXTS = 20;

interface CaptureOptions {
  readonly keepNames?: boolean;
  readonly keyFile?: string;
  readonly polls: number;
}

/** `capture FILE`: records the raw documents of the host, without names that identify it. */
export function captureCommand(context: CommandContext): Command {
  const command = withTarget(
    new Command('capture')
      .description(
        'Record the host in a file for --source replay or for a support case. Names and addresses are replaced.',
      )
      .argument('<file>', 'The file to write. It must not exist yet.'),
  )
    .option('--polls <number>', 'Number of times to read the host, one activity interval apart.', polls, 2)
    .option('--keep-names', 'Do not replace names, GUIDs, MACs and IP addresses.')
    .option(
      '--key-file <path>',
      'File for the key of the replacement. A later capture with the same key gets the same replacement names.',
    );
  command.action(async (file: string) => {
    const { keepNames, keyFile, polls: count } = command.opts<CaptureOptions>();
    const chosen = await targetOf(command, context);
    const say = (line: string) => context.out(`${visible(line)}\n`);
    const lines: string[] = [];
    const bytes = await writeCapture(file, async () => {
      const key = pseudonymKey(keyFile);
      const capture = await read(chosen, context, count, say);
      const documents = `${capture.documents.length} documents`;
      if (keepNames === true) {
        lines.push(documents, 'nothing was replaced: the file contains names and addresses');
        return capture;
      }
      const done = anonymise(capture, key, REASON_FRAGMENTS);
      lines.push(documents, ...summary(done, keyFile));
      return done.capture;
    });
    const [documents = '', ...rest] = lines;
    for (const line of [`${file}: ${documents}, ${bytes} bytes`, ...rest]) say(line);
  });
  return command;
}

function polls(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_POLLS)
    throw new InvalidArgumentError(`must be a whole number from 1 to ${MAX_POLLS}.`);
  return count;
}

async function read(chosen: Chosen, context: CommandContext, count: number, say: (line: string) => void) {
  const { config, target } = chosen;
  context.progress('reading the host');
  const { move, wait } = waitingFor(config.source);
  const log = await openLogger({ ...config.log, level: 'error' });
  const reader = await openReader(chosen, context, log, { target, move });
  try {
    await wait(reader.settleMs ?? 0);
    return await record(reader, {
      polls: count,
      everyMs: config.poll.activity.interval,
      without: new Set(config.sources.disabled),
      deadlineMs: byPart((part) => config.poll[part].deadline),
      agent: context.version,
      wait,
      onProgress(line) {
        say(line);
        context.progress(`${line}, waiting for the next reading`);
      },
    });
  } finally {
    await reader.close();
  }
}

const KINDS: Readonly<Record<PseudonymKind, string>> = {
  vm: 'VM names',
  vswitch: 'vSwitch names',
  vnic: 'vNIC names',
  nic: 'NIC connection names',
  team: 'team names',
  host: 'host names',
  domain: 'domain names',
  name: 'other names',
  guid: 'GUIDs',
  mac: 'MAC addresses',
  ip: 'IP addresses',
};

function* summary({ replaced, dropped, texts }: Anonymised, keyFile: string | undefined): Generator<string> {
  const counts = Object.entries(KINDS).map(([kind, name]) => `${replaced.get(kind as PseudonymKind) ?? 0} ${name}`);
  yield `replaced: ${counts.join(', ')}`;
  yield keyFile === undefined
    ? 'the next capture gets different replacement names; to compare captures, use the same --key-file for each'
    : `the key is in ${keyFile}: keep it secret`;
  for (const [path, count] of dropped)
    yield `left out, because this agent does not know what it contains: ${path} (${count})`;
  const messages = [...texts].filter((text) => text.trim() !== '');
  if (messages.length === 0) return;
  yield 'the file contains these messages of Windows; check that none contains a name:';
  for (const text of messages.slice(0, SHOWN_TEXTS)) yield `  ${text}`;
  if (messages.length > SHOWN_TEXTS) yield `  and ${messages.length - SHOWN_TEXTS} more`;
}
