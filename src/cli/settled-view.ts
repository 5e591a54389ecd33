import { setTimeout as sleep } from 'node:timers/promises';
import { createPipeline } from '../pipeline.ts';
import type { Clock } from '../clock.ts';
import { SETTLE_SECONDS } from '../collect/demo/scenarios.ts';
import type { Config } from '../config/schema.ts';
import { OperationalError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { View } from '../metrics/define.ts';
import type { PollOutcome } from '../poll/store.ts';
import type { CommandContext } from './context.ts';
import { fatalCause } from './fatal.ts';
import { openSource } from './source.ts';

/** A fallback is published when two inventory documents agree. */
const BETWEEN_MS = 5000;
const POLL_MS = 60_000;

const settleSeconds = new Map<string, number>(Object.entries(SETTLE_SECONDS));

/**
 * What a one-shot command judges: a real host read twice, 5 s apart; a simulated one run in simulated time until its
 * scenario has settled.
 * @throws OperationalError when the host can not be read
 */
export async function settledView(config: Config, context: CommandContext): Promise<View> {
  const log = createLogger({ ...config.log, level: 'error' });
  let ahead = 0;
  const move = (clock: Clock): Clock => ({
    now: () => clock.now() + ahead,
    monotonic: () => clock.monotonic() + ahead,
  });
  const source = await openSource(config, context, log, move);
  const inventories: PollOutcome[] = [];
  const onPoll = (part: string, outcome: PollOutcome) => void (part === 'inventory' && inventories.push(outcome));
  const { poller, render, view } = createPipeline(config, { source, log, onPoll });
  try {
    await poller.poll('inventory', 'now');
    const [first] = inventories;
    const fatal = first === undefined ? undefined : fatalCause(first);
    if (fatal !== undefined) throw fatal;
    await Promise.all((['activity', 'config', 'cluster'] as const).map((part) => poller.poll(part, 'now')));
    await render();
    if (config.source === 'demo') {
      const end = (settleSeconds.get(config.demo.scenario) ?? 0) * 1000;
      while (ahead < end) {
        ahead += POLL_MS;
        await Promise.all([poller.poll('inventory', 'now'), poller.poll('activity', 'now')]);
        await render();
      }
    }
    if (config.source === 'powershell') await sleep(BETWEEN_MS);
    else ahead += BETWEEN_MS;
    await poller.poll('inventory', 'now');
    await render();
    const settled = view();
    const error = inventories.at(-1)?.error;
    if (settled === undefined || error !== undefined)
      throw new OperationalError('inventory_failed', `the host could not be read: ${error ?? 'no document came'}`);
    return settled;
  } finally {
    await poller.stop();
    await source.close();
  }
}
