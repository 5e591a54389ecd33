import { SETTLE_SECONDS } from '../simulated-host/scenarios.ts';
import type { HostReader } from '../collect/host-reader.ts';
import type { Config } from '../config/schema.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { View } from '../metrics/define.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { createPipeline } from '../pipeline.ts';
import type { PollOutcome } from '../poll/store.ts';
import type { CommandContext } from './context.ts';
import { fatalCause } from './fatal.ts';
import { openReader } from './reader.ts';
import { waitingFor } from './waiting.ts';

/** A fallback is published when two inventory documents agree. */
const BETWEEN_MS = 5000;
const POLL_MS = 60_000;
const CONFIG_MS = 600_000;

const settleSeconds = new Map<string, number>(Object.entries(SETTLE_SECONDS));

/** How long a host has to run until it shows what it is for: a scenario until it has settled, a recording to its end. */
export const settleMs = ({ demo }: Config, { kind, lengthMs }: HostReader): number =>
  kind === 'demo' ? (settleSeconds.get(demo.scenario) ?? 0) * 1000 : (lengthMs ?? 0);

/** A host that a command reads for as long as it runs, without a server. */
export interface OneShot {
  readonly reader: HostReader;
  readonly exposition: Exposition;
  /** Asks the host for these parts and gives what is known then. */
  read(...parts: Part[]): Promise<View>;
  /** Lets time pass: a simulated or replayed host is not waited for, its clock is moved. Ends early when aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** What a one-shot command judges: read twice, 5 s apart; a scenario once it has settled, a recording at its end. */
  settle(): Promise<View>;
  close(): Promise<void>;
}

/** @throws OperationalError where there is no such host; so do `read` and `settle` when it can not be read */
export async function openOneShot(
  config: Config,
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  onView?: (view: View) => void,
): Promise<OneShot> {
  const log = createLogger({ ...config.log, level: 'error' });
  const { move, wait } = waitingFor(config.source);
  const reader = await openReader(config, context, log, move);
  let inventory: PollOutcome | undefined;
  const onPoll = (part: string, outcome: PollOutcome) => {
    if (part === 'inventory') inventory = outcome;
  };
  const { poller, render, view, exposition } = createPipeline(config, {
    reader,
    log,
    onPoll,
    onView,
  });

  const unreadable = (error = 'no document came') =>
    new OperationalError('inventory_failed', `the host could not be read: ${error}`);
  async function read(...parts: Part[]): Promise<View> {
    await Promise.all(parts.map((part) => poller.poll(part, 'now')));
    await render();
    const fatal = inventory === undefined ? undefined : fatalCause(inventory);
    if (fatal !== undefined) throw fatal;
    const known = view();
    if (known === undefined || inventory?.error !== undefined) throw unreadable(inventory?.error);
    return known;
  }
  return {
    reader,
    exposition,
    read,
    wait,
    async settle() {
      // The first inventory comes before what is joined to it.
      await read('inventory');
      await read('activity', 'config', 'cluster', 'eventlog');
      const end = settleMs(config, reader);
      for (let ahead = 0; ahead < end; ahead += POLL_MS) {
        await wait(Math.min(POLL_MS, end - ahead));
        // What is not read again for three of its intervals is too old to be shown.
        const isConfigDue = ahead + POLL_MS >= end || (ahead > 0 && ahead % CONFIG_MS === 0);
        await read('inventory', 'activity', 'cluster', ...(isConfigDue ? (['config'] as const) : []));
      }
      await wait(BETWEEN_MS);
      return read('inventory');
    },
    async close() {
      await poller.stop();
      await reader.close();
    },
  };
}
