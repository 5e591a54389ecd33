import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderMarkdown, slug } from '../../src/http/docs/markdown.ts';
import { createServer } from '../../src/http/server.ts';
import { atOnce } from '../../src/turn.ts';
import { accessibilityFaults, openPage, scrollsSideways, startBrowser } from '../support/browser.ts';
import { describeWith } from '../support/tools.ts';
import { deps } from './deps.ts';

const folder = join(import.meta.dirname, '../../docs');
const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));

const app = createServer(deps());
afterAll(() => app.close());
const get = async (url: string) => {
  const { statusCode, body, headers } = await app.inject(url);
  return { statusCode, body, headers };
};
const hrefs = (body: string) => [...body.matchAll(/ href="([^"]+)"/g)].map(([, href = '']) => href);
const anchors = (body: string) => new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));

describe('/docs/', () => {
  it('serves every document that is shipped, under its path, with the headers of every page', async () => {
    expect(documents.length).toBeGreaterThan(40);
    for (const path of documents) {
      const { statusCode, body, headers } = await get(`/docs/${path}`);
      expect([path, statusCode]).toEqual([path, 200]);
      const [, title = ''] = /^# (.*)$/m.exec(readFileSync(join(folder, path), 'utf8')) ?? [];
      expect(body.replaceAll('&#39;', "'")).toContain(`>${title.replaceAll('`', '')}</h1>`);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(body).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|<!--/i);
    }
  });

  it('has no link that leads nowhere, neither to a document nor to a place in it', async () => {
    const pages = new Map<string, string>();
    const page = async (path: string) => {
      const body = pages.get(path) ?? (await get(path)).body;
      pages.set(path, body);
      return body;
    };
    let seen = 0;
    const broken: string[] = [];
    for (const path of ['', ...documents].map((each) => `/docs/${each}`)) {
      for (const href of hrefs(await page(path))) {
        const { origin, pathname, hash } = new URL(href, `http://agent${path}`);
        if (origin !== 'http://agent' || !pathname.startsWith('/docs/')) continue;
        seen += 1;
        const to = await page(pathname);
        if (/There is no such document/.test(to)) broken.push(`${path}: ${href}`);
        else if (hash !== '' && !anchors(to).has(hash.slice(1))) broken.push(`${path}: ${href}`);
      }
    }
    expect(seen).toBeGreaterThan(800);
    expect(broken).toEqual([]);
  });

  it('leads to what it does not serve in the repository: rules, dashboards, tools', async () => {
    const { body } = await get('/docs/runbooks/SriovVfFallback.md');
    expect(body).toContain(
      '<a href="https://github.com/hyperv-sriov-exporter/hyperv-sriov-exporter/blob/main/alerts/sriov-fallback.rules.yaml" rel="noreferrer">the rule</a>',
    );
  });

  it.each([
    '/docs/nothing.md',
    '/docs/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs/images/status-dark.png',
    '/docs/runbooks',
    '/docs/__proto__',
  ])('has nothing at %s', async (url) => {
    const { statusCode, body } = await get(url);
    expect(statusCode).toBe(404);
    expect(body).not.toContain('"dependencies"');
  });

  it('is part of the description of the API', async () => {
    const { paths } = JSON.parse((await get('/api/v1/openapi.json')).body) as { paths: Record<string, unknown> };
    expect(paths['/docs/{path}']).toMatchObject({
      get: { parameters: [{ name: 'path', in: 'path', required: true }] },
    });
  });
});

describe('a document as markup', () => {
  const rendered = (text: string) => atOnce(renderMarkdown(text, 'runbooks/a.md')).text;

  it('passes no markup through, and no link but to documents and the web', () => {
    expect(rendered('<script>alert(1)</script>\n\n<!-- made -->\n\na <b onclick="x">b</b>')).not.toMatch(
      /<script|<b|<!--/,
    );
    for (const to of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd'])
      expect(rendered(`[x](${to})`)).toBe('<p>x</p>\n');
    expect(rendered('![x](https://elsewhere.example/x.png)')).toBe('<p>x</p>\n');
    expect(rendered('[x](https://learn.microsoft.com/x?a=1&b="2")')).toBe(
      '<p><a href="https://learn.microsoft.com/x?a=1&amp;b=%222%22" rel="noreferrer">x</a></p>\n',
    );
    expect(rendered('[x](../reasons.md#nic_down)')).toBe('<p><a href="../reasons.md#nic_down">x</a></p>\n');
  });

  it('keeps code as it is', () => {
    expect(rendered('```powershell\nGet-VM | ? { $_.State -eq "Off" } # <x>\n```')).toBe(
      '<pre tabindex="0"><code>Get-VM | ? { $_.State -eq &quot;Off&quot; } # &lt;x&gt;\n</code></pre>\n',
    );
  });

  it('does not take a line of code for a heading', () => {
    expect(rendered('~~~sh\n# a\n```\n# b\n~~~\n\n- ```\n# c\n```\n# d')).toBe(
      '<pre tabindex="0"><code># a\n```\n# b\n</code></pre>\n<ul>\n<li><pre tabindex="0"><code>\n</code></pre>\n</li>\n</ul>\n<h1 id="c">c</h1>\n<pre tabindex="0"><code># d\n</code></pre>\n',
    );
  });

  it('knows a link that a later section defines', () => {
    expect(rendered('# A\n\n[x]\n\n# B\n\n[x]: https://learn.microsoft.com/x')).toBe(
      '<h1 id="a">A</h1>\n<p><a href="https://learn.microsoft.com/x" rel="noreferrer">x</a></p>\n<h1 id="b">B</h1>\n',
    );
  });

  it('has anchors as GitHub makes them', () => {
    expect(slug('vNICs and VMs')).toBe('vnics-and-vms');
    expect(slug('SR-IOV behaviour behind the reasons')).toBe('sr-iov-behaviour-behind-the-reasons');
    expect(slug("The service's account")).toBe('the-services-account');
    expect(slug('nic_zero_vfs')).toBe('nic_zero_vfs');
    expect(rendered('## Same\n\n## Same')).toBe('<h2 id="same">Same</h2>\n<h2 id="same-1">Same</h2>\n');
  });
});

describeWith(['chromium'], 'the documentation in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let url: string;
  beforeAll(async () => {
    url = await app.listen({ port: 0, host: '127.0.0.1' });
    browser = await startBrowser();
    context = await browser.newContext();
  });
  afterAll(() => browser.close());

  it.each([
    ['', { colorScheme: 'light' }],
    ['runbooks/SriovVfFallback.md', { colorScheme: 'dark', viewport: { width: 320, height: 700 } }],
    ['reasons.md', { colorScheme: 'light', viewport: { width: 320, height: 700 } }],
    ['configuration.md', { colorScheme: 'dark' }],
  ] as const)(
    'shows %s without a script and without horizontal scrolling, accessible to everyone',
    async (path, look) => {
      const { page, faults, origins } = await openPage(context, `${url}/docs/${path}`, look);
      expect(await page.locator('script').count()).toBe(0);
      expect(await scrollsSideways(page)).toBe(false);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect({ faults, origins: [...origins] }).toEqual({ faults: [], origins: [url] });
      await page.close();
    },
  );
});
