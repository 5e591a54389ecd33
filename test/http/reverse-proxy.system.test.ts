import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { runProgram } from '../support/run-program.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { freePort } from '../support/servers/port.ts';
import { type ReverseProxy, startReverseProxy } from '../support/servers/reverse-proxy.ts';
import { describeWith } from '../support/tools.ts';

const PREFIX = '/hyperv';
const MAX_PAGES = 400;
const DEMO = ['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted'];
const COLLECTOR = ['--source', 'demo', '--demo.hosts', '2'];

/** Addresses in the attributes of a page, in full and without fragment. */
const addresses = (page: string, body: string): readonly string[] =>
  [...body.matchAll(/\s(?:href|src)="([^"]+)"/g)].map(
    ([, href = '']) => new URL(href.replaceAll('&amp;', '&').replace(/#.*/, ''), page).href,
  );

/** Everything on the proxy that can be reached from its start page, with the status of each. */
async function crawl(start: string): Promise<ReadonlyMap<string, number>> {
  const { origin } = new URL(start);
  const seen = new Map<string, number>();
  const waiting = [start];
  for (let address = waiting.shift(); address !== undefined && seen.size < MAX_PAGES; address = waiting.shift()) {
    const answer = await fetch(address, { headers: { accept: 'text/html' } });
    const body = await answer.text();
    seen.set(address, answer.status);
    if (answer.headers.get('content-type')?.startsWith('text/html') !== true) continue;
    for (const next of addresses(answer.url, body))
      if (next.startsWith(origin) && !seen.has(next) && !waiting.includes(next)) waiting.push(next);
  }
  return seen;
}

describe.each([
  ['keeps the prefix', false, []],
  ['removes the prefix', true, ['--web.route-prefix', '/']],
] as const)('behind a reverse proxy that %s', (_, strips, flags) => {
  const running: { readonly exporter: Exporter; readonly proxy: ReverseProxy }[] = [];
  let agent: (typeof running)[number];
  let collector: (typeof running)[number];
  const start = async (args: readonly string[]) => {
    const port = await freePort();
    const proxy = await startReverseProxy(PREFIX, port, strips);
    const route = strips ? '' : PREFIX;
    const exporter = await startExporter([...args, '--web.external-url', `${proxy.url}/`, ...flags], {
      port,
      path: route,
    });
    const both = { exporter, proxy };
    running.push(both);
    return both;
  };
  beforeAll(async () => {
    agent = await start(DEMO);
    collector = await start(COLLECTOR);
  });
  afterAll(async () => {
    for (const { exporter, proxy } of running) {
      await exporter.stop();
      await proxy.close();
    }
  });

  it.each([
    ['an agent', () => agent, ['/vm?id=', '/docs/runbooks/', '/docs/reasons.md', '/assets/', '/metrics', '/api/v1/']],
    ['a collector', () => collector, ['/host?target=', '/vm?', '/docs/', '/assets/', '/probe?target=', '/api/v1/']],
  ] as const)('no link in the pages of %s leaves the prefix or leads nowhere', async (__, of, kinds) => {
    const { proxy } = of();
    const seen = await crawl(`${proxy.url}/`);
    expect(seen.size).toBeGreaterThan(100);
    for (const kind of kinds) expect([...seen.keys()].filter((each) => each.includes(kind))).not.toEqual([]);
    expect([...seen].filter(([address, status]) => !address.startsWith(`${proxy.url}/`) || status >= 400)).toEqual([]);
  });

  it('leads from the address without a slash to the page, and from the root to the prefix', async () => {
    const answer = await fetch(agent.proxy.url, { headers: { accept: 'text/html' } });
    expect([answer.status, answer.url]).toEqual(strips ? [200, agent.proxy.url] : [200, `${agent.proxy.url}/`]);
    const root = await fetch(`${agent.exporter.url}/`, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual(strips ? [200, null] : [302, `${PREFIX}/`]);
    const unknown = await fetch(`${agent.proxy.url}/none`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: 'not_found' }]);
  });

  it('leads from each button of the tour to its stage, and back to the page', async () => {
    const { proxy } = await start(['--source', 'demo']);
    const body = await (await fetch(`${proxy.url}/`, { headers: { accept: 'text/html' } })).text();
    const buttons = [...body.matchAll(/\s(?:form)?action="([^"]*stage[^"]*)"/g)].map(
      ([, to = '']) => new URL(to.replaceAll('&amp;', '&'), proxy.url),
    );
    expect(buttons.length).toBeGreaterThan(2);
    expect(buttons.filter(({ href }) => !href.startsWith(`${proxy.url}/`))).toEqual([]);
    const answer = await fetch(buttons.at(-1) ?? '', { method: 'POST', headers: { accept: 'text/html' } });
    expect([answer.status, answer.url]).toEqual([200, `${proxy.url}/`]);
  });

  it('answers explain --url with the address of the proxy', async () => {
    const { code, stdout, stderr } = await runProgram(['explain', '--url', agent.proxy.url]);
    expect([code, stderr]).toEqual([2, '']);
    expect(stdout).toContain('vf_pool_exhausted');
  });

  it('gives Prometheus addresses that lead through the proxy', async () => {
    const groups = (await (await fetch(`${collector.proxy.url}/api/v1/targets`)).json()) as {
      targets: string[];
      labels: Record<string, string>;
    }[];
    expect(groups.length).toBe(2);
    for (const { targets, labels } of groups) {
      const url = `${labels['__scheme__']}://${targets[0]}${labels['__metrics_path__']}?target=${labels['__param_target']}`;
      expect(url.startsWith(`${collector.proxy.url}/probe?`)).toBe(true);
      expect((await fetch(url)).status).toBe(200);
    }
    const { servers, paths } = (await (await fetch(`${agent.proxy.url}/api/v1/openapi.json`)).json()) as {
      servers: { url: string }[];
      paths: Record<string, unknown>;
    };
    expect(servers).toEqual([{ url: PREFIX }]);
    expect(Object.keys(paths)).toContain('/api/v1/host');
  });

  describeWith(['chromium'], 'in a browser', () => {
    it('every request stays below the prefix and is answered, the refresh of the page too', async () => {
      const browser = await startBrowser();
      try {
        const page = await browser.newPage();
        const answers: { readonly url: string; readonly status: number }[] = [];
        page.on('response', (answer) => answers.push({ url: answer.url(), status: answer.status() }));
        const faults: string[] = [];
        page.on('console', (message) => {
          if (['error', 'warning'].includes(message.type())) faults.push(message.text());
        });
        await page.clock.install();
        await page.goto(`${agent.proxy.url}/`);
        const before = answers.length;
        await page.clock.runFor(16_000);
        await expect.poll(() => answers.length, { timeout: 60_000 }).toBeGreaterThan(before);
        await page.locator('a[href*="/vm?"]').first().click();
        await page.waitForURL(/\/vm\?/);
        await page.goto(`${agent.proxy.url}/`);
        await page.getByRole('link', { name: 'Documentation' }).first().click();
        await page.waitForURL(/\/docs\//);
        const ofServer = answers.filter(({ url }) => !url.startsWith('data:'));
        expect(ofServer.length).toBeGreaterThan(8);
        expect(ofServer.filter(({ url, status }) => !url.startsWith(`${agent.proxy.url}/`) || status >= 400)).toEqual(
          [],
        );
        expect(faults).toEqual([]);
      } finally {
        await browser.close();
      }
    });
  });
});
