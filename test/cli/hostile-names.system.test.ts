import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explanationSchema } from '../../src/http/routes/explain.ts';
import { openOneShot } from '../../src/cli/one-shot.ts';
import { parseSamples } from '../../src/measure/guest/exposition-text.ts';
import { loadConfig } from '../../src/config/load.ts';
import { eventsOf } from '../../src/report/events.ts';
import { visible } from '../../src/text/visible.ts';
import { accessibilityFaults, openAlone, PHONE, scrollsSideways, startBrowser } from '../support/browser.ts';
import { serveView } from '../support/demo-page.ts';
import { ACTED_ON, HOSTILE_VMS, writeHostileCapture } from '../support/hostile.ts';
import { runCli } from '../support/run-cli.ts';
import { describeWith } from '../support/tools.ts';

const NAMES = Object.values(HOSTILE_VMS);
let folder: string;
let source: readonly string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostile '));
  const file = join(folder, 'capture.json.gz');
  await writeHostileCapture(file);
  source = ['--source', 'replay', '--replay.file', file];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('hostile names', () => {
  it('are printed without control characters, each row on one line', async () => {
    const { code, out } = await runCli('explain', ...source);
    expect(code).toBe(2);
    expect(out).not.toMatch(ACTED_ON);
    const lines = out.split('\n');
    expect(lines.indexOf(lines.find((line) => / virtual NICs: /.test(line))!)).toBe(82);
    for (const name of NAMES) expect(lines.filter((line) => line.startsWith(`${visible(name)} `)).length).toBe(1);
    for (const name of NAMES.filter((text) => ACTED_ON.test(text))) {
      const one = await runCli('explain', ...source, '--vm', name);
      expect(one.out).toContain(visible(name));
      expect(one.out).not.toMatch(ACTED_ON);
    }
  });

  it('are printed so by every command, as are arguments and errors', async () => {
    const name = NAMES.find((text) => ACTED_ON.test(text)) ?? '';
    for (const args of [
      ['doctor', ...source],
      ['measure', '--vm', name, '--seconds', '1', ...source],
      ['explain', ...source, '--vm', `${name}${name}`],
      ['explain', '--url', `ftp://${name}`],
      ['explain', '--demo.scenario', name, '--source', 'demo'],
      ['serve', '--log.level', name],
      [name],
      [`--${name}`],
    ]) {
      const { out, err, progress } = await runCli(...args);
      expect([args, out + err]).not.toEqual([args, '']);
      for (const text of [out, err, ...progress])
        expect([args, text]).toEqual([args, expect.not.stringMatching(ACTED_ON)]);
    }
  });

  it('of another exporter, or of what answers in its place, are printed without them', async () => {
    const { out } = await runCli('explain', ...source, '--json');
    const [, { vm }] = JSON.parse(out).vnics;
    const whole = JSON.parse((await runCli('explain', ...source, '--json', '--vm', vm)).out) as unknown;
    const troubles = JSON.parse(out) as { vnics: unknown[] };
    let forged = 0;
    /** Every text of the answer that may be any text */
    const forge = (root: object, at: Record<string, unknown>): void => {
      for (const [key, value] of Object.entries(at)) {
        if (typeof value === 'object' && value !== null) forge(root, value as Record<string, unknown>);
        if (typeof value !== 'string') continue;
        at[key] = `${value}\u001B]0;owned\u0007\r\nforged\u202E\u009B2J`;
        if (explanationSchema.safeParse(root).success) forged += 1;
        else at[key] = value;
      }
    };
    for (const answer of [whole, troubles]) forge(answer as object, answer as Record<string, unknown>);
    expect(forged).toBeGreaterThan(300);
    const server = createServer((request, response) =>
      response.end(JSON.stringify(request.url?.includes('vm=') === true ? whole : troubles)),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const args of [[], ['--vm', 'any']]) {
        const shown = await runCli('explain', '--url', url, ...args);
        expect(shown.out.length).toBeGreaterThan(500);
        expect(shown.out).not.toMatch(ACTED_ON);
        expect(shown.out).toContain('␣]0;owned␣␣␣forged␣␣2J');
        expect(shown.out).not.toMatch(/^forged/m);
        const json = await runCli('explain', '--url', url, ...args, '--json');
        expect(json.out).not.toMatch(ACTED_ON);
        expect(JSON.parse(json.out)).toEqual(args.length === 0 ? troubles : whole);
      }
    } finally {
      server.close();
    }
  });

  it('are unchanged in JSON', async () => {
    const { out } = await runCli('explain', ...source, '--json');
    expect(out).not.toMatch(ACTED_ON);
    const { vnics } = JSON.parse(out) as { vnics: { vm: string; vnic: string }[] };
    const vms = new Set(vnics.map(({ vm }) => vm));
    expect(NAMES.filter((name) => !vms.has(name))).toEqual([]);
    expect(vnics.map(({ vnic }) => vnic)).toContain('Network <Adapter> "\'\u2028#1');
  });

  it('are unchanged in the exposition', async () => {
    const { code, out } = await runCli('metrics', ...source);
    expect(code).toBe(0);
    for (const family of ['hyperv_vm_info', 'hyperv_vnic_info', 'hyperv_vm_cpu_seconds_total']) {
      const vms = new Set([...parseSamples(out, new Set([family]))].map(({ labels }) => labels['vm']));
      expect([family, NAMES.filter((name) => !vms.has(name))]).toEqual([family, []]);
    }
  });
});

