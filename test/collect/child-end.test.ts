import { expect, it } from 'vitest';
import { fatalCause } from '../../src/cli/fatal.ts';
import { exitError } from '../../src/collect/powershell/child.ts';
import { explainSsh } from '../../src/collect/ssh/explain.ts';

it.each([
  ['EMFILE', 'powershell_not_started', false],
  ['EAGAIN', 'powershell_not_started', false],
  ['ENOENT', 'powershell_not_found', true],
] as const)(
  'a PowerShell that is not started with %s is %s; only a file that is missing is worth a look at its path',
  (code, expected, isHopeless) => {
    const error = exitError('/opt/pwsh', false, `spawn /opt/pwsh ${code}`, '');
    expect(error.code).toBe(expected);
    expect(error.message).toContain(code);
    expect(error.message.includes('Give its full path')).toBe(isHopeless);
    // An agent goes on only where the next poll may succeed.
    expect(fatalCause({ result: 'failed', cause: error }) !== undefined).toBe(isHopeless);
  },
);

it('an OpenSSH client that is not started for lack of descriptors need not be installed', () => {
  const target = { name: 'hv01', address: 'hv01', port: 22, user: 'u', knownHostsFiles: ['/k'], keyFile: '/id' };
  const errorOf = (code: string) =>
    explainSsh(
      { ...target, agent: undefined, jump: undefined },
      { executable: '/usr/bin/ssh', trustCommand: 'trust' },
      { started: false, greeted: false, stdout: '', stderr: '', exitCode: null, ending: `spawn ssh ${code}` },
    );
  expect(errorOf('EMFILE')).toMatchObject({
    code: 'ssh_not_started',
    message: 'The OpenSSH client cannot be started from /usr/bin/ssh (spawn ssh EMFILE). It is tried again',
  });
  expect(errorOf('ENOENT')).toMatchObject({ code: 'ssh_not_found', message: expect.stringContaining('install it') });
});
