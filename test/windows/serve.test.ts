import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCapture, writeCapture } from '../../src/collect/replay/capture-file.ts';
import { createAuthority } from '../support/certificates.ts';
import { processesWith } from '../support/processes.ts';
import { runCli } from '../support/run-cli.ts';
import { freePort } from '../support/servers/port.ts';
import { until } from '../support/servers/until.ts';
import { describeWith, tool } from '../support/tools.ts';
import { driveC, startOnWindows, type WindowsProgram } from '../support/windows/windows.ts';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery staple';

/** An installation as an administrator makes it: everything below one folder of drive C:, named by drive and backslashes. */
describeWith(['win-node', 'openssl', 'curl'], 'serve on Windows', () => {
  const NAME = 'Hyper-V Überwachung';
  const inC = (name: string) => `C:\\ProgramData\\${NAME}\\${name}`;
  const folder = () => driveC('ProgramData', NAME);
  let port: number;
  let program: WindowsProgram;
  let ca: string;

  /** As an editor of Windows saves it: with a byte order mark and CRLF. */
  const writeConfig = (vms: string, ...source: readonly string[]) => {
    const lines = [
      ...(source.length > 0 ? source : ['source: demo', 'demo: { scenario: vf-pool-exhausted }']),
      `web: { listen-address: ':${port}', config: { file: 'C:\\ProgramData\\${NAME}\\web.yml' } }`,
      'storage:',
      `  path: ${inC('state')}`,
      `vm: { include: '${vms}' }`,
    ];
    writeFileSync(join(folder(), 'config.yaml'), `\uFEFF${lines.join('\r\n')}\r\n`);
  };
  const curl = async (path: string, ...more: readonly string[]) => {
    const asked = ['--cacert', ca, '--user', `scraper:${PASSWORD}`, ...more, `https://localhost:${port}${path}`];
    const told = ['--silent', '--show-error', '--write-out', '\n%{http_code} %{http_version} %{size_download}'];
    const { stdout } = await run(tool('curl'), [...told, ...asked]);
    const end = stdout.lastIndexOf('\n');
    const [status, version, size] = stdout
      .slice(end + 1)
      .split(' ')
      .map(Number);
    return { status, version, size: size ?? 0, body: stdout.slice(0, end) };
  };
  const vms = async () => {
    const { body } = await curl('/metrics');
    return [...body.matchAll(/^hyperv_vm_info\{.*?vm="([^"]+)"/gm)].map(([, name]) => name ?? '');
  };
  const start = async () => {
    program = await startOnWindows(['serve', '--config.file', inC('config.yaml')]);
    await until('the first poll', async () => (await vms()).length > 0, { why: program.log });
  };

  beforeAll(async () => {
    mkdirSync(folder(), { recursive: true });
    const authority = createAuthority(folder());
    ({ ca } = authority);
    authority.issue('server');
    port = await freePort();
    const web = [
      'tls_server_config:',
      '  cert_file: server.crt',
      `  key_file: '${inC('server.key')}'`,
      'basic_auth_users:',
      `  scraper: ${hashSync(PASSWORD, 8)}`,
    ];
    writeFileSync(join(folder(), 'web.yml'), `${web.join('\r\n')}\r\n`);
    writeConfig('.*');
    await start();
  });
  afterAll(async () => {
    await program?.stop();
    rmSync(folder(), { recursive: true, force: true });
  });

  it('serves over TLS and HTTP/2, to those with the password', async () => {
    expect(await curl('/-/ready')).toMatchObject({ status: 200, version: 2, body: 'ready\n' });
    expect(await curl('/-/ready', '--http1.1')).toMatchObject({ status: 200, version: 1.1 });
    expect(await curl('/metrics', '--user', 'scraper:wrong')).toMatchObject({ status: 401 });
  });

  it('serves metrics, compressed where asked for, page and API', async () => {
    const [plain, gzip] = await Promise.all([
      curl('/metrics', '--header', 'Accept-Encoding: identity'),
      curl('/metrics', '--compressed'),
    ]);
    expect(plain.body.split('\n').length).toBeGreaterThan(3000);
    expect(plain.size).toBe(Buffer.byteLength(plain.body));
    expect(gzip.size).toBeLessThan(plain.size / 5);
    expect(gzip.body.split('\n').length).toBeGreaterThan(3000);
    expect(plain.body).toContain('hyperv_exporter_simulated 1');
    // Of the process itself
    const memory = /^process_resident_memory_bytes (\d+)$/m.exec(plain.body)?.[1];
    expect(Number(memory)).toBeGreaterThan(20_000_000);
    const page = await curl('/');
    expect(page).toMatchObject({ status: 200, body: expect.stringMatching(/^<!doctype html>/i) });
    for (const [, asset = ''] of page.body.matchAll(/(?:href|src)="(\/(?!\/)[^"]+\.(?:css|js))"/g))
      expect(await curl(asset), asset).toMatchObject({ status: 200 });
    const explained = JSON.parse((await curl('/api/v1/explain')).body) as { vnics: unknown[] };
    expect(explained.vnics.length).toBeGreaterThan(50);
  });

  it('follows its configuration file, saved in place and replaced', async () => {
    expect((await vms()).length).toBeGreaterThan(50);
    writeConfig('vdi-.*');
    await until('desktops only', async () => (await vms()).every((name) => name.startsWith('vdi-')));
    writeConfig('sql-.*');
    renameSync(join(folder(), 'config.yaml'), join(folder(), 'next.yaml'));
    renameSync(join(folder(), 'next.yaml'), join(folder(), 'config.yaml'));
    await until('databases only', async () => (await vms()).every((name) => name.startsWith('sql-')));
  });

  it('stops at Ctrl+C within five seconds and leaves no process', async () => {
    expect(processesWith(program.mark)).not.toEqual([]);
    const told = Date.now();
    expect(await program.interrupt()).toBe(0);
    expect(Date.now() - told).toBeLessThan(5000 + 2000);
    expect(program.log()).toContain('"msg":"stopped"');
    await expect(curl('/-/healthy')).rejects.toThrow();
    await until('no process', () => processesWith(program.mark).length === 0);
  });

  it('keeps history and journal across a restart', async () => {
    const journal = join(folder(), 'state', 'journal.jsonl');
    expect(readFileSync(journal, 'utf8')).toBe('');
    expect(JSON.parse(readFileSync(join(folder(), 'state', 'history.json'), 'utf8'))).toMatchObject({ schema: 1 });
    // A host that loses SR-IOV after a minute, played twenty times as fast.
    const recordings = await Promise.all(
      ['healthy', 'host-blocked'].map(async (scenario) => {
        const file = join(folder(), `${scenario}.json.gz`);
        await runCli('capture', file, '--keep-names', '--source', 'demo', '--demo.scenario', scenario);
        return readCapture(file);
      }),
    );
    const documents = recordings.flatMap((each, minute) =>
      each.documents.map((document) => ({ ...document, offsetMs: document.offsetMs + minute * 60_000 })),
    );
    await writeCapture(join(folder(), 'both.json.gz'), async () => ({ ...recordings[0]!, documents }));
    writeConfig(
      '.*',
      'source: replay',
      'replay: { file: both.json.gz, speed: 20 }',
      'poll: { inventory: { interval: 1s } }',
    );
    await start();
    const events = async () => {
      const answer = JSON.parse((await curl('/api/v1/events')).body) as { events: { kind: string }[] };
      return answer.events.map(({ kind }) => kind);
    };
    await until('SR-IOV is lost', async () => (await events()).includes('host_iov'), { why: program.log });
    expect(await program.interrupt()).toBe(0);
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    writeConfig('.*');
    await start();
    expect((await events()).slice(0, lines.length)).toEqual(
      lines.map((line) => (JSON.parse(line) as { kind: string }).kind),
    );
    const troubles = program.log().match(/^\{"level":"(?:warn|error)".*$/gm);
    expect(troubles).toEqual([expect.stringContaining('SIMULATED HOST')]);
  });
});
