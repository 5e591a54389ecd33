import type * as V8 from 'node:v8';
import { setFlagsFromString } from 'node:v8';
import { expect, it, vi } from 'vitest';
import { type Boundaries, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/log.ts';
import { COLLECTOR_FLAGS } from '../../src/node-flags.ts';

vi.mock('node:v8', async (original) => ({
  ...(await original<typeof V8>()),
  setFlagsFromString: vi.fn(),
}));

const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const reader: Boundaries['reader'] = {
  kind: 'demo',
  clock: systemClock,
  read: () => new Promise(() => {}),
  close: () => Promise.resolve(),
};
const readers: Boundaries['readers'] = {
  clock: systemClock,
  targets: () => [],
  connectsWaiting: () => 0,
  open: () => Promise.resolve(reader),
};

it.each([
  ['a collector', { readers }, COLLECTOR_FLAGS],
  ['an agent', { reader }, []],
])('the flags of V8 that %s sets for itself', async (_, read, flags) => {
  vi.mocked(setFlagsFromString).mockClear();
  const agent = await createAgent(config, {
    ...read,
    log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
    version: '1.2.3',
  });
  await agent.close();
  expect(vi.mocked(setFlagsFromString).mock.calls.flat()).toEqual([...flags]);
});
