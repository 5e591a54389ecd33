import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../../src/alerting/notify/transport.ts';
import { fetchText } from '../../src/http-client/fetch-text.ts';
import { readGuest } from '../../src/measure/guest/read.ts';
import { openAlone, startBrowser } from '../support/browser.ts';
import { serveView, settled } from '../support/demo-page.ts';
import { runCli } from '../support/run-cli.ts';
import { freePort } from '../support/servers/port.ts';
import { startProgram } from '../support/servers/program.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

/** What a server does with a request: answers it as the one behind it does, or keeps silent in one of three ways. */
type Mode = 'answers' | 'accepts and never answers' | 'stops in the middle of its answer' | 'closes';

async function forward(url: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(url);
  const header = (name: string) => answer.headers.get(name) ?? '';
  response.writeHead(answer.status, {
    'content-type': header('content-type'),
    'content-security-policy': header('content-security-policy'),
  });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function startFront(behind?: string) {
  let mode: Mode = behind === undefined ? 'accepts and never answers' : 'answers';
  let requests = 0;
  const silent = (response: ServerResponse): void => {
    if (mode === 'closes') response.socket?.destroy();
    else if (mode === 'stops in the middle of its answer')
      response.writeHead(200, { 'content-type': 'text/html' }).write('<main>');
  };
  const server = createServer((request, response) => {
    requests += 1;
    if (mode !== 'answers' || behind === undefined) return silent(response);
    void forward(`${behind}${request.url}`, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become: (next: Mode) => (mode = next),
    requests: () => requests,
    close: () => server.close().closeAllConnections(),
  };
}

const VERDICT = 'All 49 virtual NICs that ask for a VF are on it.';
const isSilent = (page: Page) => page.evaluate<boolean>('document.body.classList.contains("silent")');
const iconOf = (page: Page) => page.locator('link[rel=icon]').getAttribute('href');

describeWith(['chromium'], 'a page whose exporter falls silent', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  it.each<Mode>(['accepts and never answers', 'stops in the middle of its answer', 'closes'])(
    'is greyed after two missed refreshes where it %s, and recovers',
    async (mode) => {
      const { app, url } = await serveView({ now: await settled('healthy') });
      const front = await startFront(url);
      const { page } = await openAlone(browser, 'about:blank');
      await page.clock.install();
      await page.goto(front.url);
      const [title, icon] = [await page.title(), await iconOf(page)];
      front.become(mode);
      const miss = async () => {
        const before = front.requests();
        await page.clock.fastForward(5000);
        await until('a refresh', () => front.requests() > before);
        await page.clock.fastForward(10_000);
      };
      await page.clock.fastForward(10_000);
      await miss();
      await page.getByText(/^The exporter did not answer at .*\. Trying again\.$/).waitFor();
      expect([await isSilent(page), await page.locator('h1').textContent()]).toEqual([false, VERDICT]);
      await miss();
      await page.locator('body.silent').waitFor();
      const text = await page.locator('h1').textContent();
      expect(text).toMatch(/^The present state is not known\.At \d.* it was: All 49 /);
      expect(await page.locator('#stale').textContent()).toMatch(
        /^Nothing heard from the exporter since \d.*\. Everything below is from then\.$/,
      );
      expect(await page.title()).toMatch(/^\? No answer - /);
      expect(await iconOf(page)).not.toBe(icon);
      expect(await page.evaluate('getComputedStyle(document.querySelector("main")).filter')).toBe('grayscale(1)');

      front.become('answers');
      await page.clock.fastForward(15_000);
      await page.locator('body:not(.silent)').waitFor();
      expect([await page.title(), await iconOf(page), await page.locator('h1').textContent()]).toEqual([
        title,
        icon,
        VERDICT,
      ]);
      expect(await page.locator('#stale').textContent()).toBe('');
      await page.context().close();
      front.close();
      await app.close();
    },
  );

  it('is greyed out even while the user types into its filter', async () => {
    const { app, url } = await serveView({ now: await settled('healthy') });
    const front = await startFront(url);
    const { page } = await openAlone(browser, 'about:blank');
    await page.clock.install();
    await page.goto(front.url);
    front.become('accepts and never answers');
    await page.locator('#filter').focus();
    for (let second = 0; second < 48; second += 8) {
      const before = front.requests();
      await page.keyboard.type('a');
      await page.clock.fastForward(8000);
      await until('a refresh', () => front.requests() > before);
    }
    await page.locator('body.silent').waitFor();
    await page.context().close();
    front.close();
    await app.close();
  });

  it('is greyed out within 45 s after the process is stopped, and recovers when it continues', async () => {
    const port = await freePort();
    const main = join(import.meta.dirname, '../../dist/main.js');
    const agent = startProgram(process.execPath, [
      main,
      'serve',
      '--source',
      'demo',
      '--web.listen-address',
      `127.0.0.1:${port}`,
    ]);
    try {
      const url = `http://127.0.0.1:${port}`;
      await until('the first poll', async () => (await fetch(`${url}/api/v1/vnics`)).ok, { why: agent.log });
      const { page } = await openAlone(browser, url);
      const age = async () => Number(/^Read (\d+) s ago/.exec((await page.locator('.age').textContent()) ?? '')?.[1]);
      // A simulated host first plays its past, in steps of minutes.
      await until('the host at the present', async () => (await age()) >= 0);
      const read = await age();
      agent.child.kill('SIGSTOP');
      const stopped = Date.now();
      await until('the age counting on', async () => (await age()) >= read + 5);
      await page.locator('body.silent').waitFor({ timeout: 50_000 });
      const seconds = (Date.now() - stopped) / 1000;
      expect(seconds).toBeLessThanOrEqual(45);
      expect(await age()).toBeGreaterThanOrEqual(Math.floor(seconds) - 1);
      agent.child.kill('SIGCONT');
      await page.locator('body:not(.silent)').waitFor({ timeout: 30_000 });
      await page.context().close();
    } finally {
      await agent.stop();
    }
  });
});

/** Every other client of ours, each asked of a server that keeps silent. All wait at once, since each waits ten seconds. */
const CLIENTS: readonly (readonly [string, (url: string) => Promise<unknown>, said: RegExp])[] = [
  [
    'explain --url',
    (url) => runCli('explain', '--url', url).then(({ code, err }) => (code === 1 ? err : `exit code ${code}`)),
    /^hyperv-sriov-exporter: \S+ could not be read: no answer within 10 s\n$/,
  ],
  [
    "the reader of a guest's exporter",
    (url) => readGuest(new URL(`${url}/metrics`)),
    /^the guest's exporter \S+ could not be read: no answer within 10 s$/,
  ],
  ['the push of alerts', (url) => post({ url }, '/api/v2/alerts', []), /^no answer within 10 s$/],
  [
    'a text with a deadline of its own',
    (url) => fetchText(new URL(url), { accept: 'text/plain', maxBytes: 1000, deadlineMs: 2000 }),
    /^no answer within 2 s$/,
  ],
];
const SILENT: readonly Mode[] = ['accepts and never answers', 'stops in the middle of its answer'];
describe.concurrent('a client of ours', () => {
  it.concurrent.each(CLIENTS.flatMap(([name, ask, said]) => SILENT.map((mode) => ({ name, mode, ask, said }))))(
    '$name ends at its deadline where the server $mode',
    async ({ mode, ask, said }) => {
      const front = await startFront();
      front.become(mode);
      const started = Date.now();
      const answer = await ask(front.url).catch((error: unknown) => (error instanceof Error ? error.message : error));
      expect(answer).toMatch(said);
      expect(Date.now() - started).toBeLessThan(25_000);
      expect(front.requests()).toBe(1);
      front.close();
    },
  );
});

describe('a text from another program', () => {
  it('is limited in size, and an error response is quoted', async () => {
    const server = createServer((request, response) =>
      request.url === '/large' ? response.end('x'.repeat(2000)) : response.writeHead(500).end('out\nof order'),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ask = (path: string) =>
      fetchText(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`), {
        accept: '*/*',
        maxBytes: 1000,
      });
    await expect(ask('/large')).rejects.toThrow('it answered more than 0.001 MB');
    await expect(ask('/')).rejects.toThrow(/^it answered 500: out of order$/);
    server.close();
  });
});
