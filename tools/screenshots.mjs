// Takes the pictures of the status page that the README shows: the demo host in simulated time, in a headless Chromium.
// npm run screenshots. Needs chromium on the PATH, or its path in CHROMIUM.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'images');
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { openOneShot } = await built('cli/one-shot.js');
const { loadConfig } = await built('config/load.js');
const { eventsOf } = await built('report/events.js');
const { createServer } = await built('http/server.js');
const { createTrends } = await built('trend/trends.js');

/** Desktop and phone, in CSS pixels. */
const DESKTOP = { width: 1200, height: 1080 };
const PHONE = { width: 390, height: 844 };

const PICTURES = [
  { name: 'status-light', scenario: 'vf-pool-exhausted', scheme: 'light', viewport: DESKTOP },
  { name: 'status-dark', scenario: 'vf-pool-exhausted', scheme: 'dark', viewport: DESKTOP },
  { name: 'status-phone', scenario: 'vf-pool-exhausted', scheme: 'light', viewport: PHONE },
  { name: 'vm-dark', scenario: 'nic-disabled', scheme: 'dark', viewport: DESKTOP, click: 'tbody th a' },
];

/** The demo host of a scenario, settled, behind the agent's own server. */
async function serve(scenario) {
  const { config } = loadConfig({
    flags: new Map([
      ['source', 'demo'],
      ['demo.scenario', scenario],
    ]),
    environment: {},
  });
  let events = [];
  const trends = createTrends();
  const host = await openOneShot(config, { environment: {}, version: '' }, ({ tracked, diagnosis }) => {
    events = [...events, ...eventsOf(tracked, diagnosis)];
    trends.observe(tracked);
  });
  const view = await host.settle();
  await host.close();
  const { collection } = view;
  const log = { info() {}, warn() {}, error() {} };
  const server = createServer({
    version: '0.1.0',
    host: {
      simulated: true,
      scrape: () => ({ body: Buffer.alloc(0), contentType: 'text/plain' }),
      view: () => view,
      collection: () => collection,
      trends,
      events: ({ vm, limit }) => events.filter(({ names }) => vm === undefined || names.vm === vm).slice(-limit),
    },
    lifecycleEnabled: false,
    log,
  });
  return { url: await server.listen({ port: 0, host: '127.0.0.1' }), close: () => server.close() };
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const servers = new Map();
for (const { name, scenario, scheme, viewport, click } of PICTURES) {
  if (!servers.has(scenario)) servers.set(scenario, await serve(scenario));
  const page = await browser.newPage({ viewport, colorScheme: scheme });
  await page.goto(servers.get(scenario).url);
  if (click !== undefined) {
    await page.click(click);
    await page.waitForURL(/\/vm\?/);
  }
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.close();
}
await browser.close();
for (const server of servers.values()) await server.close();
