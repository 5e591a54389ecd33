import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesWith } from '../support/processes.ts';
import { freePort } from '../support/servers/port.ts';
import { until } from '../support/servers/until.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { showStubHost } from '../support/pwsh/stub-powershell.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { describeWith, tool } from '../support/tools.ts';
import { installStubPowerShell, linkRepository, runOnWindows } from '../support/windows/windows.ts';

const root = join(import.meta.dirname, '../..');
const NAME = 'hyperv-sriov-exporter';
const OLD = '1.0.0';
const NEW = '1.1.0';
const MINUTES = 600_000;

describeWith(['win-run', 'wixl', 'msibuild'], 'the installer on Windows', () => {
  const work = mkdtempSync(join(tmpdir(), 'installer '));
  /** A Windows installation of this file's own: services and what they write to standard error are its. */
  const prefix = join(work, 'windows');
  const eventLog = join(work, 'windows.log');
  // Wine leaves a folder in TMPDIR.
  const env = { WIN_PREFIX: prefix, WIN_LOG: eventLog, WINEDEBUG: '-all,+eventlog', TMPDIR: work };
  const driveC = (...names: readonly string[]) => join(prefix, 'drive_c', ...names);
  const program = (...names: readonly string[]) => driveC('Program Files', NAME, ...names);
  const msi = (version: string) => join(work, `${NAME}-${version}-x64.msi`);
  const shortcut = driveC('ProgramData/Microsoft/Windows/Start Menu/Programs/Hyper-V SR-IOV exporter.url');

  const windows = (...command: readonly [string, ...string[]]) =>
    runOnWindows('win-run', [command[0], '--', ...command.slice(1)], { env });
  /** The installed program, as an administrator runs it. */
  const installed = (...args: readonly string[]) =>
    windows(`C:\\Program Files\\${NAME}\\node.exe`, `C:\\Program Files\\${NAME}\\dist\\main.js`, ...args);
  const msiexec = (...args: readonly string[]) => windows('msiexec.exe', ...args, '/qn', '/l*v', 'C:\\msi.log');
  const toZ = (path: string) => `Z:${path.replaceAll('/', '\\')}`;
  /** Texts of the events so far: the test bed writes them to its log. */
  const events = () =>
    [...readFileSync(eventLog, 'utf8').matchAll(/(err|warn|trace):eventlog:ReportEventW L"(.*)"(?:\.\.\.)?$/gm)].map(
      ([, kind, text]) => `${kind}: ${text}`,
    );
  const commandLine = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  };
  const serviceChildren = () => processesWith(`WINEPREFIX=${prefix}`);
  const serviceProcesses = () => serviceChildren().filter((pid) => commandLine(pid).includes(NAME));
  /** Ends Windows; it starts with the next program. */
  const boot = () => spawnSync(tool('win-run'), ['--stop'], { env: { ...process.env, ...env } });
  const registry = async (key: string) => (await windows('reg.exe', 'query', `HKLM\\${key}`)).code === 0;

  beforeAll(() => {
    for (const version of [OLD, NEW]) {
      const args = [join(root, 'tools/package-windows.mjs'), '--out', work, '--version', version, '--msi-only'];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    }
  }, MINUTES);
  afterAll(() => {
    boot();
    rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  describe.each([
    ['the usual folder', undefined, 'ProgramData/hyperv-sriov-exporter'],
    ['a folder with a blank and an umlaut', 'C:\\Hyper-V Überwachung\\SR-IOV', 'Hyper-V Überwachung/SR-IOV'],
  ])('with its data in %s', (_, dataDir, folder) => {
    const data = (...names: readonly string[]) => driveC(...folder.split('/'), ...names);
    const config = (text: string) => writeFileSync(data('config', 'config.yaml'), text.replaceAll('\n', '\r\n'));
    let port: number;
    let properties: readonly string[];
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const vms = async () => [...(await get('/metrics')).matchAll(/^hyperv_vm_info\{.*?vm="([^"]+)"/gm)].length;
    const version = async () => /^hyperv_exporter_build_info\{.*?version="([^"]+)"/m.exec(await get('/metrics'))?.[1];
    /** Since when each virtual NIC is on its path. */
    const since = async () => {
      const { vnics } = JSON.parse(await get('/api/v1/vnics?limit=1000')) as {
        vnics: readonly { id: string; since?: string }[];
      };
      return new Map(vnics.flatMap(({ id, since: time }) => (time === undefined ? [] : [[id, time] as const])));
    };
    const logs = () =>
      existsSync(data('logs'))
        ? readdirSync(data('logs'))
            .map((file) => readFileSync(data('logs', file), 'utf8'))
            .join('\n')
        : 'no logs';
    const why = { why: () => `${logs()}\n${existsSync(eventLog) ? events().join('\n') : ''}` };

    beforeAll(async () => {
      port = await freePort();
      properties = [
        `LISTEN_PORT=${port}`,
        'REMOTE_ADDR=192.0.2.10',
        'EXTRA_FLAGS=--source demo --demo.scenario vf-pool-exhausted',
        ...(dataDir === undefined ? [] : [`DATA_DIR=${dataDir}`]),
      ];
      if (dataDir !== undefined) mkdirSync(driveC('Hyper-V Überwachung'));
    });

    it.runIf(dataDir !== undefined && process.getuid?.() === 0)(
      'a data folder that another account has made is refused, with an event, and nothing stays installed',
      async () => {
        mkdirSync(data('config'), { recursive: true });
        writeFileSync(data('config', 'config.yaml'), 'source: demo\n');
        for (const path of [data(), data('config'), data('config', 'config.yaml')]) chownSync(path, 12_345, 12_345);
        // What the installer starts writes its events to the standard error of the installer, in the test bed.
        const { code, stderr } = await msiexec('/i', toZ(msi(OLD)), ...properties);
        rmSync(data(), { recursive: true });
        expect(code).not.toBe(0);
        expect(stderr).toMatch(
          /err:eventlog:ReportEventW L"setup failed:.*SR-IOV belongs to S-1-[\d-]+, not to an administrator/,
        );
        expect(existsSync(program())).toBe(false);
        expect(await registry(`SYSTEM\\CurrentControlSet\\Services\\${NAME}`)).toBe(false);
      },
      MINUTES,
    );

    it(
      'msiexec /i installs, and the service runs and answers a scrape',
      async () => {
        const began = Date.now();
        const { code, stdout } = await msiexec('/i', toZ(msi(OLD)), ...properties);
        expect({ code, stdout, logs: code === 0 ? '' : logs() }).toEqual({ code: 0, stdout: '', logs: '' });
        await until('a scrape', async () => (await vms()) > 0, why);
        console.info(`msiexec to the first scrape with VMs: ${((Date.now() - began) / 1000).toFixed(1)} s`);
        expect(await version()).toBe(OLD);
        expect(events().filter((line) => line.includes('The agent has started'))).not.toEqual([]);
        expect(readFileSync(shortcut, 'utf8')).toContain(`URL=http://localhost:${port}/`);
        const { stdout: environment } = await windows(
          'reg.exe',
          'query',
          'HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment',
          '/v',
          'Path',
        );
        expect(environment).toContain(`C:\\Program Files\\${NAME}\\bin`);
        expect(await registry(`SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${NAME}`)).toBe(true);
      },
      MINUTES,
    );

    it('doctor --service and config print --service use the settings of the service', async () => {
      const { stdout } = await installed('config', 'print', '--service');
      expect(stdout).toContain(`listen-address: :${port}`);
      expect(stdout).toContain(`path: ${dataDir ?? `C:\\ProgramData\\${NAME}`}\\state`);
      const doctor = async () => {
        const { stdout: json } = await installed('doctor', '--service', '--json');
        const { checks } = JSON.parse(json) as { checks: readonly { id: string; status: string; text: string }[] };
        return (id: string) => checks.find((check) => check.id === id);
      };
      const of = await doctor();
      expect(of('configuration')?.text).toContain('config.yaml is valid');
      expect(of('listen_address')?.text).toContain(`:${port}`);
      expect(of('storage')?.status).toBe('ok');
      const rights = ['program_rights', 'module_rights', 'configuration_rights', 'storage_rights'];
      expect(rights.map((id) => [id, of(id)?.status])).toEqual(rights.map((id) => [id, 'ok']));
      chmodSync(data('config', 'config.yaml'), 0o666);
      expect((await doctor())('configuration_rights')?.text).toContain('config.yaml: Everyone can write it');
      chmodSync(data('config', 'config.yaml'), 0o600);
    });

    it('a change of the configuration is taken over', async () => {
      const all = await vms();
      config('vm:\n  include: nothing-has-this-name\n');
      await until('no VM is shown', async () => (await vms()) === 0, why);
      // Without the filter the file could be one that was cut.
      config('vm:\n  include: .*\n');
      await until('all VMs are shown again', async () => (await vms()) === all, why);
    });

    it('a change with faults is refused with an event, and the configuration before stays in force', async () => {
      const before = events().length;
      const all = await vms();
      config('vm:\n  includes: x\n');
      await until('the event', () => events().length > before, why);
      expect(events().slice(before).join('\n')).toMatch(
        /^warn: .*config\.yaml:2: vm\.includes: is not a known setting/s,
      );
      expect(await vms()).toBe(all);
      // The same by the service control manager, at once.
      const again = events().length;
      expect((await installed('service', 'reload')).code).toBe(0);
      await until('the event after reload', () => events().length > again, why);
      config('vm:\n  include: .*\n');
    });

    it('stop ends it within 10 s and leaves no process', async () => {
      expect(serviceProcesses().length).toBeGreaterThan(0);
      const began = Date.now();
      const { code, stdout } = await installed('service', 'stop');
      expect([code, stdout]).toEqual([0, `the service ${NAME} is stopped\n`]);
      await until('no process', () => serviceProcesses().length === 0, why);
      const seconds = (Date.now() - began) / 1000;
      console.info(`stop to the end of the last process: ${seconds.toFixed(1)} s`);
      expect(seconds).toBeLessThan(10);
      await expect(get('/metrics')).rejects.toThrow();
      expect(events().at(-1)).toBe('trace: The agent has stopped.');
    });

    it.runIf(dataDir === undefined)(
      'taskkill /F on the service in the middle of a hang leaves no PowerShell behind',
      async () => {
        const running = (name: string) => serviceChildren().filter((pid) => commandLine(pid).includes(name));
        const source = (name: string) => installed('setup', '--source', name, '--no-doctor');
        showStubHost(work, worldToObjects(makeWorld(1, 'healthy', Date.now())(Date.now()), true));
        linkRepository(prefix);
        installStubPowerShell(work, prefix);
        expect((await source('powershell')).code).toBe(0);
        await until('a poll', async () => (await vms()) > 0, why);
        // powershell.exe of the test bed starts pwsh.exe: a child of the agent's child.
        const hung = running('pwsh.exe');
        expect(Math.min(hung.length, running('powershell.exe').length)).toBeGreaterThan(0);
        for (const pid of hung) process.kill(pid, 'SIGSTOP');
        const { stdout } = await installed('service', 'status');
        const [, pid = ''] = /^state +running, process (\d+)$/m.exec(stdout) ?? [];
        expect((await windows('taskkill.exe', '/F', '/PID', pid)).code).toBe(0);
        await until('none of them', () => running('powershell.exe').length + running('pwsh.exe').length === 0, {
          withinMs: 5000,
          ...why,
        });
        // To the service control manager of the test bed it still runs. A boot helps, and starts it as it would on a host.
        boot();
        await until(
          'it runs after a boot',
          async () => /^state +running/m.test((await installed('service', 'status')).stdout),
          why,
        );
        expect((await source('demo')).code).toBe(0);
        await until('it serves again', async () => (await vms()) > 0, why);
      },
    );

    it('a broken configuration leaves a readable event and an exit code, and the service stays stopped', async () => {
      expect((await installed('service', 'stop')).code).toBe(0);
      config('poll:\n  inventory: { interval: 7s }\n');
      const { code, stderr } = await installed('service', 'start');
      expect(code).toBe(1);
      expect(stderr).toContain('is stopped (exit code 64)');
      const event = events().at(-1);
      expect(event).toMatch(/^err: The agent stopped with exit code 64:/);
      expect(event).toContain('config.yaml:2: poll.inventory.interval: must divide a minute');
      const status = await installed('service', 'status');
      expect(status.stdout).toContain('stopped (exit code 64)');
      config('');
      expect((await installed('service', 'start')).code).toBe(0);
    });

    it(
      'an upgrade to a higher version keeps configuration, state and logs',
      async () => {
        config('labels:\n  ip-addresses: true\n');
        await until('the host was read', async () => (await vms()) > 0, why);
        const began = new Date().toISOString();
        const before = await since();
        expect(before.size).toBeGreaterThan(10);
        const upgrade = async (...args: readonly string[]) => {
          const { code } = await msiexec(...args);
          expect({ code, logs: code === 0 ? '' : logs() }).toEqual({ code: 0, logs: '' });
        };
        if (dataDir === undefined) {
          // What Windows Installer does in an upgrade. Flags, account and firewall rule are those of the former service.
          await upgrade('/x', toZ(msi(OLD)), 'UPGRADINGPRODUCTCODE={11111111-2222-3333-4444-555555555555}');
          expect(existsSync(program())).toBe(false);
          await upgrade('/i', toZ(msi(NEW)));
        } else {
          // Wine finds and removes the old version, but does not set UPGRADINGPRODUCTCODE: the old version is uninstalled
          // with its service. Data stays; the flags have to be given again.
          await upgrade('/i', toZ(msi(NEW)), ...properties);
        }
        await until('the new version', async () => (await version()) === NEW && (await vms()) > 0, why);
        expect(readFileSync(data('config', 'config.yaml'), 'utf8')).toContain('ip-addresses: true');
        // Virtual NICs are on their path since before the upgrade.
        const after = await since();
        const kept = [...before].filter(([id, time]) => time < began && after.get(id) === time);
        expect(kept.length).toBeGreaterThan(10);
        expect(logs()).toContain('"msg":"stopped"');
        expect(readFileSync(program('package.json'), 'utf8')).toContain(`"version": "${NEW}"`);
      },
      MINUTES,
    );

    it(
      'a repair brings back what is missing or damaged, and keeps settings and configuration',
      async () => {
        const before = readFileSync(data('config', 'config.yaml'), 'utf8');
        const { stdout: status } = await installed('service', 'status');
        rmSync(program('dist', 'main.js'));
        rmSync(program('bin'), { recursive: true });
        writeFileSync(program('dist', 'http', 'page', 'page.css'), 'damaged');
        // msiexec /fa PACKAGE; that of the test bed takes no path after /f.
        const { code } = await msiexec('/i', toZ(msi(NEW)), 'REINSTALL=ALL', 'REINSTALLMODE=amus');
        expect({ code, logs: code === 0 ? '' : logs() }).toEqual({ code: 0, logs: '' });
        const wrong = readFileSync(program('SHA256SUMS'), 'utf8')
          .trimEnd()
          .split('\n')
          .filter((line) => {
            const [sum, file = ''] = line.split(' *');
            const path = program(...file.split('/'));
            return !existsSync(path) || createHash('sha256').update(readFileSync(path)).digest('hex') !== sum;
          });
        expect(wrong).toEqual([]);
        await until('it serves again', async () => (await version()) === NEW && (await vms()) > 0, why);
        expect(readFileSync(data('config', 'config.yaml'), 'utf8')).toBe(before);
        const withoutProcess = (text: string) => text.replace(/process \d+/, '');
        expect(withoutProcess((await installed('service', 'status')).stdout)).toBe(withoutProcess(status));
      },
      MINUTES,
    );

    it('setup run again changes what is given and keeps the rest', async () => {
      const { code, stdout } = await installed('setup', '--labels.ip-addresses', '--no-doctor');
      expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
      const { stdout: status } = await installed('service', 'status');
      expect(status).toContain(
        `--source demo --web.listen-address :${port} --demo.scenario vf-pool-exhausted --labels.ip-addresses`,
      );
      await until('it serves again', async () => (await version()) === NEW, why);
    });

    it(
      'msiexec /x leaves nothing but the data, and with REMOVE_DATA=1 not that',
      async () => {
        const removeData = dataDir === undefined ? [] : ['REMOVE_DATA=1'];
        const { code } = await msiexec('/x', toZ(msi(NEW)), ...removeData);
        expect(code).toBe(0);
        await until('no process', () => serviceProcesses().length === 0, why);
        expect(existsSync(program())).toBe(false);
        expect(existsSync(shortcut)).toBe(false);
        for (const key of [
          `SYSTEM\\CurrentControlSet\\Services\\${NAME}`,
          `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${NAME}`,
        ])
          expect([key, await registry(key)]).toEqual([key, false]);
        if (dataDir === undefined) expect(readdirSync(data()).toSorted()).toEqual(['config', 'logs', 'state']);
        else expect(existsSync(data())).toBe(false);
      },
      MINUTES,
    );
  });
});
