import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import type { Figure } from './figure.ts';
import type { PollProfile } from './poll-child.ts';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Where the processor time of an inventory poll of 1,024 VMs goes, with the flags that the service runs with. */
export async function bench(): Promise<Figure> {
  const child = fork(fileURLToPath(new URL('./poll-child.js', import.meta.url)), ['profile'], {
    execArgv: [...NODE_FLAGS],
  });
  const [{ steps, functions }] = (await once(child, 'message')) as [PollProfile];
  return {
    name: 'profile of inventory polls of 1,024 VMs, main thread',
    ratios: {},
    numbers: {},
    table: [
      ['share', 'step'],
      ...steps.filter(({ share }) => share >= 0.005).map(({ name, share }) => [percent(share), name]),
      ['', ''],
      ['share', 'function, without what it calls'],
      ...functions.map(({ name, share }) => [percent(share), name]),
    ],
  };
}
