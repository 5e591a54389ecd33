import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleFolder } from '../../support/pwsh/module.ts';
import { describeWith, tool } from '../../support/tools.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPl2b0l8o3vSg9Qw3J1kqg3lq6l2s3b9cY1bq2Y8u6bA';
const SID = 'S-1-5-21-7-1000';
const GIVEN = { PublicKey: `${KEY} collector`, From: '192.0.2.10,198.51.100.0/24' };

const run = z.object({
  said: z.array(z.string()),
  failed: z.string().nullable(),
  state: z.object({
    Users: z.record(z.string(), z.object({ SID: z.string(), Description: z.string(), PasswordLength: z.number() })),
    Members: z.record(z.string(), z.array(z.string())),
    Namespaces: z.record(z.string(), z.string()),
    Rules: z.record(z.string(), z.record(z.string(), z.string())),
    Restarts: z.number(),
    Startup: z.string(),
  }),
});
type Run = z.infer<typeof run>;
interface Wanted {
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly state?: object;
}

const SSHD_CONFIG = [
  '# as Windows ships it',
  'SyslogFacility LOCAL0',
  'Subsystem sftp sftp-server.exe',
  '',
  'Match Group administrators',
  '    AuthorizedKeysFile __PROGRAMDATA__/ssh/administrators_authorized_keys',
];
const SERVICES: Readonly<Record<string, string>> = {
  scmanager: 'D:(A;;CC;;;AU)(A;;CCLCRPRC;;;IU)(A;;KA;;;BA)S:(AU;FA;KA;;;WD)',
  vmms: 'D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCLCSWLOCRRC;;;IU)S:(AU;FA;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;WD)',
};

