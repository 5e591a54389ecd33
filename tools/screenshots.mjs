// Takes pictures of the pages: simulated hosts that have settled, in a headless Chromium.
//   npm run screenshots                               the pictures of the README, in docs/images
//   npm run screenshots -- --all FOLDER [SCENARIO…]   every scenario (or those named) in every look, to be looked at
// Needs chromium on the PATH, or its path in CHROMIUM.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { openOneShot } = await built('cli/one-shot.js');
const { loadConfig } = await built('config/load.js');
const { eventsOf } = await built('report/events.js');
const { createServer } = await built('http/server.js');
const { createTrends } = await built('trend/trends.js');
const { SCENARIOS } = await built('simulated-host/scenarios.js');

/** Desktop and phone, in CSS pixels. */
const DESKTOP = { width: 1200, height: 1080 };
const PHONE = { width: 390, height: 844 };
const firstVm = '.vnics tbody th a';

const README = [
  { name: 'status-light', scenario: 'vf-pool-exhausted', scheme: 'light', viewport: DESKTOP },
  { name: 'status-dark', scenario: 'vf-pool-exhausted', scheme: 'dark', viewport: DESKTOP },
  { name: 'status-phone', scenario: 'vf-pool-exhausted', scheme: 'light', viewport: PHONE },
  { name: 'vm-dark', scenario: 'nic-disabled', scheme: 'dark', viewport: DESKTOP, click: firstVm },
];

/** Whole pages, as wide as a desk, a phone and a small phone have them. */
const LOOKS = [
  { look: 'desktop', scheme: 'light', width: 1280 },
  { look: 'desktop-dark', scheme: 'dark', width: 1280 },
  { look: 'phone', scheme: 'light', width: 390 },
  { look: 'phone-small-dark', scheme: 'dark', width: 320 },
];
const allOf = (scenario) =>
  LOOKS.flatMap(({ look, scheme, width }) => {
    const picture = { scenario, scheme, viewport: { width, height: 900 }, fullPage: true };
    return [
      { ...picture, name: `${scenario}-${look}` },
      ...(look === 'desktop' || look === 'phone-small-dark'
        ? [{ ...picture, name: `${scenario}-vm-${look}`, click: firstVm }]
        : []),
    ];
  });

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

async function take(browser, url, { scheme, viewport, click, fullPage = false }, path) {
  const page = await browser.newPage({ viewport, colorScheme: scheme });
  await page.goto(url);
  if (click !== undefined) {
    await page.click(click);
    await page.waitForURL(/\/vm\?/);
  }
  await page.screenshot({ path, fullPage });
  await page.close();
}

const [flag, to, ...named] = process.argv.slice(2);
if (flag !== undefined && (flag !== '--all' || to === undefined)) {
  console.error('usage: npm run screenshots [-- --all FOLDER [SCENARIO…]]');
  process.exit(1);
}
const folder = flag === undefined ? join(root, 'docs', 'images') : resolve(to);
const pictures =
  flag === undefined ? README : SCENARIOS.filter((each) => named.length === 0 || named.includes(each)).flatMap(allOf);

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const scenario of new Set(pictures.map((picture) => picture.scenario))) {
  const server = await serve(scenario);
  for (const picture of pictures)
    if (picture.scenario === scenario) await take(browser, server.url, picture, join(folder, `${picture.name}.png`));
  await server.close();
}
await browser.close();