describeWith(['chromium'], 'hostile names on the page and in the API', () => {
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serveView>>;
  beforeAll(async () => {
    const loaded = loadConfig({
      flags: new Map([
        ['source', 'replay'],
        ['replay.file', source[3]!],
      ]),
      environment: {},
    });
    const host = await openOneShot(loaded, { environment: {}, platform: 'linux', version: '' });
    const view = await host.settle();
    await host.close();
    // An event of each, so that names are in texts, too.
    const transitions = view.tracked.host.vnics.map(({ id, vmName: vm, name: vnic }) => ({
      at: view.tracked.now,
      kind: 'vnic_path' as const,
      subject: id,
      names: { vm, vnic },
      before: 'vf',
      after: 'synthetic',
    }));
    const events = eventsOf({ ...view.tracked, transitions }, view.diagnosis);
    served = await serveView({ now: { view, events } });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await served.app.close();
  });

  it('are answered as they are', async () => {
    for (const name of NAMES) {
      const query = `?vm=${encodeURIComponent(name)}`;
      const { vnics } = (await served.app.inject(`/api/v1/vnics${query}`)).json();
      expect(vnics.map(({ vm }: { vm: string }) => vm)).toEqual([name]);
      const { events } = (await served.app.inject(`/api/v1/events${query}`)).json();
      expect(events.map(({ vm }: { vm: string }) => vm)).toEqual([name]);
    }
  });

  it('are text and nothing else, on the overview and on the page of each VM', async () => {
    const { page, faults, origins } = await openAlone(browser, `${served.url}/?show=all`, { viewport: PHONE });
    page.on('dialog', () => (faults as string[]).push('a dialog'));
    const shown = new Map(
      await page
        .locator('.vnics tbody th a')
        .evaluateAll((links) => links.map((link) => [link.textContent, link.getAttribute('href')] as const)),
    );
    await expect.poll(() => page.title()).toBe('! 5 in fallback - hv-02.example.com');
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    for (const name of NAMES) {
      const link = shown.get(visible(name));
      expect([name, link]).toEqual([name, expect.stringMatching(/^\/vm\?id=[0-9a-f-]{36}$/)]);
      await page.goto(served.url + link!);
      expect(await page.locator('h1').textContent()).toBe(visible(name));
      expect(await page.locator('.events tbody tr').first().textContent()).toContain(
        visible(name).replaceAll('`', "'"),
      );
      expect(await page.locator('main script, main img').count()).toBe(0);
      expect([name, await scrollsSideways(page)]).toEqual([name, false]);
    }
    expect({ faults, origins: [...origins] }).toEqual({ faults: [], origins: [served.url] });
    await page.context().close();
  });

  it('can be filtered by', async () => {
    const { page } = await openAlone(browser, served.url);
    for (const [typed, found] of [
      ['<script>', '"><script>document.title="owned"</script>'],
      ['日本語', '👩‍👩‍👧 日本語 é 🦆'],
    ] as const) {
      await page.getByRole('searchbox').fill(typed);
      await page.getByText('1 of 80', { exact: true }).waitFor();
      await page.locator('.vnics tbody th', { hasText: found }).waitFor();
      await page.getByRole('searchbox').fill('');
      await page.getByText('80 in all').waitFor();
    }
    await page.context().close();
  });
});