describeWith(['pwsh', 'sshd', 'ssh-keygen'], 'setup-ssh.ps1', () => {
  let root: string;
  let data: string;
  let program: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'setup-ssh-'));
    data = join(root, 'ProgramData');
    program = join(root, 'Program Files');
    mkdirSync(join(data, 'ssh'), { recursive: true });
    mkdirSync(join(root, 'Windows', 'System32'), { recursive: true });
    cpSync(moduleFolder, program, { recursive: true, filter: (from) => !from.endsWith('.ts') });
    execFileSync(tool('ssh-keygen'), [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      join(data, 'ssh', 'ssh_host_ed25519_key'),
    ]);
    for (const [name, sddl] of Object.entries(SERVICES)) writeFileSync(join(root, name), sddl);
    const programs = {
      'sc.exe': `case "$1" in sdshow) echo; cat '${root}'/"$2" 2>/dev/null || exit 1060;; sdset) [ -e '${root}'/"$2" ] || exit 1060; printf %s "$3" > '${root}'/"$2"; echo SUCCESS;; esac`,
      'icacls.exe': `echo "$@" > '${root}/icacls'`,
    };
    for (const [name, body] of Object.entries(programs))
      writeFileSync(join(root, 'Windows', 'System32', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const config = () =>
    readFileSync(join(data, 'ssh', 'sshd_config'), 'utf8')
      .trimEnd()
      .split(/\r?\n/);
  const keyFile = () => join(data, 'ssh', 'hyperv-sriov-exporter_authorized_keys');
  const service = (name: string) => readFileSync(join(root, name), 'utf8');

  const perform = (...runs: readonly Wanted[]): readonly Run[] => performWith({}, ...runs);
  function performWith(
    { more = [], sshdFile = tool('sshd') }: { readonly more?: readonly string[]; readonly sshdFile?: string },
    ...runs: readonly Wanted[]
  ): readonly Run[] {
    rmSync(keyFile(), { force: true });
    const list = join(root, 'runs');
    writeFileSync(list, runs.map((each) => JSON.stringify({ state: {}, ...each })).join('\n'));
    const host = `HostKey "${join(data, 'ssh', 'ssh_host_ed25519_key')}"`;
    writeFileSync(join(data, 'ssh', 'sshd_config'), [host, ...more, ...SSHD_CONFIG, ''].join('\n'));
    for (const [name, sddl] of Object.entries(SERVICES)) writeFileSync(join(root, name), sddl);
    const script = join(import.meta.dirname, '../../support/pwsh/setup-ssh.ps1');
    const words = ['-NoProfile', '-NonInteractive', '-File', script, join(program, 'setup-ssh.ps1'), list];
    const output = execFileSync(tool('pwsh'), words, {
      env: {
        ...process.env,
        ProgramData: data,
        ProgramFiles: program,
        SystemRoot: join(root, 'Windows'),
        STUB_SSHD: sshdFile,
        TERM: 'dumb',
        NO_COLOR: '1',
      },
      encoding: 'utf8',
    });
    return output
      .trimEnd()
      .split('\n')
      .map((line) => run.parse(JSON.parse(line)));
  }

  it('gives the account what it needs, once, and takes all of it back', () => {
    const before = perform({ parameters: { ...GIVEN, WhatIf: true } })[0]!;
    const untouched = { config: config(), scm: service('scmanager') };
    expect(before.failed).toBeNull();
    expect(before.said.filter((line) => line.startsWith('done'))).toEqual([]);
    expect(before.said.filter((line) => line.startsWith('would')).length).toBeGreaterThan(14);
    // The impact comes before all steps.
    expect(before.said[0]).toMatch(/^impact {2}The service sshd restarts; .*VMs and their network are not changed\.$/);
    expect([existsSync(keyFile()), before.state.Users, before.state.Restarts]).toEqual([false, {}, 0]);

    const [first, second] = perform({ parameters: GIVEN }, { parameters: GIVEN });
    expect(first!.failed).toBeNull();
    // What -WhatIf said is what was done, in that order.
    const titles = (result: Run) =>
      result.said.filter((line) => /^(?:done|would)/.test(line)).map((line) => line.slice(8));
    expect(titles(first!).map((line, index) => line.startsWith(titles(before)[index]!))).toEqual(
      titles(before).map(() => true),
    );
    expect(first!.state.Users['hvsriov']).toMatchObject({ SID, PasswordLength: 68 });
    expect(first!.state.Members).toEqual({
      'S-1-5-32-578': [SID],
      'S-1-5-32-558': ['S-1-5-21-1-500', SID],
      'S-1-5-32-573': [SID],
    });
    expect(first!.state.Namespaces).toEqual({
      'root/cimv2': `O:BAG:BAD:AR(A;CI;CCDCLCSWRPWPRCWD;;;BA)(A;CI;CCDCRP;;;NS)(A;;CCWP;;;${SID})(A;CIID;CCDCRP;;;AU)`,
      'root/StandardCimv2': `O:BAG:BAD:(D;;CC;;;BG)(A;CI;CCDCLCSWRPWPRCWD;;;BA)(A;;CCWP;;;${SID})S:(AU;FA;CC;;;WD)`,
      'root/virtualization/v2': `O:BAG:BAD:(A;;CCWP;;;${SID})(A;CIID;CCDCLCSWRPWPRCWD;;;BA)`,
    });
    expect(service('scmanager')).toBe(
      `D:(A;;CC;;;AU)(A;;CCLCRPRC;;;IU)(A;;KA;;;BA)(A;;CCLCRPRC;;;${SID})S:(AU;FA;KA;;;WD)`,
    );
    expect(service('vmms')).toContain(`(A;;CCLCSWLOCRRC;;;${SID})S:`);
    expect(first!.said.join('\n')).toContain('query ClusSvc: there is no such service');
    expect(first!.said.join('\n')).toContain('namespace root/MSCluster: this Windows has no such namespace');
    expect(first!.state.Rules['hyperv-sriov-exporter-ssh']).toMatchObject({
      LocalPort: '22',
      RemoteAddress: '192.0.2.10 198.51.100.0/24',
      Program: tool('sshd'),
    });
    expect(first!.said.join('\n')).toContain('Disable-NetFirewallRule -Name OpenSSH-Server-In-TCP');
    expect(first!.said.filter((line) => line.startsWith('hostkey ssh-ed25519 '))).toHaveLength(1);
    expect(readFileSync(join(root, 'icacls'), 'utf8')).toContain('/inheritance:r /grant:r *S-1-5-18:F *S-1-5-32-544:F');

    // Again: nothing twice.
    expect(second!.failed).toBeNull();
    expect(second!.state.Namespaces).toEqual(first!.state.Namespaces);
    expect(second!.state.Members).toEqual(first!.state.Members);
    expect(config().filter((line) => line.includes(': begin'))).toHaveLength(1);
    expect(
      second!.said.filter((line) => /nothing to change|it is there|it is a member/.test(line)).length,
    ).toBeGreaterThan(7);

    const [, undone] = perform({ parameters: GIVEN }, { parameters: { Undo: true } });
    expect(undone!.failed).toBeNull();
    expect(undone!.state).toMatchObject({
      Users: {},
      Namespaces: before.state.Namespaces,
      Members: before.state.Members,
    });
    expect(Object.keys(undone!.state.Rules)).toEqual(['OpenSSH-Server-In-TCP']);
    expect([config(), service('scmanager')]).toEqual([untouched.config, untouched.scm]);
    expect(existsSync(keyFile())).toBe(false);
  });

  it('binds the key to session.ps1 twice: before the key, and in a block that sshd accepts and obeys', () => {
    perform({ parameters: GIVEN });
    const command = `${join(root, 'Windows')}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -NoLogo -NoProfile -NonInteractive -File "${program}\\session.ps1"`;
    expect(readFileSync(keyFile(), 'utf8').trimEnd()).toBe(
      `restrict,from="${GIVEN.From}",command="${command.replaceAll('"', '\\"')}" ${KEY}`,
    );
    const effective = (user: string) =>
      execFileSync(
        tool('sshd'),
        ['-T', '-f', join(data, 'ssh', 'sshd_config'), '-C', `user=${user},host=h,addr=192.0.2.10`],
        { encoding: 'utf8' },
      ).split('\n');
    expect(effective('hvsriov')).toEqual(
      expect.arrayContaining([
        `forcecommand ${command}`,
        'authenticationmethods publickey',
        'passwordauthentication no',
        'permittty no',
        'disableforwarding yes',
        'permittunnel no',
        'authorizedkeysfile __PROGRAMDATA__/ssh/hyperv-sriov-exporter_authorized_keys',
      ]),
    );
    // Nobody else is touched.
    expect(effective('other')).toEqual(
      expect.arrayContaining(['forcecommand none', 'permittty yes', 'disableforwarding no']),
    );
    const lines = config();
    expect(lines.indexOf('# hyperv-sriov-exporter: end')).toBeLessThan(lines.indexOf('Match Group administrators'));
    expect(lines.indexOf('# hyperv-sriov-exporter: begin')).toBeGreaterThan(
      lines.indexOf('Subsystem sftp sftp-server.exe'),
    );
  });

  it('changes nothing where modules can be changed by others, OpenSSH is missing, or a value is wrong', () => {
    const writers = perform({ parameters: GIVEN, state: { Writers: { 'session.ps1': 'S-1-5-32-545' } } })[0]!;
    expect(writers.failed).toMatch(/session\.ps1 can be changed by S-1-5-32-545/);
    expect([writers.state.Users, existsSync(keyFile())]).toEqual([{}, false]);
    const wrong = [
      ['PublicKey', 'ssh-ed25519 AAAA\ncommand="x" ssh-ed25519 AAAA'],
      ['PublicKey', `command="x" ${KEY}`],
      ['From', '192.0.2.1"'],
      ['From', '*'],
      ['User', 'a b'],
      ['User', 'x\nMatch all'],
      ['Port', 0],
    ] as const;
    const results = perform(...wrong.map(([name, value]) => ({ parameters: { ...GIVEN, [name]: value } })), {
      parameters: {},
    });
    for (const [index, [name, value]] of wrong.entries())
      expect([value, results[index]!.failed]).toEqual([value, expect.stringContaining(name)]);
    expect(results.at(-1)).toMatchObject({
      failed: expect.stringContaining('-PublicKey and -From'),
      state: { Users: {} },
    });
    const [missing] = performWith({ sshdFile: '' }, { parameters: GIVEN });
    expect(missing).toMatchObject({ failed: expect.stringContaining('Add-WindowsCapability'), state: { Users: {} } });
  });

  it('keeps the former sshd_config where sshd refuses the new one, and an account that somebody else made', () => {
    const user = { hvsriov: { Name: 'hvsriov', SID, Description: 'made by hand', PasswordLength: 0 } };
    const members = { 'S-1-5-32-578': [], 'S-1-5-32-558': [], 'S-1-5-32-573': [], 'OpenSSH Users': [] };
    const [taken, undone] = perform(
      { parameters: GIVEN, state: { Users: user, Members: members } },
      { parameters: { Undo: true } },
    );
    expect(taken!.said.join('\n')).toContain('it is there');
    expect(taken!.state.Members['OpenSSH Users']).toEqual([SID]);
    // The account stays, but in none of the groups.
    expect(undone!.state.Members).toEqual(members);
    expect(undone!.state.Users).toHaveProperty('hvsriov');
    expect(undone!.said.join('\n')).toContain('it was not created by this script, and stays');
    expect(undone!.said[0]).toMatch(/^impact {2}The collector can no longer connect\. /);
    // One that is faulty already, so that sshd refuses every new one.
    const [refused] = performWith({ more: ['Nonsense yes'] }, { parameters: GIVEN });
    expect(refused!.failed).toMatch(/the former one is back.*Nonsense/s);
    expect(config().join('\n')).toContain('Nonsense yes');
    expect(config().join('\n')).not.toContain('hyperv-sriov-exporter');
  });
});
