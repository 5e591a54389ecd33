import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { type Agent, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/errors.ts';
import type { Target } from '../../src/fleet/target.ts';
import { allTargets } from '../../src/fleet/targets.ts';
import { createLogger } from '../../src/log.ts';
import { openDemoTarget } from '../../src/simulated-host/fleet.ts';

const { config } = loadConfig({
  flags: new Map(Object.entries({ source: 'demo', 'demo.hosts': '8', 'web.enable-lifecycle': 'true' })),
  environment: {},
});
const startedAt = Date.now() - 300_000;
let targets: readonly Target[] = allTargets(config, undefined, 'linux');
const closed: string[] = [];
let agent: Agent;
const get = async (url: string, headers: Record<string, string> = {}) => agent.server.inject({ url, headers });

const waitUntil = (holds: () => Promise<boolean>, timeout = 20_000) =>
  vi.waitFor(async () => expect(await holds()).toBe(true), { timeout, interval: 100 });

beforeAll(async () => {
  agent = await createAgent(config, {
    log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
    version: '1.2.3',
    loadConfig: () => config,
    readers: {
      clock: systemClock,
      targets: () => targets,
      connectsWaiting: () => 0,
      async open({ name, from }) {
        if (from.kind !== 'demo') throw new UserError(`${name} cannot be opened`);
        const reader = openDemoTarget(from.number, { seed: 1, hosts: 8, clock: systemClock, startedAt });
        return {
          ...reader,
          close: async () => {
            closed.push(name);
            await reader.close();
          },
        };
      },
    },
  });
});
afterAll(() => agent.close());

describe('a collector', () => {
  it('is not ready and has the series of the collection before a target was tried', async () => {
    expect((await get('/-/ready')).body).toBe(
      'not ready: 8 targets were not tried yet: hv01, hv02, hv03, hv04, hv05, …\n',
    );
    agent.start();
    await waitUntil(async () => (await get('/-/ready')).statusCode === 200);
    await waitUntil(async () => (await get('/api/v1/host?target=hv07')).statusCode === 200);
  }, 60_000);

  it('lists all targets for Prometheus with all that it needs in the labels', async () => {
    const groups = (await get('/api/v1/targets', { host: 'collector.example.net:10182' })).json();
    expect(groups).toHaveLength(8);
    expect(groups[4]).toEqual({
      targets: ['collector.example.net:10182'],
      labels: {
        cluster: 'demo-2',
        instance: 'hv05',
        host: 'hv05',
        read_by: 'collector',
        __scheme__: 'http',
        __metrics_path__: '/probe',
        __param_target: 'hv05',
      },
    });
  });

  it.each(['[', 'a:99999', '192.0.0.2.72.7', 'a/b', 'user@a', 'a b'])(
    'refuses a Host header that is none where its own address is not configured: %j',
    async (host) => {
      const answer = await get('/api/v1/targets', { host });
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { error: 'bad_request', message: expect.stringContaining('Host header') as string },
      ]);
    },
  );

  it('serves each target at /probe, without the metrics of the process, also compressed', async () => {
    for (const name of ['hv01', 'hv03']) {
      const plain = await get(`/probe?target=${name}`);
      expect([plain.statusCode, plain.headers['content-type']]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect(plain.body).toContain(`hyperv_host_info{`);
      expect(plain.body).toContain(`vm="web-${Number(name.slice(2))}01"`);
      expect(plain.body).not.toMatch(/process_cpu|hyperv_exporter_target_up/);
      const zipped = await get(`/probe?target=${name}`, { 'accept-encoding': 'gzip' });
      expect(gunzipSync(zipped.rawPayload).toString()).toMatch(/^hyperv_exporter_simulated 1$/m);
    }
  });

  it('serves a target that does not answer, and nothing that is not configured', async () => {
    const silent = await get('/probe?target=hv07');
    expect(silent.statusCode).toBe(200);
    expect(silent.body).toMatch(/^hyperv_exporter_collector_success\{collector="inventory"\} 0$/m);
    expect(silent.body).not.toContain('hyperv_vnic_info');
    expect((await get('/probe?target=evil.example.net')).statusCode).toBe(404);
    expect((await get('/probe')).json().message).toBe(
      "target: which of this collector's targets? ?target= takes one of hv01, hv02, hv03, hv04, hv05, hv06, hv07, hv08",
    );
  });

  it('says of itself how each target does', async () => {
    await waitUntil(
      async () => /target_up\{target="hv08",cluster="demo-2"\} 1/.test((await get('/metrics')).body),
      20_000,
    );
    const { body } = await get('/metrics');
    expect(body).toMatch(/^hyperv_exporter_target_up\{target="hv01",cluster="demo-1"\} 1$/m);
    expect(body).toMatch(/^hyperv_exporter_target_up\{target="hv07",cluster="demo-2"\} 0$/m);
    expect(body).toMatch(/^hyperv_exporter_target_info\{target="hv07",cluster="demo-2",code="connect_timeout"\} 1$/m);
    expect(body).toMatch(/^hyperv_exporter_targets\{state="up"\} 7$/m);
    expect(body).toMatch(/^hyperv_exporter_targets\{state="down"\} 1$/m);
    expect(body).toMatch(/^process_cpu_seconds_total /m);
    expect(body).not.toContain('hyperv_vnic_');
    const open = await get('/metrics', { accept: 'application/openmetrics-text; version=1.0.0' });
    expect(open.body).toMatch(/# EOF\n$/);
  }, 30_000);

  it('shows all hosts at / and one at /host, whose links keep the target', async () => {
    const overview = (await get('/')).body;
    // Fallback is published with the second inventory, a minute later.
    expect(overview).toMatch(/1 of 8 hosts is not reachable|8 hosts.*?, 1 is not reachable/);
    expect(overview).toContain('href="/host?target=hv07"');
    // What to do about a difference: its impact stands before the first command.
    const [, fixOfDrift = ''] =
      /<summary>How to change <bdi>hv04<\/bdi><\/summary>(.*?)<\/details>/s.exec(overview) ?? [];
    expect(fixOfDrift.indexOf('<b>Impact:</b>')).toBeGreaterThan(0);
    expect(fixOfDrift.indexOf('<b>Impact:</b>')).toBeLessThan(fixOfDrift.indexOf('<code class="command">'));
    expect(fixOfDrift).toContain('New-VMSwitch -Name &#39;vSwitch_LAN01&#39;');
    const page = (await get('/host?target=hv02&show=all')).body;
    expect(page).toContain('hv-02.example.com');
    const own = [...page.matchAll(/(?:href|action)="(\/[^"]*)"/g)].map(([, address = '']) => address);
    const ofHost = own.filter((address) => !/^\/(?:assets|docs|api\/v1\/openapi|$)/.test(address));
    expect(ofHost.length).toBeGreaterThan(60);
    expect(ofHost.filter((address) => !/^\/(?:host|vm|probe|api\/v1\/\w+)\?target=hv02/.test(address))).toEqual([]);
    expect(page).toContain('<input type="hidden" name="target" value="hv02" />');
    const vm = ofHost.find((address) => address.startsWith('/vm')) ?? '';
    const vmPage = await get(vm.replaceAll('&amp;', '&'));
    expect([vmPage.statusCode, vmPage.body.includes('hv-02.example.com')]).toEqual([200, true]);
  });

  it('says on the page of a silent host that it cannot be read and why, and not that it has nothing', async () => {
    const page = (await get('/host?target=hv07')).body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(page).toMatch(/All hosts hv07 .*The state of the virtual NICs is not known/);
    expect(page).toContain(
      'This host cannot be read. This simulated host does not answer: it is there to show how that looks. No reading has succeeded yet.',
    );
    expect(page).toContain('The virtual NICs of this host could not be read.');
    expect(page).not.toMatch(/has no virtual NIC|0 in all|Last \d+ (?:min|hour)/);
  });

  it('takes ?target= on every route of the API about a host', async () => {
    for (const path of ['host', 'vnics', 'findings', 'capacity', 'explain', 'events', 'alerts']) {
      expect((await get(`/api/v1/${path}?target=hv02`)).statusCode, path).toBe(200);
      expect((await get(`/api/v1/${path}`)).statusCode, path).toBe(400);
    }
    const { targets: fleet, clusters } = (await get('/api/v1/fleet')).json();
    expect(fleet[1]).toMatchObject({
      name: 'hv02',
      cluster: 'demo-1',
      state: 'up',
      worst: { id: expect.any(String) },
    });
    expect(clusters.map(({ cluster }: { cluster: string }) => cluster)).toEqual(['demo-1', 'demo-2']);
    // hv04 has a vSwitch without IOV.
    expect(clusters[0].drift).toContainEqual({
      host: 'hv04',
      object: 'vswitch',
      subject: 'vSwitch_LAN01',
      property: 'IOV',
      value: 'off',
      norm: 'on',
      severity: 'warning',
      fix: {
        remedy: 'Recreate the vSwitch with IOV and connect the vNICs to it.',
        impact: expect.objectContaining({ class: 'nic_or_vswitch' }),
        commands: [],
        inspect: [],
        plans: [
          expect.arrayContaining([
            {
              text: expect.any(String),
              command: expect.stringMatching(/^New-VMSwitch -Name 'vSwitch_LAN01' .*-EnableIov \$true$/),
            },
          ]),
        ],
      },
    });
    const { vms } = (await get('/api/v1/placement?vm=web-301')).json();
    expect(vms).toHaveLength(1);
    expect(vms[0].places.find(({ host }: { host: string }) => host === 'hv04')).toMatchObject({
      fits: false,
      against: ['no vSwitch vSwitch_LAN01 with IOV'],
    });
    expect(fleet[6]).toMatchObject({ name: 'hv07', state: 'down', code: 'connect_timeout' });
  });

  it('takes over a changed list and keeps the former one where the new one has a fault', async () => {
    const former = targets;
    targets = former.slice(1);
    expect((await agent.server.inject({ method: 'POST', url: '/-/reload' })).statusCode).toBe(200);
    expect(closed).toEqual(['hv01']);
    expect((await get('/probe?target=hv01')).statusCode).toBe(404);
    const [, second] = former;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a target that this test cannot open
    targets = [...former, { ...second, name: 'hv99', from: { kind: 'ssh' } } as Target];
    const refused = await agent.server.inject({ method: 'POST', url: '/-/reload' });
    expect([refused.statusCode, refused.json().message]).toEqual([422, 'hv99 cannot be opened']);
    expect((await get('/api/v1/targets')).json()).toHaveLength(7);
    const isLoaded = async (value: 0 | 1): Promise<boolean> =>
      (await get('/metrics')).body.includes(`\nhyperv_exporter_config_last_reload_successful ${value}\n`);
    await waitUntil(() => isLoaded(0));
    targets = former;
    await agent.reload();
    await waitUntil(() => isLoaded(1));
    expect((await get('/api/v1/targets')).json()).toHaveLength(8);
    // hv01 was opened twice: for the list that was refused, and for this one.
    expect(closed).toEqual(['hv01', 'hv01']);
  });
});
