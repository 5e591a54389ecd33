import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createSshReader, type SshOptions, type SshReader } from '../../../src/collect/ssh/reader.ts';
import type { SshTarget } from '../../../src/collect/ssh/target.ts';
import { processesWith } from '../../support/processes.ts';
import { freePort } from '../../support/servers/port.ts';
import { lossyProxy, type LossyProxy, prepareSshd, type Sshd } from '../../support/servers/sshd.ts';
import { describeWith, tool } from '../../support/tools.ts';

vi.setConfig({ testTimeout: 120_000 });

const FAKE = join(import.meta.dirname, '../../support/fake-shell.mjs');
const soon = (ms = 60_000): AbortSignal => AbortSignal.timeout(ms);

/*
 * The link alone: a real OpenSSH client and server; behind the forced command stands a program that answers with the
 * frames of a served session, since PowerShell's own start would be most of the time. host.system.test.ts has the module.
 */
describeWith(['ssh', 'sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add'], 'the SSH link', () => {
  let folder: string;
  let sshd: Sshd;
  let reader: SshReader | undefined;
  const proxies: LossyProxy[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssh link '));
    sshd = await prepareSshd(folder);
    await sshd.start();
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    serve();
  });
  afterEach(async () => {
    await reader?.close();
    for (const proxy of proxies.splice(0)) await proxy.close();
    await vi.waitFor(() => expect([clients(), sessions()]).toEqual([[], []]), 60_000);
  });

  /** What the host answers with; `env` tells the fake shell what to do wrong. */
  function serve(env: Readonly<Record<string, string>> = {}): void {
    const lines = Object.entries({ REMOTE: folder, FAKE_ONCE: sshd.file('done'), ...env });
    const script = sshd.file('serve');
    rmSync(sshd.file('done'), { force: true });
    writeFileSync(
      script,
      `#!/bin/sh\n${lines.map(([name, value]) => `export ${name}='${value}'\n`).join('')}exec '${process.execPath}' '${FAKE}' -File session.ps1\n`,
    );
    chmodSync(script, 0o755);
    sshd.authorize(`'${script}'`);
  }
  const clients = () => processesWith(`COLLECTOR=${folder}`);
  const sessions = () => processesWith(`REMOTE=${folder}`);

  function open(change: Partial<SshTarget> = {}, options: Partial<SshOptions> = {}): SshReader {
    reader = createSshReader(
      { ...sshd.target, ...change },
      {
        env: { PATH: process.env['PATH'], COLLECTOR: folder, SSH_AUTH_SOCK: '/nowhere' },
        platform: process.platform,
        trustCommand: 'the command for its key',
        expectedModuleVersion: '0.1.0',
        clock: systemClock,
        log: { debug: () => {}, info: () => {}, warn: () => {} },
        folder,
        ...options,
      },
    );
    return reader;
  }
  const ask = (signal = soon()): Promise<unknown> => reader!.read('activity', signal);
  const works = async (): Promise<void> => {
    expect(await ask()).toMatchObject({ schema: 1, part: 'activity' });
    expect(reader!.link()).toMatchObject({ state: 'up', error: undefined });
  };
  async function proxied(change: Partial<SshTarget> = {}): Promise<LossyProxy> {
    const proxy = await lossyProxy(sshd.port);
    proxies.push(proxy);
    const key = sshd.publicKey(sshd.file('host key'));
    open({
      port: proxy.port,
      knownHostsFiles: [sshd.knownHosts('proxied', `[127.0.0.1]:${proxy.port} ${key}`)],
      ...change,
    });
    return proxy;
  }
  const refusedWith = async (code: string): Promise<string> => {
    const error: unknown = await ask().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(reader!.link()).toMatchObject({ state: 'down', error: { code } });
    return error instanceof Error ? error.message : '';
  };

  it('reads every part over two logons, and leaves nothing behind when it is closed', async () => {
    open();
    const before = sshd.log().split('Accepted publickey').length;
    for (const part of ['inventory', 'activity', 'config', 'cluster', 'eventlog', 'activity'] as const)
      expect(await reader!.read(part, soon())).toMatchObject({ schema: 1, part });
    expect(sshd.log().split('Accepted publickey').length - before).toBe(2);
    expect([clients().length, sessions().length]).toEqual([2, 2]);
    expect(reader!.link()).toMatchObject({ state: 'up', connects: { ok: 2, failed: 0 }, restarts: 0 });
    expect(reader!.link().bytes).toBeGreaterThan(1000);
    await reader!.close();
    await vi.waitFor(() => expect([clients(), sessions()]).toEqual([[], []]), 60_000);
  });

  it('is recycled by calls, and at the limit that the session tells', async () => {
    serve({ FAKE_SERVED_CALLS: '3' });
    open({}, { recycle: { calls: 5 } });
    for (let call = 0; call < 7; call += 1) await works();
    expect(reader!.link()).toMatchObject({ restarts: 2, connects: { ok: 3, failed: 0 } });
  });

  it('that is cut in the middle of a frame is link_lost, and the next poll connects again', async () => {
    serve({ FAKE_ROWS: '5000' });
    const proxy = await proxied();
    await works();
    proxy.cutAfter(20_000);
    expect(await refusedWith('link_lost')).toContain('the next poll connects again');
    await works();
    expect(reader!.link()).toMatchObject({ restarts: 1 });
  });

  it('survives a restart of sshd, and comes back after a stop', async () => {
    open();
    await works();
    await sshd.stop();
    // Sessions are processes of their own.
    await works();
    expect(reader!.link().restarts).toBe(0);
    const [session = 0] = sessions();
    process.kill(session, 'SIGKILL');
    await vi.waitFor(() => expect(clients()).toEqual([]), 60_000);
    // The first call may still be given to the session that has just died: that one is `link_lost`.
    await vi.waitFor(() => refusedWith('connection_refused'), 30_000);
    await sshd.start();
    // and the next one may wait for the back-off of those that failed.
    await vi.waitFor(works, 30_000);
  });

  it('a peer that falls silent in a call is found within 30 s, and so is one between calls', async () => {
    const proxy = await proxied();
    await works();
    proxy.silence();
    const began = performance.now();
    await refusedWith('link_lost');
    expect(performance.now() - began).toBeLessThan(35_000);
    proxy.heal();
    await works();
    proxy.silence();
    await vi.waitFor(() => expect(clients()).toEqual([]), 35_000);
    proxy.heal();
    // A call may still meet the connection whose client has just ended.
    await vi.waitFor(works, 30_000);
    // The sessions behind the silence are the host's: they end with their connection, which this proxy still holds.
    expect(sessions()).toHaveLength(3);
    await proxy.close();
    proxies.length = 0;
  });

  it('a host key that is not known, and one that has changed', async () => {
    const other = sshd.key('other');
    const file = sshd.knownHosts('changing', '# nothing');
    open({ knownHostsFiles: [file] });
    expect(await refusedWith('host_key_unknown')).toContain('`the command for its key` prints it and the line to add');
    sshd.knownHosts('changing', `[127.0.0.1]:${sshd.port} ${sshd.publicKey(other)}`);
    await reader!.close();
    open({ knownHostsFiles: [file] });
    const text = await refusedWith('host_key_changed');
    // Which line to remove is what ssh says last.
    expect(text).toContain(`Offending ED25519 key in ${file}:1`);
    expect(text).toContain('somebody else answers at this address');
    sshd.knownHosts('changing', `[127.0.0.1]:${sshd.port} ${sshd.publicKey(sshd.file('host key'))}`);
    await works();
    sshd.knownHosts('changing', `@revoked * ${sshd.publicKey(sshd.file('host key'))}`);
    await reader!.close();
    open({ knownHostsFiles: [file] });
    await refusedWith('host_key_revoked');
  });

  it('a host key that a certificate authority has signed', async () => {
    const authority = sshd.key('authority');
    const host = sshd.file('host key');
    execFileSync(tool('ssh-keygen'), ['-q', '-s', authority, '-I', 'hv01', '-h', '-n', '127.0.0.1', `${host}.pub`]);
    await sshd.stop();
    await sshd.start([`HostCertificate "${host}-cert.pub"`]);
    try {
      open({ knownHostsFiles: [sshd.knownHosts('signed', `@cert-authority * ${sshd.publicKey(authority)}`)] });
      await works();
      await reader!.close();
      const other = sshd.key('other authority');
      open({ knownHostsFiles: [sshd.knownHosts('signed', `@cert-authority * ${sshd.publicKey(other)}`)] });
      await refusedWith('host_key_unknown');
    } finally {
      rmSync(`${host}-cert.pub`);
      await sshd.stop();
      await sshd.start();
    }
  });

  it('a key that the host refuses, and one that is let in later', async () => {
    const other = sshd.key('refused');
    open({ keyFile: other });
    expect(await refusedWith('key_refused')).toMatch(/the host refuses the key .*refused for .*authorized_keys/);
    writeFileSync(
      sshd.file('authorized_keys'),
      `command="'${sshd.file('serve')}'",restrict ${sshd.publicKey(other)}\n`,
    );
    await works();
  });

  it('a key that is missing, damaged, or open to others', async () => {
    open({ keyFile: sshd.file('missing') });
    await refusedWith('key_unusable');
    await reader!.close();
    writeFileSync(sshd.file('damaged'), 'no key', { mode: 0o600 });
    open({ keyFile: sshd.file('damaged') });
    await refusedWith('key_unusable');
    await reader!.close();
    const open666 = sshd.key('open');
    chmodSync(open666, 0o666);
    // ssh loads a private key once the host would let it in.
    writeFileSync(
      sshd.file('authorized_keys'),
      `command="'${sshd.file('serve')}'",restrict ${sshd.publicKey(open666)}\n`,
    );
    open({ keyFile: open666 });
    expect(await refusedWith('key_unusable')).toMatch(/too open|bad permissions/);
    chmodSync(open666, 0o600);
    await works();
  });

  it('the key of an agent, and a key with a passphrase through it', async () => {
    const locked = sshd.key('locked', 'secret');
    writeFileSync(
      sshd.file('authorized_keys'),
      `command="'${sshd.file('serve')}'",restrict ${sshd.publicKey(locked)}\n`,
    );
    open({ keyFile: locked });
    expect(await refusedWith('key_refused')).toContain('A key with a passphrase needs an agent');
    await reader!.close();
    const socket = sshd.file('agent');
    const agent = spawn(tool('ssh-agent'), ['-D', '-a', socket]);
    try {
      // Its socket is there a little before it accepts connections.
      const added = () =>
        execFileSync(tool('ssh-add'), ['-q', locked], {
          env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askPass(), SSH_ASKPASS_REQUIRE: 'force' },
        });
      await vi.waitFor(added, 60_000);
      open({ keyFile: undefined, agent: socket });
      await works();
      await reader!.close();
      open({ keyFile: `${locked}.pub`, agent: socket });
      await works();
      await reader!.close();
    } finally {
      agent.kill();
    }
  });
  function askPass(): string {
    writeFileSync(sshd.file('askpass'), '#!/bin/sh\necho secret\n', { mode: 0o755 });
    return sshd.file('askpass');
  }

  it('a forced command that is missing, wrong, or not ours', async () => {
    open();
    sshd.authorize(undefined);
    expect(await refusedWith('session_not_served')).toContain('hyperv-sriov-exporter-session');
    sshd.authorize('/nowhere/session');
    await reader!.close();
    open();
    await refusedWith('session_not_served');
    sshd.authorize('echo Microsoft Windows; exit 0');
    await reader!.close();
    open();
    expect(await refusedWith('session_not_served')).toContain('Microsoft Windows');
    serve();
    await works();
  });

  it('a host that greets with another version', async () => {
    serve({ FAKE_MODULE_VERSION: '0.0.9' });
    open();
    expect(await refusedWith('module_version_mismatch')).toMatch(
      /has version \S+, this program \S+: on \S+ \(127\.0\.0\.1\), as an administrator, copy the folder dist\\collect\\powershell/,
    );
    serve();
    await works();
  });

  it('a name that has no address, a port that is closed, and one that says nothing', async () => {
    open({ address: 'no-such-host.invalid' });
    expect(await refusedWith('name_unknown')).toContain('the name no-such-host.invalid has no address');
    await reader!.close();
    open({ port: await freePort() });
    await refusedWith('connection_refused');
    await reader!.close();
    const silent: Server = createServer(() => {}).listen(0, '127.0.0.1');
    const closing: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    try {
      await Promise.all([once(silent, 'listening'), once(closing, 'listening')]);
      const portOf = (server: Server): number => {
        const address = server.address();
        return typeof address === 'object' && address !== null ? address.port : 0;
      };
      open({ port: portOf(silent) });
      const began = performance.now();
      await refusedWith('connect_timeout');
      expect(performance.now() - began).toBeLessThan(20_000);
      await reader!.close();
      open({ port: portOf(closing) });
      await refusedWith('connection_closed');
      await reader!.close();
    } finally {
      silent.close();
      closing.close();
    }
  });

  it('a target behind a jump host, whose host key is checked too', async () => {
    // The same server twice: the jump may forward, the target's key may not.
    const jumpKey = sshd.publicKey(sshd.file('client key'));
    const script = sshd.file('serve');
    const known = sshd.target.knownHostsFiles[0]!;
    const { port, user } = sshd.target;
    const jump = { address: 'localhost', port, user };
    // Where the same key is offered, who asks for a program gets the session, who asks for a channel gets that.
    writeFileSync(sshd.file('authorized_keys'), `command="'${script}'",permitopen="127.0.0.1:${port}" ${jumpKey}\n`);
    open({ jump });
    expect(await refusedWith('host_key_unknown')).toContain(`at the jump host localhost: its host key is not in`);
    await reader!.close();
    sshd.knownHosts(
      'both',
      `${readFileSync(known, 'utf8')}[localhost]:${port} ${sshd.publicKey(sshd.file('host key'))}`,
    );
    open({ jump, knownHostsFiles: [sshd.file('both')] });
    await works();
    expect(clients()).toHaveLength(2);
    // A file with the jump host and nothing secret
    await reader!.close();
  });

  it('no ssh client, and none of a shape that can be started', async () => {
    open({}, { executable: '/nowhere/ssh' });
    expect(await refusedWith('ssh_not_found')).toContain('install it');
  });

  it('connects wait for the gate, and their wait is no timeout of a call', async () => {
    const order: string[] = [];
    let free = (): void => {};
    const gate: SshOptions['gate'] = async (work) => {
      order.push('asked');
      await new Promise<void>((resolve) => (free = resolve));
      order.push('let in');
      return work();
    };
    open({}, { gate });
    await expect(reader!.start('activity', soon(300))).rejects.toMatchObject({ code: 'timeout' });
    expect([order, clients(), reader!.link().state]).toEqual([['asked'], [], 'connecting']);
    const started = reader!.start('activity', soon());
    free();
    await started;
    expect(order).toEqual(['asked', 'let in']);
    await works();
  });

  it('is not made by a reader that was closed while it waited for the gate', async () => {
    let free = (): void => {};
    const gate: SshOptions['gate'] = async (work) => {
      await new Promise<void>((resolve) => (free = resolve));
      return work();
    };
    open({}, { gate });
    const asked = ask();
    const rejected = expect(asked).rejects.toMatchObject({ code: 'session_closed' });
    await reader!.close();
    free();
    await rejected;
    expect(clients()).toEqual([]);
  });
});
