import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Scenario, SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { createServer } from '../../src/http/server.ts';
import { accessibilityFaults, openAlone, openPage, PHONE, scrollsSideways, startBrowser } from '../support/browser.ts';
import { serveView, type Settled, settled } from '../support/demo-page.ts';
import { describeWith } from '../support/tools.ts';

/** What the page says of a scenario: its verdict, and what is wrong, the first thing first. */
const SAYS: Partial<Record<Scenario, readonly [verdict: string, ...wrong: string[]]>> = {
  healthy: ['All 49 virtual NICs that ask for a VF are on it.'],
  'vf-pool-exhausted': [
    '5 of 67 virtual NICs that ask for a VF are in fallback on the synthetic path.',
    'vf_pool_exhausted',
  ],
  'host-blocked': [
    '49 of 49 virtual NICs that ask for a VF are in fallback on the synthetic path.',
    'host_bios_keeps_pcie',
    'host_acs_missing',
  ],
  'guest-driver-missing': [
    '3 of 49 virtual NICs that ask for a VF are in fallback on the synthetic path.',
    'guest_vf_driver_inactive',
  ],
  flapping: [
    '1 of 49 virtual NICs that ask for a VF is in fallback on the synthetic path.',
    'vf_absent_unexplained',
    'vf_flapping',
  ],
  'vmq-starved': ['All 49 virtual NICs that ask for a VF are on it, but there are other problems.', 'vmq_exhausted'],
};

