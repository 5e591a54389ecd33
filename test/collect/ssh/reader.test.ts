import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createSshReader, findSsh, type SshOptions } from '../../../src/collect/ssh/reader.ts';
import type { SshTarget } from '../../../src/collect/ssh/target.ts';

const TARGET: SshTarget = {
  name: 'hv01',
  address: 'hv01.example.net',
  port: 22,
  user: 'hvsriov',
  keyFile: '/nowhere/id_ed25519',
  knownHostsFiles: ['/nowhere/known_hosts'],
  jump: { address: 'jump.example.net', port: 22, user: 'j' },
};

describe('a reader over SSH', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ssh-reader-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const options = (): SshOptions => ({
    executable: '/nowhere/ssh',
    env: {},
    platform: 'linux',
    trustCommand: 'trust',
    expectedModuleVersion: '0.1.0',
    clock: systemClock,
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    folder,
  });
  const files = () => readdirSync(folder, { recursive: true, encoding: 'utf8' });

  it('describes the jump host in a file that nobody else can read, until it is closed', async () => {
    const reader = createSshReader(TARGET, options());
    const file = files().find((name) => name.endsWith('ssh_config')) ?? '';
    // Windows has no modes: there the folder of the account protects it.
    if (process.platform !== 'win32') expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, file), 'utf8')).toContain('HostName=jump.example.net');
    expect(reader.link()).toMatchObject({ state: 'idle', connects: { ok: 0, failed: 0 }, bytes: 0, restarts: 0 });
    await reader.close();
    expect(files()).toEqual([]);
  });

  it('writes nothing for a target that cannot be used, or without a jump host', async () => {
    expect(() => createSshReader({ ...TARGET, address: '-oProxyCommand=x' }, options())).toThrow('neither a host name');
    expect(() => createSshReader({ ...TARGET, jump: { address: '%h', port: 1, user: 'j' } }, options())).toThrow('%h');
    expect(() => createSshReader(TARGET, { ...options(), executable: 'ssh' })).toThrow('needs a full path');
    const { jump: _, ...direct } = TARGET;
    await createSshReader(direct, options()).close();
    expect(files()).toEqual([]);
  });

  it('says that the key is missing before it starts ssh, and keeps the code while it waits', async () => {
    const { jump: _, ...direct } = TARGET;
    const reader = createSshReader(direct, options());
    const read = () => reader.read('activity', AbortSignal.timeout(5000));
    await expect(read()).rejects.toMatchObject({
      code: 'key_unusable',
      message: expect.stringContaining('hv01: the key /nowhere/id_ed25519 cannot be read'),
    });
    await expect(read()).rejects.toMatchObject({ code: 'key_unusable' });
    await expect(read()).rejects.toMatchObject({ code: 'back_off', cause: { code: 'key_unusable' } });
    expect(reader.link()).toMatchObject({
      state: 'down',
      error: { code: 'key_unusable' },
      connects: { ok: 0, failed: 2 },
    });
    await reader.close();
  });

  it('starts no ssh that would wait for a file that is none', async () => {
    const { jump: _, ...direct } = TARGET;
    const key = join(folder, 'key');
    writeFileSync(key, '');
    for (const [changed, code] of [
      [{ keyFile: folder, knownHostsFiles: [key] }, 'key_unusable'],
      [{ keyFile: key, knownHostsFiles: [key, folder] }, 'known_hosts_unreadable'],
    ] as const) {
      // Paths of this platform: they are compared with files that exist.
      const here = { ...options(), platform: process.platform, executable: join(folder, 'ssh') };
      const reader = createSshReader({ ...direct, ...changed }, here);
      await expect(reader.read('activity', AbortSignal.timeout(5000))).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`${folder} is not a file`),
      });
      await reader.close();
    }
    rmSync(key);
  });

  it('finds the client on the PATH, or where Windows has it', () => {
    expect(findSsh(undefined, { SYSTEMROOT: 'D:\\Windows' }, 'win32')).toBe('D:\\Windows\\System32\\OpenSSH\\ssh.exe');
    expect(() => findSsh(undefined, { PATH: `${folder}:relative` }, 'linux')).toThrow('openssh-client');
  });
});
