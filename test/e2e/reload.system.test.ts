import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';

/** What may change while it runs, changes: by the file, by POST /-/reload and by SIGHUP. */
describe('the configuration while the exporter runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reload ü '));
  const file = join(folder, 'config.yaml');
  const write = (vms: string, more = '') =>
    writeFileSync(file, `web: { enable-lifecycle: true }\nvm: { include: '${vms}' }\n${more}`);
  let exporter: Exporter;

  const vms = async () => {
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    return new Set([...text.matchAll(/^hyperv_vm_info\{.*?vm="([^"]+)"/gm)].map(([, name]) => name));
  };
  const onlyVms = (start: string) => async () => {
    const names = [...(await vms())];
    return names.length > 0 && names.every((name) => name?.startsWith(start));
  };
  const post = async () => {
    const answer = await fetch(`${exporter.url}/-/reload`, { method: 'POST' });
    return { status: answer.status, text: await answer.text() };
  };
  const reloads = async () =>
    /^hyperv_exporter_config_last_reload_successful (\d)$/m.exec(
      await (await fetch(`${exporter.url}/metrics`)).text(),
    )?.[1];

  beforeAll(async () => {
    write('.*');
    exporter = await startExporter(['--source', 'demo', '--demo.scenario', 'healthy', '--config.file', file]);
  });
  afterAll(async () => {
    await exporter?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('follows the file', async () => {
    expect((await vms()).size).toBeGreaterThan(50);
    write('vdi-.*');
    await until('only the desktops are shown', onlyVms('vdi-'));
  });

  it('answers POST /-/reload once the new configuration is in force', async () => {
    write('web.*');
    expect(await post()).toEqual({ status: 200, text: 'reloaded\n' });
    await until('only web servers are shown', onlyVms('web'));
  });

  it('an emptied file changes nothing: filters stay in force', async () => {
    writeFileSync(file, '');
    const { status, text } = await post();
    expect(status).toBe(422);
    expect(text).toContain('was emptied');
    await until('the metric says so', async () => (await reloads()) === '0');
    expect(await onlyVms('web')()).toBe(true);
  });

  it('a file that was cut before a filter changes nothing; a filter that is written as its default does', async () => {
    writeFileSync(file, 'web: { enable-lifecycle: true }\n');
    const { status, text } = await post();
    expect(status).toBe(422);
    expect(text).toContain('no longer has vm.include');
    expect(text).toContain('vm.include: \\".*\\"');
    expect(await onlyVms('web')()).toBe(true);
    write('.*');
    expect((await post()).status).toBe(200);
    await until('all are shown', async () => (await vms()).size > 50);
    write('web.*');
    expect((await post()).status).toBe(200);
    await until('only web servers are shown', onlyVms('web'));
  });

  it('reloads on SIGHUP', async () => {
    write('sql.*');
    exporter.child.kill('SIGHUP');
    await until('only the databases are shown', onlyVms('sql'));
    expect(exporter.child.exitCode).toBe(null);
  });

  it('refuses an invalid file with file, line and key, and keeps the former configuration', async () => {
    write('sql.*', 'log: { level: loud }\n');
    const { status, text } = await post();
    expect(status).toBe(422);
    expect(text).toContain('config.yaml:3: log.level: must be one of debug, info, warn, error');
    await until('the metric tells it', async () => (await reloads()) === '0');
    expect(await onlyVms('sql')()).toBe(true);
    write('sql.*');
    await until('a right one is taken again', async () => (await reloads()) === '1');
  });

  it('reloads a few times for a thousand signals and requests, and the last configuration is in force', async () => {
    const from = exporter.log().length;
    const start = performance.now();
    write('sql.*');
    for (let sent = 0; sent < 1000; sent += 1) exporter.child.kill('SIGHUP');
    const answers = Promise.all(Array.from({ length: 50 }, post));
    write('web.*');
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await post()).status).toBe(200);
    expect(await onlyVms('web')()).toBe(true);
    const loads = exporter.log().slice(from).split('"configuration loaded"').length - 1;
    expect(loads).toBeGreaterThan(0);
    // Each waits a quarter of a second for the file to be complete.
    expect(loads).toBeLessThan((performance.now() - start) / 250 + 1);
  });
});