describeWith(['chromium'], 'the status page in a browser', () => {
  const worlds = new Map<string, Settled>();
  let browser: Browser;
  let context: BrowserContext;
  let app: ReturnType<typeof createServer>;
  let url: string;
  let shown: { now: Settled };
  const show = (scenario: Scenario) => {
    const world = worlds.get(scenario);
    if (world === undefined) throw new Error(`${scenario} was not made`);
    shown.now = world;
  };

  beforeAll(async () => {
    for (const scenario of [...Object.keys(SAYS), 'large'] as Scenario[]) worlds.set(scenario, await settled(scenario));
    shown = { now: worlds.get('healthy')! };
    ({ app, url } = await serveView(shown));
    browser = await startBrowser();
    context = await browser.newContext();
    // Stays, and with it the process that it shares with those of the tests.
    await openPage(context, url);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const LOOKS = [
    ['light, on a desk', { colorScheme: 'light' }],
    ['dark, on a phone', { colorScheme: 'dark', viewport: PHONE }],
    ['dark, on a desk', { colorScheme: 'dark' }],
    ['light, on a phone', { colorScheme: 'light', viewport: PHONE }],
  ] as const;
  const CASES = Object.entries(SAYS).map(([name, says], index) => {
    const [look, options] = LOOKS[index % LOOKS.length]!;
    return { name: name as Scenario, says, look, options };
  });

  it.each(CASES)('says of $name what is wrong ($look)', async ({ name, says, options }) => {
    show(name);
    const [verdict, ...wrong] = says;
    const { page, faults, origins } = await openPage(context, url, options);
    expect(await page.locator('h1').textContent()).toBe(verdict);
    expect(
      await page.locator('.troubles:not(details *) > li > p:first-of-type > a.entry > code').allTextContents(),
    ).toEqual(wrong);
    expect(await page.getByText('Simulated host').isVisible()).toBe(true);
    expect(await page.locator('.age').textContent()).toMatch(/^Read \d+ s ago at /);
    expect(await page.locator('.collectors tbody th').allTextContents()).toEqual([
      'inventory',
      'activity',
      'config',
      'eventlog',
    ]);
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect({ faults, origins: [...origins] }).toEqual({ faults: [], origins: [url] });
    await page.close();
  });

  it.each(SCENARIOS)(
    'has no barrier, no error and no sideways scroll in %s, in both themes, on a phone and zoomed',
    async (scenario) => {
      if (!worlds.has(scenario)) worlds.set(scenario, await settled(scenario));
      show(scenario);
      const { page, faults, origins } = await openPage(context, url, { colorScheme: 'light' });
      const zoomed = await context.newCDPSession(page);
      const vm = await page.locator('.vnics tbody th a').first().getAttribute('href');
      for (const address of [url, `${url}${vm}`]) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(address);
        await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
        const barriers = [await accessibilityFaults(page)];
        // 200 % on a desk of 1280 pixels: half as many CSS pixels, each twice as large.
        await zoomed.send('Emulation.setDeviceMetricsOverride', {
          width: 640,
          height: 450,
          deviceScaleFactor: 2,
          mobile: false,
        });
        const sideways = [await scrollsSideways(page)];
        await zoomed.send('Emulation.clearDeviceMetricsOverride');
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.setViewportSize({ width: 320, height: 700 });
        sideways.push(await scrollsSideways(page));
        barriers.push(await accessibilityFaults(page));
        expect({ address, barriers, sideways }).toEqual({ address, barriers: [[], []], sideways: [false, false] });
      }
      expect({ faults, origins: [...origins] }).toEqual({ faults: [], origins: [url] });
      await page.close();
    },
  );

  it('lets nothing run that is not its own, and carries no inline script or style', async () => {
    const answer = await fetch(url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const text = await answer.text();
    expect(text).not.toMatch(/<script(?![^>]* src="\/)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect(text.match(/(?:src|href)="https?:/g)).toBeNull();
  });

  it('filters as one types, keeps the filter in the address, and works as a plain form too', async () => {
    show('vf-pool-exhausted');
    const { page, faults } = await openPage(context, url);
    const field = page.getByLabel('Filter by VM, vNIC, vSwitch, path or reason');
    await field.pressSequentially('vf_pool');
    // As many fit before the last letter: all has come when the address has it.
    await page.waitForURL(({ search }) => search === '?filter=vf_pool');
    await page.getByText('5 of 80', { exact: true }).waitFor();
    expect(await page.locator('.vnics tbody tr').count()).toBe(5);
    // Still in the field, so that one types on.
    await page.keyboard.type('xyz');
    await page.getByText('No virtual NIC matches this filter.').waitFor();
    expect(faults).toEqual([]);
    await page.close();

    const plain = await openAlone(browser, url, { javaScriptEnabled: false });
    await plain.page.getByRole('searchbox').fill('fallback');
    await plain.page.getByRole('button', { name: 'Apply' }).click();
    expect(await plain.page.locator('.vnics tbody tr').count()).toBe(5);
    await plain.page.context().close();
  });

  it('leads to a page for each VM: the chain, the first broken step, how to fix it, and its events', async () => {
    show('flapping');
    const { page, faults, origins } = await openPage(context, url, { colorScheme: 'dark' });
    await page.locator('.vnics tbody th a').first().click();
    expect(await page.locator('h1').textContent()).toBe('web-201');
    const steps = await page.locator('.chain > li > p').allTextContents();
    expect(steps).toEqual(['Host fine', 'NIC fine', 'vSwitch fine', 'vNIC fine', 'VF broken', 'Guest not checked']);
    expect(await page.locator('.card').textContent()).toMatch(
      /vf_absent_unexplained.*What to do:.*hyperv-sriov-exporter capture/s,
    );
    expect(await page.locator('.findings').textContent()).toContain('changed its path');
    const events = await page.locator('.events tbody tr').allTextContents();
    expect(events.length).toBeGreaterThan(6);
    expect(events[0]).toMatch(
      /^\d+ min agoweb-201 \(Network Adapter\) lost its VF; pool \d+ of 62vf_absent_unexplained$/,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await scrollsSideways(page)).toBe(false);
    expect({ faults, origins: [...origins] }).toEqual({ faults: [], origins: [url] });
    await page.getByRole('link', { name: 'All virtual NICs' }).click();
    expect(new URL(page.url()).pathname).toBe('/');
    await page.close();
  });

  it('says that a lost VF waits for the next poll, and shows nothing as fine beside a value that says False', async () => {
    const world = worlds.get('healthy')!;
    const { tracked, diagnosis } = world.view;
    const vnic = tracked.host.vnics.find(({ id }) => tracked.vnics.get(id)?.path === 'vf')!;
    const lost = {
      ...vnic,
      path: 'synthetic',
      offload: { ...vnic.offload!, vfAssigned: false, vfActive: false },
    } as const;
    const now: typeof tracked = {
      ...tracked,
      host: { ...tracked.host, vnics: tracked.host.vnics.map((one) => (one.id === vnic.id ? lost : one)) },
    };
    shown.now = { ...world, view: { ...world.view, tracked: now, diagnosis: diagnose(now, () => true) } };
    expect(diagnosis.vnics.get(vnic.id)?.fallback).toBe(false);
    const { page, faults } = await openPage(context, `${url}/vm?id=${vnic.vmId}`);
    const section = page.locator(`section[aria-labelledby="vnic-${vnic.id}"]`);
    expect(await section.locator('h2').textContent()).toContain('Unknown');
    expect(await section.locator('.unconfirmed').textContent()).toMatch(
      /^Lost its VF at \d.*, to be confirmed by the next poll$/,
    );
    expect(await section.locator('li:has(.icon.good)', { hasText: 'False' }).count()).toBe(0);
    expect(await section.locator('li', { hasText: 'VF assigned False' }).count()).toBe(2);
    await page.goto(url);
    expect(await page.locator('h1').textContent()).toContain(
      'No virtual NIC is known to be in fallback (1 not known).',
    );
    expect(await page.locator('.vnics tbody tr').first().textContent()).toContain('to be confirmed by the next poll');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('keeps the events of two VMs of one name apart', async () => {
    const world = worlds.get('healthy')!;
    const { vms, vnics } = world.view.tracked.host;
    const [one, other] = vms.filter(({ name }) => name === 'build-agent');
    const event = (vmId: string | undefined, at: number): Settled['events'][number] => ({
      at,
      kind: 'vnic_path',
      subject: vnics.find((vnic) => vnic.vmId === vmId)!.id,
      names: { vm: 'build-agent' },
      before: 'vf',
      after: 'synthetic',
      text: `event ${at}`,
    });
    shown.now = { ...world, events: [event(one!.id, 1), event(other!.id, 2)] };
    const events = async (id: string) =>
      [...(await (await fetch(`${url}/vm?id=${id}`)).text()).matchAll(/event \d/g)].map(([text]) => text);
    expect([await events(one!.id), await events(other!.id)]).toEqual([['event 1'], ['event 2']]);
  });

  it("shows the agent's own alerts with their runbooks, where its alerting is on", async () => {
    const alert = (name: string, severity: string, state: 'firing' | 'pending') => ({
      name,
      labels: { severity, ...(name === 'SriovVfFallback' && { vm_id: 'a0000000-0000-4000-8000-000000000001' }) },
      annotations: {
        ...(name === 'SriovVfFallback' && { dashboard_url: 'https://grafana.example/d/sriov-vm' }),
        runbook_url: `${url}/runbooks/${name}`,
        description: `${name} <on> web07`,
        remedy: 'Offer more VFs.',
      },
      value: 1,
      state,
      activeAt: worlds.get('healthy')!.view.collection.now / 1000 - 600,
    });
    const alerts = [
      alert('SriovVfFallback', 'warning', 'firing'),
      alert('SriovVfPoolExhausted', 'critical', 'firing'),
      alert('SriovVmqStarved', 'warning', 'pending'),
    ];
    const served = await serveView({ now: worlds.get('healthy')! }, { alerts: () => alerts });
    const { page, faults } = await openPage(context, served.url);
    const section = page.getByRole('region', { name: 'Alerts' });
    expect(await section.locator('> p').textContent()).toMatch(/^2 firing, 1 pending, 0 resolved/);
    expect(await section.getByRole('link').allTextContents()).toEqual([
      'SriovVfPoolExhausted',
      'SriovVfFallback',
      'Page of the VM',
      'Dashboard',
    ]);
    expect(await section.locator('li').first().textContent()).toContain('SriovVfPoolExhausted <on> web07');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
    await served.app.close();
  });

  it('refreshes itself without losing the place, what is unfolded, or where one is with the keyboard', async () => {
    show('healthy');
    const { page, faults } = await openAlone(browser, 'about:blank');
    await page.clock.install();
    await page.goto(`${url}/?show=all`);
    await page.locator('#notes summary').click();
    await page.locator('.vnics tbody th a').nth(30).focus();
    await page.evaluate('window.scrollTo(0, 1200)');
    const focused = await page.evaluate<string>('document.activeElement.textContent');
    show('vf-pool-exhausted');
    await page.clock.fastForward(15_000);
    await page.getByText('5 of 67 virtual NICs').waitFor();
    expect(await page.evaluate('window.scrollY')).toBe(1200);
    expect(await page.locator('#notes').getAttribute('open')).toBe('');
    expect(await page.evaluate('document.activeElement.textContent')).toBe(focused);

    // What is selected stays, and the page says so: what it would show now, and a way to it.
    for (const release of ['getSelection().removeAllRanges()', 'document.getElementById("show-held").click()']) {
      show('vf-pool-exhausted');
      await page.clock.fastForward(15_000);
      await page.getByText('5 of 67 virtual NICs').waitFor();
      await page.evaluate('getSelection().selectAllChildren(document.querySelector("h1"))');
      show('healthy');
      await page.clock.fastForward(15_000);
      await page.getByText('Refresh is paused while text is selected. The latest state: All 49 virtual NICs').waitFor();
      expect(await page.locator('h1').textContent()).toContain('5 of 67');
      expect(await page.title()).toMatch(/^✓ /);
      await page.evaluate(release);
      await page.locator('h1').getByText('All 49 virtual NICs').waitFor();
      expect(await page.locator('#held').isVisible()).toBe(false);
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['http, as the browser copies what is selected', false],
    ['https or localhost, by the clipboard', true],
  ])('copies each command by a button (%s)', async (_, secure) => {
    show('vf-pool-exhausted');
    const { page, faults } = await openAlone(browser, url);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    if (!secure)
      await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true })');
    const commands = await page.locator('.command').allTextContents();
    const buttons = page.getByRole('button', { name: 'Copy' });
    expect(commands.length).toBeGreaterThan(0);
    expect(await buttons.count()).toBe(commands.length);
    await buttons.first().click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    if (!secure) await page.evaluate('delete navigator.clipboard');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(commands[0]);
    expect(await page.evaluate('getSelection().isCollapsed')).toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows the state in title and icon, and times in the time zone of the reader', async () => {
    const { page } = await openAlone(browser, 'about:blank', { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    const seen = [];
    for (const scenario of ['healthy', 'vf-pool-exhausted'] as const) {
      show(scenario);
      await page.goto(url);
      seen.push([(await page.title())[0], await page.locator('link[rel=icon]').getAttribute('href')]);
    }
    expect(seen.map(([mark]) => mark)).toEqual(['✓', '!']);
    expect(seen[0]?.[1]).not.toBe(seen[1]?.[1]);
    const time = page.locator('.age time').first();
    const moment = new Date((await time.getAttribute('datetime'))!);
    const tokyo = (options: Intl.DateTimeFormatOptions) =>
      moment.toLocaleString('en-GB', { ...options, timeZone: 'Asia/Tokyo' });
    expect(await time.getAttribute('title')).toBe(tokyo({ dateStyle: 'medium', timeStyle: 'long' }));
    // On paper there is no tool tip, and nothing counts on.
    const printed = page.locator('.age .printed');
    expect(await printed.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect([await printed.isVisible(), await printed.textContent()]).toEqual([
      true,
      `at ${tokyo({ dateStyle: 'medium', timeStyle: 'long' })}`,
    ]);
    expect(await page.locator('.brand').isVisible()).toBe(true);
    expect(await page.locator('.copy').first().isVisible()).toBe(false);
    await page.context().close();
  });

  it('lists thousands of virtual NICs a page at a time, and is quick about it', async () => {
    show('large');
    const { page, faults } = await openPage(context, `${url}/?show=all`);
    const total = worlds.get('large')!.view.tracked.host.vnics.length;
    expect(total).toBeGreaterThan(2000);
    expect(await page.locator('#found').textContent()).toBe(`${total} in all`);
    const rows = page.locator('.vnics tbody tr:not(.group, .folded)');
    expect(await rows.count()).toBe(100);
    expect((await (await fetch(`${url}/?show=all`)).text()).length).toBeLessThan(200_000);
    const first = await page.locator('.vnics tbody th').first().textContent();
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await page.locator('.pager').textContent()).toContain(`Page 2 of ${Math.ceil(total / 100)}`);
    expect(await page.locator('.vnics tbody th').first().textContent()).not.toBe(first);
    expect(await accessibilityFaults(page)).toEqual([]);

    // From the click until the sorted and grouped table is drawn; a person waits for a second without a thought.
    const times: number[] = [];
    for (const query of ['sort=-traffic', 'sort=-cpu&group=nic', 'sort=vm&group=vswitch', 'filter=vm-1']) {
      await page.goto(`${url}/?show=all&${query}`);
      times.push(
        await page.evaluate<number>(
          'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))',
        ),
      );
    }
    console.log(`a table of ${total} virtual NICs is drawn after ${times.map(Math.round).join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThan(5000);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('sorts by any column, groups, and folds rows without problems; the address holds it', async () => {
    show('vf-pool-exhausted');
    const { page, faults } = await openPage(context, url);
    const rows = page.locator('.vnics tbody tr:not(.group, .folded)');
    // By itself: what has trouble, and a line for the rest.
    const troubled = await rows.count();
    expect(troubled).toBeGreaterThanOrEqual(5);
    expect(troubled).toBeLessThan(60);
    expect(await page.locator('.folded').textContent()).toMatch(/^\d+ virtual NICs without problems: \d+ on its VF/);
    await page.locator('.folded a').click();
    await page.waitForURL(/show=all/);
    expect(await rows.count()).toBe(80);

    await page.getByRole('columnheader', { name: 'CPU of the VM' }).getByRole('link').click();
    await page.waitForURL(/sort=-cpu/);
    expect(await page.locator('th[aria-sort]').allTextContents()).toEqual(['CPU of the VM']);
    const cpu = async () =>
      (await page.locator('.vnics td[data-label="CPU of the VM"]').allTextContents()).flatMap((text) =>
        text === '' ? [] : [Number.parseFloat(text)],
      );
    const most = await cpu();
    expect(most.length).toBeGreaterThan(20);
    expect(most).toEqual(most.toSorted((a, b) => b - a));
    await page.getByRole('columnheader', { name: 'CPU of the VM' }).getByRole('link').click();
    await page.waitForURL(/sort=cpu/);
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    expect(await cpu()).toEqual(most.toSorted((a, b) => a - b));

    await page.getByLabel('Group').selectOption('By reason');
    await page.waitForURL(/group=reason/);
    await page.locator('.vnics .group').first().waitFor();
    expect(await page.locator('.vnics .group code').allTextContents()).toContain('vf_pool_exhausted');
    expect(new URL(page.url()).search).toMatch(/^\?show=all&sort=cpu&group=reason|sort=cpu/);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await scrollsSideways(page)).toBe(false);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows the last hours as charts with a table behind each', async () => {
    show('vf-pool-exhausted');
    const { page, faults } = await openPage(context, url, { colorScheme: 'dark' });
    expect(await page.locator('.chart h3').allTextContents()).toEqual(
      expect.arrayContaining(['VFs in use vSwitch_LAN01', 'vNICs by path', 'CPU of the host root partition']),
    );
    const vfs = page.getByRole('figure', { name: /^VFs in use/ });
    expect(await vfs.getByRole('img').getAttribute('aria-label')).toMatch(/^62 of 62; lowest \d+, highest 62$/);
    expect(await vfs.locator('path.line.full').getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+H/);
    // The values of one moment, by pointer and by keyboard.
    const reading = vfs.getByRole('slider', { name: /^VFs in use/ });
    const at = vfs.locator('.at');
    await reading.focus();
    expect(await at.textContent()).toMatch(/^\d.*: In use 62, Limit 62$/);
    await page.keyboard.press('Home');
    expect(await at.textContent()).toMatch(/: In use not known, Limit not known$/);
    expect(await reading.getAttribute('aria-valuetext')).toBe(await at.textContent());
    await reading.blur();
    expect(await at.textContent()).toBe('');
    await reading.hover({ position: { x: 1, y: 5 } });
    expect(await at.textContent()).toMatch(/: In use not known, Limit not known$/);
    expect(await vfs.locator('.cursor').getAttribute('d')).toMatch(/^M[\d.]+ 0V100$/);
    await page.mouse.move(0, 0);
    expect(await at.textContent()).toBe('');
    await vfs.getByText('Values').click();
    expect(await vfs.locator('tbody tr').first().textContent()).toMatch(/6262$/);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await scrollsSideways(page)).toBe(false);
    await page.locator('.vnics tbody th a').first().click();
    expect(await page.locator('.chart h3').first().textContent()).toContain('Path');
    expect(await page.getByRole('figure', { name: /^Path/ }).locator('rect').count()).toBeGreaterThan(0);
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('says what changed, in groups, and keeps the page of a VM that has left', async () => {
    const world = worlds.get('vf-pool-exhausted')!;
    const started = Array.from({ length: 18 }, (_, index) => ({
      at: world.view.collection.now - 120_000,
      kind: 'vm_state' as const,
      subject: `id-${index}`,
      names: { vm: `vdi-${index}` },
      before: 'off',
      after: 'running',
      text: `\`vdi-${index}\` started, like 17 more`,
    }));
    shown.now = { ...world, events: started };
    const { page, faults } = await openPage(context, url);
    const told = page.getByRole('region', { name: 'What changed' });
    expect(await told.locator('li').allTextContents()).toEqual([
      expect.stringMatching(/2 min ago18 VMs started: vdi-0, vdi-1, vdi-2 and 15 more$/),
    ]);
    await page.close();

    const gone = { vm: 'old-web', vmId: 'a0000000-0000-4000-8000-000000000001', vnic: 'Network Adapter' };
    const at = world.view.collection.now - 60_000;
    const event = {
      at,
      kind: 'vnic_gone',
      subject: 'n9',
      names: gone,
      before: 'vf',
      after: '',
      text: '`old-web` (Network Adapter) left this host',
    } as const;
    shown.now = { ...world, events: [...world.events, event] };
    const left = await openPage(context, `${url}/vm?id=${gone.vmId}`);
    expect(await left.page.locator('h1').textContent()).toBe('old-web');
    expect(await left.page.locator('main > p').first().textContent()).toMatch(/^This VM is no longer on this host\./);
    expect(await left.page.locator('.events tbody tr').count()).toBe(1);
    expect(await accessibilityFaults(left.page)).toEqual([]);
    const never = await fetch(`${url}/vm?id=a0000000-0000-4000-8000-000000000002`);
    expect(never.status).toBe(404);
    expect([...faults, ...left.faults]).toEqual([]);
    await left.page.close();
  });

  it('keeps pools in sight that offer nothing, and names who would miss a VF least where all are taken', async () => {
    const { view } = worlds.get('healthy')!;
    const { host } = view.tracked;
    const vswitches = host.vswitches.map((vswitch) => ({ ...vswitch, iovEnabled: false, vfLimit: 0, vfInUse: 0 }));
    const tracked = { ...view.tracked, host: { ...host, vswitches } };
    shown.now = { ...worlds.get('healthy')!, view: { ...view, tracked } };
    const off = await (await fetch(url)).text();
    expect(off).toContain('No VFs offered: SR-IOV is off on this vSwitch');
    show('vf-pool-exhausted');
    const { page } = await openPage(context, url);
    expect(await page.locator('.candidates li').count()).toBeGreaterThan(0);
    expect(await page.locator('.candidates li').first().textContent()).toMatch(/CPU \d+ %$/);
    await page.close();
  });

  it('can be used by keyboard alone', async () => {
    show('healthy');
    const { page } = await openPage(context, url);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to main content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('49 On its VF');
    await page.keyboard.press('Enter');
    await page.waitForURL(/filter=vf/);
    expect(await page.locator('.vnics tbody tr').count()).toBe(49);
    await page.close();
  });
});
