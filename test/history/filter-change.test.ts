import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Transition } from '../../src/history/model.ts';
import { createLogger } from '../../src/log.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { NOON } from '../support/simulated-host.ts';

const configOf = (include: string) =>
  loadConfig({
    flags: new Map(Object.entries({ source: 'demo', 'demo.scenario': 'healthy', 'vm.include': include })),
    environment: {},
  }).config;

describe('a reload with other filters', () => {
  it('is no change of the host: what is shown or hidden from now on has neither arrived nor left', async () => {
    let now = NOON;
    const clock = { now: () => now, monotonic: () => now - NOON };
    const transitions: Transition[] = [];
    let vms = 0;
    const pipeline = createPipeline(configOf('.*'), {
      reader: createDemoReader({ scenario: 'healthy', seed: 1, clock, startedAt: NOON }),
      log: createLogger({ level: 'error', format: 'json' }),
      onView({ tracked }) {
        transitions.push(...tracked.transitions);
        vms = tracked.host.vms.length;
      },
    });
    const minute = async () => {
      now += 60_000;
      await pipeline.poller.pollAll();
      await pipeline.render();
    };
    await minute();
    await minute();
    const all = vms;
    expect(all).toBeGreaterThan(50);
    for (const include of ['sql-.*', '.*']) {
      pipeline.reload(configOf(include));
      await pipeline.idle();
      await minute();
      await minute();
      expect(vms === all, include).toBe(include === '.*');
    }
    expect(transitions).toEqual([]);
  });
});
