import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createPowerShellReader } from '../../../src/collect/powershell/reader.ts';
import { sshArguments } from '../../../src/collect/ssh/arguments.ts';
import { createSshReader, type SshOptions } from '../../../src/collect/ssh/reader.ts';
import { PARTS } from '../../../src/document/document.ts';
import { makeWorld } from '../../../src/simulated-host/world.ts';
import { processesWith } from '../../support/processes.ts';
import { comparable } from '../../support/pwsh/comparable.ts';
import { decodeFrames, stubHostFile } from '../../support/pwsh/module.ts';
import { forceSession, installSession } from '../../support/pwsh/session.ts';
import { worldToObjects } from '../../support/pwsh/world-to-objects.ts';
import { lossyProxy, prepareSshd, type Sshd } from '../../support/servers/sshd.ts';
import { describeWith, tool } from '../../support/tools.ts';

// PowerShell runs below normal priority: on a busy machine its start takes long.
vi.setConfig({ testTimeout: 300_000 });

const START = Date.UTC(2026, 0, 5, 8);
const DIST = join(import.meta.dirname, '../../../dist');

describeWith(
  ['ssh', 'sshd', 'ssh-keygen', 'pwsh'],
  'a host over SSH, with the module behind the forced command',
  () => {
    let folder: string;
    let sshd: Sshd;
    let program: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ssh host '));
      program = join(folder, 'program');
      const host = worldToObjects({ ...makeWorld(1, 'cluster', START)(START + 600_000), readBefore: {} });
      writeFileSync(join(folder, 'host.json'), stubHostFile({ ...host, clock: START }));
      installSession(program);
      sshd = await prepareSshd(folder);
      serve();
      await sshd.start();
    });
    afterAll(async () => {
      await sshd.stop();
      rmSync(folder, { recursive: true });
    });

    const serve = (limits = ''): void => forceSession(sshd, program, join(folder, 'host.json'), limits);
    const sessions = () => processesWith(`HYPERV_STUB_HOST=${folder}`);
    const options = (): SshOptions => ({
      env: { PATH: process.env['PATH'] },
      platform: process.platform,
      trustCommand: 'trust',
      expectedModuleVersion: '0.1.0',
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      includeIpAddresses: true,
      startMs: 120_000,
    });
    const soon = (): AbortSignal => AbortSignal.timeout(200_000);
    const ssh = (...more: readonly string[]) => {
      const words = sshArguments(sshd.target, process.platform);
      const at = words.indexOf('--');
      return [
        ...words.slice(0, at),
        ...more.filter((each) => each.startsWith('-')),
        ...words.slice(at, at + 2),
        ...more.filter((each) => !each.startsWith('-')),
      ];
    };

    it('has the documents of the local transport, for every part', async () => {
      const local = createPowerShellReader({
        ...options(),
        executable: tool('pwsh'),
        mode: 'served',
        env: { ...process.env, HYPERV_STUB_HOST: join(folder, 'host.json') },
        moduleRoot: program,
      });
      const remote = createSshReader(sshd.target, options());
      try {
        let length = 0;
        for (const part of PARTS) {
          const wanted = comparable(await local.read(part, soon()));
          expect(comparable(await remote.read(part, soon())), part).toEqual(wanted);
          length += wanted.length;
        }
        expect(length).toBeGreaterThan(50_000);
      } finally {
        await Promise.all([local.close(), remote.close()]);
      }
      await vi.waitFor(() => expect(sessions()).toEqual([]), 60_000);
    });

    it('a module that is missing there, or older, is told with its code, and data is back with the next poll', async () => {
      const remote = createSshReader(sshd.target, options());
      const read = () => remote.read('cluster', soon());
      try {
        rmSync(join(program, 'HyperVSriov'), { recursive: true });
        await expect(read()).rejects.toMatchObject({ code: 'module_not_found' });
        installSession(program);
        const manifest = join(program, 'HyperVSriov', 'HyperVSriov.psd1');
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace("'0.1.0'", "'0.0.9'"));
        await vi.waitFor(
          async () => expect(read()).rejects.toMatchObject({ code: 'module_version_mismatch' }),
          120_000,
        );
        installSession(program);
        await vi.waitFor(async () => expect(await read()).toMatchObject({ part: 'cluster' }), {
          timeout: 60_000,
          interval: 1000,
        });
      } finally {
        await remote.close();
      }
    });

    it('a stolen key gets frames and bad_request, and nothing of what it asks for is done', async () => {
      const canary = join(folder, 'canary');
      writeFileSync(canary, 'alive');
      const planted = join(folder, 'planted');
      const asked = (...more: readonly string[]) =>
        spawnSync(tool('ssh'), ssh(...more), { input: '', encoding: 'utf8', timeout: 120_000 });
      const onlyGreeting = ({ stdout }: { readonly stdout: string }) => {
        expect(decodeFrames(stdout)).toMatchObject([{ id: 1, status: 'ok', payload: { module: '0.1.0' } }]);
        expect(stdout.replaceAll(/@HVSRIOV1 \d+ ok \d+ \S*@END/g, '')).toBe('');
      };
      onlyGreeting(asked(`rm -rf '${canary}'; touch '${planted}'`));
      onlyGreeting(asked('-s', 'sftp'));
      // A terminal, and a forwarded port: the server refuses the whole request.
      for (const [more, why] of [
        [['-tt', `touch '${planted}'`], /PTY allocation request failed/],
        [['-W127.0.0.1:22'], /forwarding failed/],
      ] as const) {
        const { status, stdout, stderr } = asked(...more);
        expect([status, stdout]).toEqual([255, '']);
        expect(stderr).toMatch(why);
      }

      // 10,000 lines, ten a session.
      const letters = 'abc019 ;|&$(){}<>\'"`\\/-=,%!@#\t';
      const line = (n: number): string =>
        Array.from({ length: 5 + (n % 40) }, (_, at) => letters[(n * 31 + at * at * 7 + n * at) % letters.length]).join(
          '',
        );
      const all = Array.from({ length: 10_000 }, (_, n) => `${line(n)}touch ${planted}`);
      const flood = spawnSync(tool('ssh'), ssh(), {
        input: `${all.join('\n')}\n`,
        encoding: 'utf8',
        timeout: 120_000,
        maxBuffer: 1e8,
      });
      const [greeting, ...answers] = decodeFrames(flood.stdout);
      expect(greeting).toMatchObject({ id: 1, status: 'ok' });
      expect(answers).toHaveLength(10);
      expect(
        answers.every(({ status, payload }) => status === 'error' && JSON.stringify(payload).includes('"bad_request"')),
      ).toBe(true);
      expect([existsSync(planted), readFileSync(canary, 'utf8')]).toEqual([false, 'alive']);
      await vi.waitFor(() => expect(sessions()).toEqual([]), 60_000);
    });

    it('leaves no process on the host: after SIGKILL of the collector, and after a silence', async () => {
      const script = join(folder, 'collector.mjs');
      const target = { ...sshd.target };
      writeFileSync(
        script,
        `import { createSshReader } from ${JSON.stringify(pathToFileURL(join(DIST, 'collect/ssh/reader.js')).href)};
import { systemClock } from ${JSON.stringify(pathToFileURL(join(DIST, 'clock.js')).href)};
const reader = createSshReader(${JSON.stringify(target)}, { env: { PATH: process.env.PATH }, platform: process.platform, trustCommand: 'trust',
  expectedModuleVersion: '0.1.0', clock: systemClock, log: { debug() {}, info() {}, warn() {} } });
await reader.read('cluster', AbortSignal.timeout(200_000));
console.log('read');
setInterval(() => {}, 1000);
`,
      );
      const collector = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      collector.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      await vi.waitFor(() => expect(printed).toContain('read'), 200_000);
      expect(sessions().length).toBeGreaterThan(0);
      collector.kill('SIGKILL');
      await vi.waitFor(() => expect(sessions()).toEqual([]), 60_000);

      // The host's own clean-up of a dead connection is not waited for: the session ends where no request comes.
      serve('-MaxIdleSeconds 20');
      const proxy = await lossyProxy(sshd.port);
      const known = `[127.0.0.1]:${proxy.port} ${sshd.publicKey(join(folder, 'host key'))}`;
      const remote = createSshReader(
        { ...target, port: proxy.port, knownHostsFiles: [sshd.knownHosts('by proxy', known)] },
        options(),
      );
      await remote.read('cluster', soon());
      proxy.silence();
      await remote.close();
      expect(sessions().length).toBeGreaterThan(0);
      await vi.waitFor(() => expect(sessions()).toEqual([]), 60_000);
      await proxy.close();
      serve();
    });
  },
);
