import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  accountFault,
  assertKnownHosts,
  assertKeysUsable,
  currentAccount,
  keyFaults,
  keyFileFault,
  knownHostsFaults,
} from '../../../src/collect/ssh/key-file.ts';
import type { SshTarget } from '../../../src/collect/ssh/target.ts';

const NODE = { uid: 1000, hasEntry: true };
const RANDOM = { uid: 1_000_650_000, hasEntry: false };

describe('a key file', () => {
  it.each([
    ['of its own account, 0600', { owner: 1000, mode: 0o600 }, undefined],
    ['of its own account, 0400', { owner: 1000, mode: 0o400 }, undefined],
    ['of root, 0444, as some volumes have it', { owner: 0, mode: 0o444 }, undefined],
    ['of root, 0440 and the group of the collector', { owner: 0, mode: 0o440 }, undefined],
    [
      'of its own account, 0644',
      { owner: 1000, mode: 0o644 },
      'the key /k belongs to user id 1000, with mode 0644: ssh refuses a key of its own account that others may read. chmod 600 /k, or let another user own it, such as root with mode 0440',
    ],
    ['of its own account, 0640', { owner: 1000, mode: 0o640 }, expect.stringContaining('with mode 0640: ssh refuses')],
    [
      'of root, 0600',
      { owner: 0, mode: 0o600, unreadable: 'EACCES' },
      "the key /k belongs to user id 0 with mode 0600, and user id 1000 cannot read it: chown it to 1000 with mode 0600, or give it a group of the collector and mode 0440 (Kubernetes: fsGroup and defaultMode: 0440 of the Secret's volume)",
    ],
    [
      'that it may not read itself',
      { owner: 1000, mode: 0o000, unreadable: 'EACCES' },
      expect.stringContaining('chmod 600 /k'),
    ],
    ['that is not there', 'ENOENT', expect.stringContaining('is not there for user id 1000 (ENOENT)')],
  ] as const)('%s', (_what, found, fault) => {
    expect(keyFileFault('/k', found, NODE)).toEqual(fault);
  });
});

describe('an account', () => {
  it('needs an entry in the user database, and the message names the one of the image', () => {
    expect(accountFault(NODE)).toBeUndefined();
    expect(accountFault(undefined)).toBeUndefined();
    expect(accountFault(RANDOM)).toBe(
      'user id 1000650000 has no entry in /etc/passwd, and ssh does not start without one: run the collector as a user that has one. In the image that is node, user id 1000 (runAsUser: 1000, docker run --user 1000)',
    );
  });
});

describe.skipIf(process.platform === 'win32')('the keys of targets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const key = (name: string, mode: number): string => {
    writeFileSync(join(folder, name), 'key');
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  const target = (keyFile: string | undefined, agent?: string): SshTarget => ({
    name: 'hv01',
    address: 'hv01.example.net',
    port: 22,
    user: 'hvsriov',
    keyFile,
    agent,
    knownHostsFiles: ['/known_hosts'],
  });
  const account = { uid: process.getuid?.() ?? 0, hasEntry: true };

  it('are looked at once each, and a public key for an agent is not', () => {
    const [good, open] = [key('good', 0o600), key('open', 0o644)];
    expect(currentAccount()?.uid).toBe(account.uid);
    expect(keyFaults([target(good), target(open), target(open), target(open, '/agent')], account)).toEqual([
      expect.stringContaining(`the key ${open} belongs to user id`),
    ]);
    expect(keyFaults([target(join(folder, 'missing'))], RANDOM)).toEqual([
      expect.stringContaining('user id 1000650000 has no entry'),
      expect.stringContaining('is not there'),
    ]);
    expect(keyFaults([], RANDOM)).toEqual([]);
  });

  it('need a known_hosts file that is there, each named once', () => {
    const [good, missing] = [key('known', 0o644), join(folder, 'no known_hosts')];
    expect(knownHostsFaults([{ ...target(good), knownHostsFiles: [good] }], (name) => `trust ${name}`)).toEqual([]);
    const wrong = { ...target(good), knownHostsFiles: [good, missing] };
    expect(knownHostsFaults([wrong, { ...wrong, name: 'hv02' }], (name) => `trust ${name}`)).toEqual([
      expect.stringMatching(
        /^the known_hosts file .*no known_hosts cannot be read \(ENOENT.*`trust hv01` prints the line of hv01$/,
      ),
    ]);
  });

  it('and known_hosts files are files: ssh would wait at a pipe and read a device until the memory is full', () => {
    const [directory, device, endless] = [join(folder, 'directory'), join(folder, 'device'), join(folder, 'endless')];
    mkdirSync(directory);
    symlinkSync('/dev/zero', device);
    writeFileSync(endless, '', { mode: 0o600 });
    truncateSync(endless, 5 * 1024 ** 3);
    for (const [path, why] of [
      [directory, 'is not a file'],
      [device, 'is not a file'],
      [endless, 'has 5368709120 bytes, more than 16777216'],
    ] as const) {
      expect(keyFaults([target(path)], account)).toEqual([`the key ${path} ${why}: name the file of a private key`]);
      expect(knownHostsFaults([{ ...target(undefined), knownHostsFiles: [path] }], String)).toEqual([
        expect.stringContaining(`the known_hosts file ${path} cannot be read (${why})`),
      ]);
      expect(() => assertKnownHosts(path)).toThrow(
        expect.objectContaining({
          code: 'known_hosts_unreadable',
          message: `the known_hosts file ${path} ${why}`,
        }),
      );
    }
    assertKnownHosts(join(folder, 'no file'));
  });

  it('refuse the start only where no target can be read', () => {
    const [good, open] = [key('good2', 0o600), key('open2', 0o644)];
    assertKeysUsable([target(open), target(good)], account);
    assertKeysUsable([target(undefined, '/agent'), target(open)], account);
    expect(() => assertKeysUsable([target(open), target(open)], account)).toThrow(
      expect.objectContaining({
        code: 'key_unusable',
        message: expect.stringMatching(/^the key [^\n]*chmod 600 [^\n]*$/),
      }),
    );
    expect(() => assertKeysUsable([target(good)], { ...RANDOM, uid: account.uid })).toThrow(
      expect.objectContaining({ code: 'user_id_unknown' }),
    );
  });
});
