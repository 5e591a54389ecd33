import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../tools/package-windows/bundle.mjs';
import { freePort } from '../support/servers/port.ts';
import { startProgram } from '../support/servers/program.ts';
import { until } from '../support/servers/until.ts';

const root = join(import.meta.dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'bundle ü '));
const main = join(out, 'dist', 'main.js');
let packages: readonly string[] = [];
beforeAll(async () => {
  packages = await bundle(join(root, 'dist'), join(out, 'dist'));
  cpSync(join(root, 'package.json'), join(out, 'package.json'));
  cpSync(join(root, 'docs'), join(out, 'docs'), { recursive: true });
});
afterAll(() => rmSync(out, { recursive: true }));

describe('the bundled program', () => {
  it('contains its dependencies: nothing else has to be installed', () => {
    expect(packages.length).toBeGreaterThan(50);
    const { stdout, stderr } = spawnSync(process.execPath, [main, 'config', 'print'], {
      cwd: tmpdir(),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('listen-address: :10182');
  });

  it('serves what lies beside it, checks passwords, and ends', async () => {
    const port = await freePort();
    const web = join(out, 'web.yml');
    writeFileSync(web, `basic_auth_users:\n  prometheus: ${hashSync('secret', 4)}\n`);
    const args = ['serve', '--source', 'demo', '--web.listen-address', `127.0.0.1:${port}`, '--web.config.file', web];
    const program = startProgram(process.execPath, [main, ...args]);
    try {
      await until('it serves', () => /serving/.test(program.log()), { why: program.log });
      const get = (path: string, password = 'secret') =>
        fetch(`http://127.0.0.1:${port}${path}`, {
          headers: { authorization: `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}` },
        });
      await until('it has polled', async () => (await (await get('/metrics')).text()).includes('hyperv_host_info{'), {
        why: program.log,
      });
      for (const asset of ['page.css', 'page.js'])
        expect(await (await get(`/assets/${asset}`)).text()).toBe(
          readFileSync(join(root, 'src/http/page', asset), 'utf8'),
        );
      const runbook = await (await get('/docs/runbooks/SriovVfFallback.md')).text();
      expect(runbook).toContain('<h1 id="sriovvffallback">SriovVfFallback</h1>');
      expect((await get('/', 'wrong')).status).toBe(401);
    } finally {
      await program.stop();
    }
  });
});
