import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';
import { afterEach, expect, it, vi } from 'vitest';
import { type Boundaries, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/log.ts';
import { COLLECTOR_FLAGS } from '../../src/node-flags.ts';

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

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
  const setFlags = vi.spyOn(v8, 'setFlagsFromString').mockReturnValue();
  // The agent may be loaded already, and has imported the function by its name.
  syncBuiltinESMExports();
  const agent = await createAgent(config, {
    ...read,
    log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
    version: '1.2.3',
  });
  await agent.close();
  expect(setFlags.mock.calls.flat()).toEqual([...flags]);
});
