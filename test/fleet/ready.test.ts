import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Agent, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { allTargets } from '../../src/fleet/targets.ts';
import { createLogger } from '../../src/log.ts';
import { SECOND } from '../poll/fakes.ts';
import { pass } from '../support/simulated-time.ts';

const { config } = loadConfig({
  flags: new Map(Object.entries({ source: 'demo', 'demo.hosts': '2' })),
  environment: {},
});
let agent: Agent;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  agent = await createAgent(config, {
    log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
    version: '1.2.3',
    readers: {
      clock: systemClock,
      targets: () => allTargets(config, undefined, 'linux'),
      connectsWaiting: () => 0,
      // Neither connects nor fails.
      open: async () => ({
        kind: 'ssh',
        clock: systemClock,
        start: () => new Promise(() => {}),
        read: () => new Promise(() => {}),
        close: async () => undefined,
      }),
    },
  });
});
afterEach(async () => {
  const closed = agent.close();
  await pass(10 * SECOND);
  await closed;
  vi.useRealTimers();
});

it('a collector is ready after a minute, although it waits for targets that were not tried yet', async () => {
  const ready = async () => {
    const { statusCode, body } = await agent.server.inject({ url: '/-/ready' });
    return [statusCode, body];
  };
  agent.start();
  const waiting = [503, 'not ready: 2 targets were not tried yet: hv01, hv02\n'];
  expect(await ready()).toEqual(waiting);
  await pass(30 * SECOND);
  expect(await ready()).toEqual(waiting);
  await pass(31 * SECOND);
  expect(await ready()).toEqual([200, 'ready\n']);
});
