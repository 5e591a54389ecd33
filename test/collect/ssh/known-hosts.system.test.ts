import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sshArguments } from '../../../src/collect/ssh/arguments.ts';
import { explainSsh } from '../../../src/collect/ssh/explain.ts';
import { isHostKeyKnown } from '../../../src/collect/ssh/known-hosts.ts';
import type { SshTarget } from '../../../src/collect/ssh/target.ts';
import { prepareSshd, type Sshd } from '../../support/servers/sshd.ts';
import { describeWith, tool } from '../../support/tools.ts';

/** What a known_hosts file of the server and its certificate authority may hold, by the words of its line. */
interface Names {
  readonly port: number;
  readonly key: string;
  readonly otherKey: string;
  readonly authority: string;
}
type Case = readonly [
  title: string,
  lines: (names: Names) => readonly string[],
  known: boolean,
  /** What ssh does: it connects, or fails with this code */
  ssh: 'connects' | 'host_key_unknown' | 'host_key_changed' | 'host_key_revoked',
];

const CASES: readonly Case[] = [
  ['host and port', ({ port, key }) => [`[localhost]:${port} ${key}`], true, 'connects'],
  ['the host without the port', ({ key }) => [`localhost ${key}`], true, 'connects'],
  ['a pattern', ({ port, key }) => [`# hosts`, `hv01,[local*]:${port} ${key} comment`], true, 'connects'],
  ['another port', ({ port, key }) => [`[localhost]:${port + 1} ${key}`], false, 'host_key_unknown'],
  ['a pattern that excludes the host', ({ key }) => [`!*localhost*,* ${key}`], false, 'host_key_unknown'],
  ['no line', () => [], false, 'host_key_unknown'],
  ['another key', ({ port, otherKey }) => [`[localhost]:${port} ${otherKey}`], true, 'host_key_changed'],
  [
    'its certificate authority',
    ({ port, authority }) => [`@cert-authority [localhost]:${port} ${authority}`],
    true,
    'connects',
  ],
  [
    'its certificate authority by a pattern',
    ({ authority }) => [`@cert-authority local* ${authority}`],
    true,
    'connects',
  ],
  [
    'the certificate authority of other hosts',
    ({ authority }) => [`@cert-authority *.example.net ${authority}`],
    false,
    'host_key_unknown',
  ],
  ['a revoked key', ({ port, key }) => [`@revoked [localhost]:${port} ${key}`], false, 'host_key_revoked'],
  [
    'a key that is revoked on another line',
    ({ port, key }) => [`[localhost]:${port} ${key}`, `@revoked * ${key}`],
    false,
    'host_key_revoked',
  ],
  [
    'a key beside a revoked one',
    ({ port, key, otherKey }) => [`@revoked * ${otherKey}`, `[localhost]:${port} ${key}`],
    true,
    'connects',
  ],
];

describeWith(['ssh', 'sshd', 'ssh-keygen'], 'whether a host key is known', () => {
  const env = { PATH: process.env['PATH'] };
  let folder: string;
  let sshd: Sshd;
  let target: SshTarget;
  let names: Names;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'known hosts '));
    sshd = await prepareSshd(folder);
    const authority = sshd.key('authority');
    const sign = ['-q', '-s', authority, '-I', 'hv01', '-h', '-n', 'localhost', `${sshd.file('host key')}.pub`];
    execFileSync(tool('ssh-keygen'), sign);
    sshd.authorize('true');
    await sshd.start([`HostCertificate "${sshd.file('host key')}-cert.pub"`]);
    target = { ...sshd.target, address: 'localhost' };
    names = {
      port: sshd.port,
      key: sshd.publicKey(sshd.file('host key')),
      otherKey: sshd.publicKey(sshd.key('other key')),
      authority: sshd.publicKey(authority),
    };
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  const isKnown = (change: Partial<SshTarget>) => isHostKeyKnown({ ...target, ...change }, env, process.platform);
  const write = (lines: readonly string[]): string => sshd.knownHosts('known', lines.join('\n'));
  function hash(file: string): void {
    execFileSync(tool('ssh-keygen'), ['-H', '-f', file], { stdio: 'ignore' });
    rmSync(`${file}.old`);
  }
  function outcomeOf(change: Partial<SshTarget>): string {
    const changed = { ...target, ...change };
    const { status, stdout, stderr } = spawnSync(tool('ssh'), sshArguments(changed, process.platform), {
      encoding: 'utf8',
    });
    if (status === 0) return 'connects';
    const ending = { ending: 'ended', exitCode: status, started: true, greeted: false, stdout, stderr };
    return explainSsh(changed, { executable: tool('ssh'), trustCommand: 'trust' }, ending).code;
  }

  it.each(CASES)('%s: as ssh takes it', async (_title, lines, known, ssh) => {
    const knownHostsFiles = [write(lines(names))];
    expect([await isKnown({ knownHostsFiles }), outcomeOf({ knownHostsFiles })]).toEqual([known, ssh]);
  });

  it('hashed names: as ssh takes them, upper case in the address included', async () => {
    const file = write([`[localhost]:${names.port} ${names.key}`]);
    hash(file);
    for (const address of ['localhost', 'LocalHost']) {
      const change = { address, knownHostsFiles: [file] };
      expect([await isKnown(change), outcomeOf(change)], address).toEqual([true, 'connects']);
    }
    const other = { address: '127.0.0.1', knownHostsFiles: [file] };
    expect([await isKnown(other), outcomeOf(other)]).toEqual([false, 'host_key_unknown']);
  });

  it('looks in all files, and a file that is not there has no keys', async () => {
    const file = write([`localhost ${names.key}`]);
    const missing = sshd.file('missing');
    expect(await isKnown({ knownHostsFiles: [missing] })).toBe(false);
    expect(await isKnown({ knownHostsFiles: [missing, file] })).toBe(true);
    const revoked = sshd.knownHosts('revoked', `@revoked localhost ${names.key}`);
    expect(await isKnown({ knownHostsFiles: [file, revoked] })).toBe(false);
  });

  it('rejects where it cannot be told: without ssh-keygen, and where it fails', async () => {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const program = (name: string, text: string): void => {
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    };
    program('ssh', 'exit 1');
    const look = () =>
      isHostKeyKnown({ ...target, knownHostsFiles: [write([])] }, { PATH: programs }, process.platform);
    await expect(look()).rejects.toMatchObject({ code: 'ssh_not_found' });
    program('ssh-keygen', 'echo "no memory" >&2; exit 255');
    await expect(look()).rejects.toMatchObject({
      code: 'known_hosts_unreadable',
      message: expect.stringMatching(/known cannot be searched for the key of .*no memory/s),
    });
  });
});
