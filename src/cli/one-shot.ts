import type { HostReader } from '../collect/host-reader.ts';
import type { Part } from '../document/document.ts';
import { OperationalError } from '../errors.ts';
import type { Target } from '../fleet/target.ts';
import { openLogger } from '../log.ts';
import type { View } from '../metrics/define.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { createPipeline } from '../pipeline.ts';
import type { PollOutcome } from '../poll/store.ts';
import type { CommandContext } from './context.ts';
import { fatalCause } from './fatal.ts';
import type { Configured } from './own-command.ts';
import { openReader } from './reader.ts';
import { waitingFor } from './waiting.ts';

/** A fallback is published when two inventory documents agree. */
const BETWEEN_MS = 5000;
const POLL_MS = 60_000;
/** Polls of the inventory between two of the settings */
const CONFIG_POLLS = 10;

/** A host that a command reads while it runs, without a server. */
export interface OneShot {
  readonly reader: HostReader;
  readonly exposition: Exposition;
  /** Polls these parts of the host and returns the current view. */
  read(...parts: Part[]): Promise<View>;
  /** Waits. For a simulated or replayed host, the clock is moved instead. Ends early when aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** What a one-shot command judges: read twice, 5 s apart; a scenario once it has settled, a recording at its end. */
  settle(): Promise<View>;
  /** Inventory, config and cluster, read once, which no path is confirmed by. A simulated or recorded host is settled. */
  glance(): Promise<View>;
  close(): Promise<void>;
}

interface OneShotOptions {
  /** Which of several hosts */
  readonly target?: Target | undefined;
  readonly onView?: ((view: View) => void) | undefined;
}

/** @throws OperationalError if there is no such host; `read` and `settle` throw it if the host cannot be read */
export async function openOneShot(
  loaded: Configured,
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'> & Partial<Pick<CommandContext, 'progress'>>,
  { target, onView }: OneShotOptions = {},
): Promise<OneShot> {
  const { config } = loaded;
  const log = await openLogger({ ...config.log, level: 'error' });
  const { move, wait } = waitingFor(config.source);
  const reader = await openReader(loaded, context, log, { target, move });
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

  const unreadable = (error = 'no document was received') =>
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
  const end = reader.settleMs ?? 0;
  async function settle(): Promise<View> {
    const readShown = (...parts: Part[]): Promise<View> => {
      context.progress?.(`reading the host: ${parts.join(', ')}`);
      return read(...parts);
    };
    // The first inventory is read before the parts that are joined to it.
    await readShown('inventory');
    await readShown('activity', 'config', 'cluster', 'eventlog');
    const step = POLL_MS / (reader.speed ?? 1);
    for (let polls = 1, ahead = 0; ahead < end; polls++, ahead += step) {
      await wait(Math.min(step, end - ahead));
      // A part that was not read for three of its intervals is too old to be shown.
      const isConfigDue = ahead + step >= end || (polls > 1 && polls % CONFIG_POLLS === 1);
      await readShown('inventory', 'activity', 'cluster', ...(isConfigDue ? (['config', 'eventlog'] as const) : []));
    }
    context.progress?.(`waiting ${BETWEEN_MS / 1000} s for a second reading`);
    await wait(BETWEEN_MS);
    return readShown('inventory');
  }
  return {
    reader,
    exposition,
    read,
    wait,
    settle,
    async glance() {
      if (end > 0) return settle();
      await read('inventory');
      return read('config', 'cluster');
    },
    async close() {
      await poller.stop();
      await reader.close();
    },
  };
}
