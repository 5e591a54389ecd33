import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGate } from '../../src/fleet/gate.ts';
import { createLogger } from '../../src/log.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { openDemoTarget } from '../../src/simulated-host/fleet.ts';

const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const HOSTS = 4;

describe('the renders of several hosts', () => {
  it('run one after the other behind the gate of their collector, each to its end', async () => {
    const gate = createGate(1);
    const log: string[] = [];
    const pipelines = Array.from({ length: HOSTS }, (_, number) =>
      createPipeline(config, {
        reader: openDemoTarget(number, { seed: 1, hosts: HOSTS, clock: systemClock, startedAt: Date.now() }),
        log: createLogger({ level: 'error', format: 'json' }),
        renderGate: (work) =>
          gate.run(async () => {
            log.push(`${number} begins`);
            const result = await work();
            log.push(`${number} ends`);
            return result;
          }),
        onView: () => void log.push(`${number} has a view`),
        onRendered: async () => void log.push(`${number} is rendered`),
      }),
    );
    await Promise.all(pipelines.map(({ poller }) => poller.pollAll()));
    await Promise.all(pipelines.map(({ render }) => render()));
    expect(log).toEqual(
      [0, 1, 2, 3].flatMap((number) => [
        `${number} begins`,
        `${number} has a view`,
        `${number} is rendered`,
        `${number} ends`,
      ]),
    );
  });
});
