import { expect, it } from 'vitest';
import { offeredKeys } from '../../../src/collect/ssh/key-scan.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEOe7xabzniKI51smcF7TI1T5l/GRmWpkTGMfgCQKKJm';
/** As ssh-keygen -lf shows it */
const FINGERPRINT = 'SHA256:oo8xiKof0Wyilj+QNYbMwjAJ9YDqjIRAHEEmANOCrVE';

it('reads the keys that ssh-keyscan prints, with the fingerprint that ssh-keygen shows, and nothing else', () => {
  const output = [
    '# hv01.example.net:22 SSH-2.0-OpenSSH_for_Windows_9.5',
    `hv01.example.net ${KEY}`,
    `[hv01.example.net]:2222 ${KEY}\r`,
    `hv01.example.net ${KEY} and more`,
    'hv01.example.net ssh-ed25519 not-a-key!',
    '',
  ].join('\n');
  expect(offeredKeys(output)).toEqual([
    { type: 'ssh-ed25519', fingerprint: FINGERPRINT, line: `hv01.example.net ${KEY}` },
    { type: 'ssh-ed25519', fingerprint: FINGERPRINT, line: `[hv01.example.net]:2222 ${KEY}` },
  ]);
});
