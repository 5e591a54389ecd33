import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sshSetupArguments } from '../../src/cli/setup-ssh.ts';

describe('setup --ssh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'setup ssh '));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (text: string): string => {
    writeFileSync(join(folder, 'key.pub'), text);
    return join(folder, 'key.pub');
  };
  const START = ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', 'setup-ssh.ps1'];

  it('hands the key and the addresses to the script, each as one argument', () => {
    const publicKey = file('ssh-ed25519 AAAA a comment\r\n\r\n');
    const given = { publicKey, from: '192.0.2.1,192.0.2.2' };
    const words = [...START, '-PublicKey', 'ssh-ed25519 AAAA a comment', '-From', '192.0.2.1,192.0.2.2'];
    expect(sshSetupArguments('setup-ssh.ps1', given)).toEqual(words);
    expect(sshSetupArguments('setup-ssh.ps1', { ...given, user: 'CORP\\svc', port: '2222', whatIf: true })).toEqual([
      ...words,
      '-User',
      'CORP\\svc',
      '-Port',
      '2222',
      '-WhatIf',
    ]);
    expect(sshSetupArguments('setup-ssh.ps1', { undo: true, whatIf: true })).toEqual([...START, '-Undo', '-WhatIf']);
  });

  it.each([
    ['', 'must hold one public key'],
    ['ssh-ed25519 AAAA\nssh-ed25519 BBBB', 'must hold one public key'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nx', 'is a private key'],
  ])('refuses %j', (text, why) => {
    expect(() => sshSetupArguments('x', { publicKey: file(text), from: '192.0.2.1' })).toThrow(why);
  });

  it('says what is missing', () => {
    expect(() => sshSetupArguments('x', {})).toThrow('--public-key FILE and --from ADDRESSES');
    expect(() => sshSetupArguments('x', { publicKey: join(folder, 'none'), from: '192.0.2.1' })).toThrow(
      'cannot be read',
    );
  });
});
