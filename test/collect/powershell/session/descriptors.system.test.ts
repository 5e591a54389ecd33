import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localPowerShell } from '../../../../src/collect/powershell/child.ts';
import { servedPowerShell } from '../../../../src/collect/powershell/local-served.ts';
import { introduction } from '../../../../src/collect/powershell/one-shot.ts';
import type { Transport } from '../../../../src/collect/powershell/transport.ts';
import { sshTransport } from '../../../../src/collect/ssh/transport.ts';
import { processesWith } from '../../../support/processes.ts';

let folder: string;
let executable: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descriptors-'));
  executable = join(folder, 'shell');
  // What it starts keeps all three streams of the shell open, and outlives it.
  writeFileSync(executable, `#!/bin/sh\nOF_TEST='${folder}' sleep 300 <&0 &\necho started\nexit 3\n`);
  chmodSync(executable, 0o755);
});
afterEach(() => {
  for (const pid of processesWith(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Node's pipes to a child are sockets. */
const sockets = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;

const shell = () => ({ executable, cwd: folder, env: { PATH: process.env['PATH'] ?? '' }, platform: 'linux' as const });
const target = {
  name: 'hv01',
  address: 'hv01',
  port: 22,
  user: 'reader',
  knownHostsFiles: ['/dev/null'],
};
const transports: Readonly<Record<string, () => Transport>> = {
  typed: () => localPowerShell({ ...shell(), outputLimit: 1000, moduleFile: '' }),
  served: () => servedPowerShell({ ...shell(), outputLimit: 1000, moduleRoot: folder }),
  ssh: () => sshTransport({ ...target, keyFile: executable }, { ...shell(), trustCommand: 'trust', outputLimit: 1000 }),
};

describe.skipIf(process.platform !== 'linux')(
  'a child that ends while a process that it started holds its pipes',
  () => {
    it.each(Object.keys(transports))('costs no descriptor: %s', async (kind) => {
      const before = sockets();
      for (let child = 1; child <= 3; child++) {
        const connection = transports[kind]!().open();
        await expect(connection.greet()).rejects.toThrow(/exit code 3|hv01/);
        await vi.waitFor(() => expect(processesWith(folder)).toHaveLength(child), 100_000);
      }
      await vi.waitFor(() => expect(sockets()).toBe(before), 20_000);
      expect(processesWith(folder)).toHaveLength(3);
    });

    it('costs no descriptor and is not waited for: a PowerShell that is asked once', async () => {
      const before = sockets();
      expect(await introduction(shell())).toMatchObject({ about: { code: 'powershell_malformed' } });
      expect(processesWith(folder)).toHaveLength(1);
      await vi.waitFor(() => expect(sockets()).toBe(before), 20_000);
    });
  },
);
