import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { tool } from './tools.ts';

/** Pages of one context and origin share a process: its start costs more than what a page does. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: tool('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--process-per-site'],
  });

export const PHONE = { width: 390, height: 844 };

/** A page that remembers what must not happen on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, exceptions, failed requests, breaches of the Content-Security-Policy */
  readonly faults: readonly string[];
  /** Every origin that something was asked of */
  readonly origins: ReadonlySet<string>;
}

/** How a page is looked at */
export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A page in a context of its own, for what a context has as a whole: scripts, the clock, the network. */
export const openAlone = async (browser: Browser, url: string, options?: BrowserContextOptions): Promise<WatchedPage> =>
  openPage(await browser.newContext(options), url);

export async function openPage(context: BrowserContext, url: string, look: Look = {}): Promise<WatchedPage> {
  const page = await context.newPage();
  if (look.colorScheme !== undefined) await page.emulateMedia({ colorScheme: look.colorScheme });
  if (look.viewport !== undefined) await page.setViewportSize(look.viewport);
  page.setDefaultTimeout(120_000);
  const faults: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
  });
  await page.goto(url);
  return { page, faults, origins };
}

/** Breaches of accessibility rules that axe-core finds, each as rule and element. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // evaluate() goes past the page's policy, as a script element would not.
  await page.evaluate(axe.source);
  const { passes, violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    passes: unknown[];
    violations: { id: string; nodes: { html: string }[] }[];
  };
  if (passes.length < 10) throw new Error(`axe-core looked at ${passes.length} rules only`);
  return [...new Set(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)))];
}

/** Whether something sticks out at the right. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
