import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import type { DemoReader } from '../simulated-host/reader.ts';
import { guestExposition } from '../simulated-host/guest-exporter.ts';
import { guestDevices } from '../measure/guest/devices.ts';
import { readGuest } from '../measure/guest/read.ts';
import type { HostReader } from '../collect/host-reader.ts';
import { BYTES_FROM, type TrafficCost } from '../measure/cost.ts';
import { visible, visibleJson } from '../text/visible.ts';
import { errorText, OperationalError, UserError } from '../errors.ts';
import { readTextFile } from '../files/text.ts';
import type { CommandContext } from './context.ts';
import { openOneShot } from './one-shot.ts';
import { withOutput } from './output.ts';
import { costTable } from '../measure/cost-table.ts';
import { type ReadGuest, sample } from '../measure/sample.ts';
import { targetOf, withTarget } from './target.ts';

const MAX_SECONDS = 86_400 * 7;

interface MeasureOptions {
  readonly vm: string;
  readonly seconds: string;
  readonly compare?: string;
  readonly guestExporter?: string;
  readonly json?: boolean;
  readonly out?: string;
}

/**
 * `measure`: the CPU cost of a VM's traffic on its current path, optionally compared with an earlier run on another
 * path.
 */
export function measureCommand(context: CommandContext): Command {
  const command = withTarget(
    new Command('measure').description(
      "Measure what a VM's traffic costs on its path: guest CPU, root CPU, throughput.",
    ),
  )
    .requiredOption('--vm <name>', 'The VM, by name or id.')
    .option('--seconds <number>', 'How long to measure.', '60')
    .option('--compare <file>', 'Compare with an earlier run (made with --out).')
    .option('--guest-exporter <url>', 'Read the transferred bytes from windows_exporter or node_exporter in the guest.')
    .option('--out <file>', 'Write the run to a file, for --compare.')
    .option('--json', 'Print JSON.');
  withOutput(command).action(async () => {
    const options = command.opts<MeasureOptions>();
    const earlier = options.compare === undefined ? undefined : readRun(options.compare);
    const seconds = secondsOf(options.seconds);
    const chosen = await targetOf(command, context);
    const { config, target } = chosen;
    const url = options.guestExporter === undefined ? undefined : guestUrl(options.guestExporter);
    if (url !== undefined && (config.source === 'demo' || config.source === 'replay'))
      throw new UserError(
        '--guest-exporter needs a real host: a simulated host has its own guest exporter, and a recording has none',
      );
    const interrupted = new AbortController();
    const onSignal = () => interrupted.abort();
    process.once('SIGINT', onSignal);
    const host = await openOneShot(chosen, context, { target });
    try {
      context.progress(
        `reading ${target?.name ?? (config.source === 'powershell' ? 'the host' : `the host (${config.source})`)}`,
      );
      const onProgress = (cost: TrafficCost) => context.progress(progressOf(cost, seconds));
      const cost = await sample(host, options.vm, seconds, guestOf(host.reader, url), interrupted.signal, onProgress);
      context.progress(undefined);
      if (options.out !== undefined) writeRun(options.out, cost);
      context.out(
        options.json === true ? `${visibleJson({ ...cost, ...(earlier && { earlier }) })}\n` : costTable(cost, earlier),
      );
    } finally {
      process.off('SIGINT', onSignal);
      await host.close();
    }
  });
  return command;
}

const progressOf = ({ vm, seconds, guestCpu, bytesPerSecond }: TrafficCost, of: number): string =>
  [
    `${visible(vm)}: ${Math.round(seconds)} of ${of} s`,
    guestCpu === undefined ? '' : `guest CPU ${(guestCpu * 100).toFixed(1)} %`,
    bytesPerSecond === undefined ? '' : `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`,
  ]
    .filter((part) => part !== '')
    .join(', ');

function guestOf(reader: HostReader, url: URL | undefined): ReadGuest {
  if (isDemo(reader))
    return (vmId) => {
      const at = reader.clock.now();
      const devices = guestDevices(guestExposition(reader.world, vmId, at));
      return Promise.resolve({ at, from: 'simulated guest exporter', devices });
    };
  if (url === undefined) return undefined;
  return async () => {
    const devices = await readGuest(url);
    return { at: reader.clock.now(), from: 'guest exporter', devices };
  };
}

const isDemo = (reader: HostReader): reader is DemoReader => reader.kind === 'demo';

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS)
    throw new UserError(`--seconds ${visible(text)}: a whole number from 1 to ${MAX_SECONDS} is needed`);
  return seconds;
}

function guestUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UserError(`--guest-exporter ${visible(text)}: an address like http://web07:9182/metrics is needed`);
  return url;
}

const RUN_SCHEMA = 1;
const share = z.number().nonnegative().optional();
const run = z.object({
  vm: z.string(),
  path: z.enum(['vf', 'assigned', 'synthetic', 'not_requested', 'unknown', 'mixed']),
  seconds: z.number().positive(),
  processors: z.number().optional(),
  hostProcessors: z.number().optional(),
  guestCpu: share,
  rootCpu: share,
  bytesPerSecond: share,
  bytesFrom: z.enum(BYTES_FROM).optional(),
  guestSecondsPerGigabyte: share,
});

function writeRun(file: string, cost: TrafficCost): void {
  try {
    writeFileSync(file, `${JSON.stringify({ schema: RUN_SCHEMA, ...cost }, null, 2)}\n`);
  } catch (error) {
    throw new OperationalError('out_not_written', `the run could not be written: ${errorText(error)}`, {
      cause: error,
    });
  }
}

function readRun(file: string): TrafficCost {
  let json: unknown;
  try {
    json = JSON.parse(readTextFile(file));
  } catch (error) {
    throw new UserError(`--compare ${visible(file)} could not be read: ${errorText(error)}`);
  }
  const version = z.object({ schema: z.number().int() }).safeParse(json);
  if (version.success && version.data.schema > RUN_SCHEMA)
    throw new UserError(
      `--compare ${visible(file)} is of schema ${version.data.schema}; this version reads up to ${RUN_SCHEMA}`,
    );
  const parsed = run.safeParse(json);
  if (!version.success || !parsed.success)
    throw new UserError(`--compare ${visible(file)} is not a run of measure: make one with measure --out`);
  return parsed.data;
}
