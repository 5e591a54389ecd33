import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jumpConfiguration, REMOTE_COMMAND, sshArguments } from '../../../src/collect/ssh/arguments.ts';
import { type SshTarget, targetFaults } from '../../../src/collect/ssh/target.ts';
import { UserError } from '../../../src/errors.ts';

const GOOD: SshTarget = {
  name: 'hv01',
  address: 'hv01.example.net',
  port: 22,
  user: 'hvsriov',
  keyFile: '/etc/hyperv-sriov/id_ed25519',
  knownHostsFiles: ['/etc/hyperv-sriov/known_hosts'],
};
const GOOD_ARGUMENTS = sshArguments(GOOD, 'linux');

const accepted = (change: Partial<SshTarget>): readonly string[] | undefined => {
  try {
    return sshArguments({ ...GOOD, ...change }, 'linux', '/run/jump');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
};

describe('the arguments of ssh', () => {
  it('are these', () => {
    expect(GOOD_ARGUMENTS.filter((each) => each !== '-o').join('\n')).toMatchInlineSnapshot(`
      "-F
      none
      -T
      -p
      22
      -l
      hvsriov
      BatchMode=yes
      StrictHostKeyChecking=yes
      UserKnownHostsFile="/etc/hyperv-sriov/known_hosts"
      GlobalKnownHostsFile=none
      UpdateHostKeys=no
      VerifyHostKeyDNS=no
      CanonicalizeHostname=no
      IdentitiesOnly=yes
      IdentityFile="/etc/hyperv-sriov/id_ed25519"
      IdentityAgent=none
      PreferredAuthentications=publickey
      PasswordAuthentication=no
      KbdInteractiveAuthentication=no
      ForwardAgent=no
      ForwardX11=no
      ClearAllForwardings=yes
      Tunnel=no
      PermitLocalCommand=no
      ControlMaster=no
      ControlPath=none
      EscapeChar=none
      ConnectionAttempts=1
      ConnectTimeout=15
      ServerAliveInterval=10
      ServerAliveCountMax=2
      LogLevel=ERROR
      ProxyCommand=none
      --
      hv01.example.net
      hyperv-sriov-exporter-session"
    `);
  });

  it('hold the same options for a jump host, which is in a file', () => {
    const target = { ...GOOD, jump: { address: '192.0.2.1', port: 2222, user: 'CORP\\jump' } };
    const lines = jumpConfiguration(target, 'linux')!
      .split('\n')
      .map((line) => line.trim());
    expect(lines.slice(0, 4)).toEqual([
      'Host hyperv-sriov-exporter-jump',
      'HostName=192.0.2.1',
      'Port=2222',
      'User=CORP\\jump',
    ]);
    const options = GOOD_ARGUMENTS.filter((_, index) => GOOD_ARGUMENTS[index - 1] === '-o');
    expect(options.length).toBeGreaterThan(20);
    expect(lines.slice(4, -1)).toEqual(options);
    expect(accepted(target)).toEqual(
      GOOD_ARGUMENTS.map((each) =>
        each === 'none' ? '/run/jump' : each === 'ProxyCommand=none' ? 'ProxyJump=hyperv-sriov-exporter-jump' : each,
      ),
    );
    expect(jumpConfiguration(GOOD, 'linux')).toBeUndefined();
  });

  it('take the keys of an agent, or the one that a public key names', () => {
    const agent = '/run/agent.sock';
    expect(accepted({ agent, keyFile: undefined })).toEqual(
      expect.arrayContaining(['IdentitiesOnly=no', 'IdentityFile=none', 'IdentityAgent="/run/agent.sock"']),
    );
    expect(accepted({ agent, keyFile: '/keys/id.pub' })).toEqual(
      expect.arrayContaining(['IdentitiesOnly=yes', 'IdentityFile="/keys/id.pub"', 'IdentityAgent="/run/agent.sock"']),
    );
    expect(accepted({ keyFile: undefined })).toBeUndefined();
  });

  it('quote paths, and expand nothing in them', () => {
    expect(accepted({ keyFile: '/k e#y/100%h', knownHostsFiles: ['/a b', '/c'] })).toEqual(
      expect.arrayContaining(['IdentityFile="/k e#y/100%%h"', 'UserKnownHostsFile="/a b" "/c"']),
    );
    expect(
      sshArguments({ ...GOOD, keyFile: 'C:\\keys\\id', knownHostsFiles: ['C:\\keys\\known hosts'] }, 'win32'),
    ).toEqual(expect.arrayContaining(['IdentityFile="C:/keys/id"', 'UserKnownHostsFile="C:/keys/known hosts"']));
  });

  it.each([
    [
      'address',
      [
        '',
        '-',
        '-oProxyCommand=x',
        '1',
        '127.1',
        '10.0.0.256',
        'root@hv01',
        'ssh://hv01',
        'hv01:22',
        'hv01 x',
        'hv01\n',
        'a..b',
        '.a',
        'a.',
        'a_b',
        'a;b',
        '$(a)',
        '`a`',
        '%h',
        '[::1]',
        'fe80::1%eth0',
        'ä.example',
        'a'.repeat(254),
      ],
    ],
    ['user', ['', '-l', '-oA=b', 'a b', 'a\\b\\c', '\\a', 'a\\', 'a@b@c', 'a;b', "a'b", '%u', '$USER', 'a\n', 'ü']],
    ['name', ['', '.', '..', '../x', 'a/b', 'A', '-a', 'a-', 'a b', 'a\u0000', 'a'.repeat(64)]],
    ['port', [0, -1, 65_536, 1.5, Number.NaN]],
    ['keyFile', ['', 'id', '~/id', '/a"b', '/a\nb', '/${HOME}/id', '/a\\b', '/a\u0000']],
    ['agent', ['', 'none', 'SSH_AUTH_SOCK', '$SSH_AUTH_SOCK', '/a"', '/${X}']],
    ['knownHostsFiles', [[], [''], ['none'], ['/a', 'b'], ['/a "b']]],
  ] as const)('refuse a wrong %s', (key, values) => {
    expect(values.length).toBeGreaterThan(3);
    for (const value of values) {
      expect([value, accepted({ [key]: value })]).toEqual([value, undefined]);
      const [fault] = targetFaults({ ...GOOD, [key]: value }, 'linux');
      expect(fault?.keys).toContain(key);
      if (key === 'address' || key === 'user' || key === 'port')
        expect(accepted({ jump: { address: 'j.example', port: 22, user: 'j', [key]: value } })).toBeUndefined();
    }
  });

  it.each([
    ['address', ['hv01', 'HV-01.corp.example', '192.0.2.7', '2001:db8::7', '::1', '1a']],
    ['user', ['a', 'hv.sriov_1', 'CORP\\svc-hv', 'svc@corp.example', 'Administrator']],
    ['name', ['a', 'hv01', 'hv01.site-b', '1']],
  ] as const)('take a usual %s', (key, values) => {
    for (const value of values) expect([value, accepted({ [key]: value })]).toEqual([value, expect.any(Array)]);
  });

  it('change only in the argument of the value, for any value (100,000)', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '-oProxyCommand=touch /tmp/x',
        '-',
        '--',
        'a',
        'hv01',
        '.',
        '@',
        'root@',
        '\\',
        'CORP\\a',
        'ssh://',
        ':22',
        '::1',
        '%h',
        '${HOME}',
        '$(x)',
        '`x`',
        '"',
        "'",
        '\n',
        '\r',
        '\u0000',
        ' ',
        '/',
        '~',
        '/a',
        'C:\\x',
        '10.0.0.1',
        '#',
        ';',
        '|',
        '\u202e',
      ),
    );
    const hostile = fc
      .tuple(fc.constantFrom('', '/', '/', 'hv'), fc.array(piece, { maxLength: 3 }))
      .map(([first, parts]) => first + parts.join(''));
    const place = fc.constantFrom(
      'address',
      'user',
      'keyFile',
      'agent',
      'knownHosts',
      'name',
      'jump.address',
      'jump.user',
    );
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(place, hostile, (key, value) => {
        const jump = { address: 'j.example', port: 22, user: 'j' };
        const inJump = key.startsWith('jump.');
        const base: SshTarget = { ...GOOD, agent: '/run/a', ...(inJump ? { jump } : {}) };
        const target: SshTarget = inJump
          ? { ...base, jump: { ...jump, [key.slice(5)]: value } }
          : { ...base, ...(key === 'knownHosts' ? { knownHostsFiles: [value] } : { [key]: value }) };
        let before: readonly string[];
        let after: readonly string[];
        try {
          after = inJump ? jumpConfiguration(target, 'linux')!.split('\n') : sshArguments(target, 'linux');
          before = inJump ? jumpConfiguration(base, 'linux')!.split('\n') : sshArguments(base, 'linux');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          refused += 1;
          return;
        }
        taken += 1;
        expect(after).toHaveLength(before.length);
        const changed = after.filter((each, index) => each !== before[index]);
        expect(changed.length).toBeLessThanOrEqual(1);
        const [argument = ''] = changed;
        // What ssh could take for something else than a value
        expect(argument).not.toMatch(/^-|[\n\r\0]|\$\{|(?<!%)%(?:%%)*(?!%)/);
        expect(argument.replace(/^\s*\w+=/, '')).toMatch(/^"[^"]*"$|^[^"\s]*$/);
        expect(after.at(-1)).toBe(before.at(-1));
      }),
      { numRuns: 100_000 },
    );
    expect(taken).toBeGreaterThan(5000);
    expect(refused).toBeGreaterThan(50_000);
    expect(REMOTE_COMMAND).toBe(GOOD_ARGUMENTS.at(-1));
  });
});
