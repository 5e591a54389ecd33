import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { processesWith } from '../support/processes.ts';
import { stubHostFile } from '../support/pwsh/module.ts';
import { forceSession, installSession } from '../support/pwsh/session.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { prepareSshd, type Sshd } from '../support/servers/sshd.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

// Six PowerShell sessions below normal priority: on a busy machine their start takes long.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const START = Date.UTC(2026, 0, 5, 8);
const NAMES = ['hv01', 'hv02', 'hv03'] as const;
type Name = (typeof NAMES)[number];
const ACTIVITY_MS = 5000;

/** Remote sessions end on their own this long after the last request at the latest (Start-HyperVSriovSession). */
const IDLE_END_MS = 180_000;

/*
 * The whole way: the built program reads three hosts through OpenSSH servers with the module behind the forced command,
 * and a Prometheus finds and scrapes them.
 */
describeWith(
  ['ssh', 'sshd', 'ssh-keygen', 'pwsh', 'prometheus'],
  'a collector, three hosts over SSH and a Prometheus',
  () => {
    let root: string;
    const servers = {} as Record<Name, Sshd>;
    const vnics = {} as Record<Name, number>;
    /** Names of its VMs, which have the number of the host in them */
    const vms = {} as Record<Name, readonly string[]>;
    let exporter: Exporter;
    let prometheus: Prometheus;

    const folderOf = (name: Name): string => join(root, name);
    const sessionsOf = (name: Name): readonly number[] => processesWith(`HYPERV_STUB_HOST=${folderOf(name)}`);
    const why = (): string => exporter.log().slice(-4000) + prometheus.log().slice(-2000);
    const text = async (path: string): Promise<string> => (await fetch(`${exporter.url}${path}`)).text();
    const stateOf = async (name: Name) => {
      const { targets } = JSON.parse(await text('/api/v1/fleet')) as {
        targets: readonly { name: string; state: string; code?: string; error?: string }[];
      };
      return targets.find((target) => target.name === name);
    };
    const connects = async (name: Name, result: 'ok' | 'failed'): Promise<number> =>
      Number(
        new RegExp(`^hyperv_exporter_target_connects_total\\{target="${name}",result="${result}"\\} (\\d+)$`, 'm').exec(
          await text('/metrics'),
        )?.[1],
      );

    const targetsFile = (): string => join(root, 'targets.yaml');
    const writeTargets = (names: readonly Name[]): void =>
      writeFileSync(
        targetsFile(),
        stringify({
          list: names.map((name) => {
            const { address, port, user, keyFile, knownHostsFiles } = servers[name].target;
            const connection = { address, port, user, key_file: keyFile, known_hosts_file: knownHostsFiles[0] };
            return { name, labels: { cluster: 'a' }, ...connection };
          }),
        }),
      );

    /** Seconds between the reads of a host's activity that Prometheus saw between two times, Unix milliseconds */
    async function readsOf(name: Name, from: number, to: number): Promise<readonly number[]> {
      const metric = 'hyperv_exporter_source_last_success_timestamp_seconds';
      const series = await prometheus.queryRange(
        `max by (instance) (${metric}{instance="${name}",collector="activity"})`,
        from / 1000,
        to / 1000,
        1,
      );
      const times = [...new Set(series.flatMap(({ values }) => values.map(([, value]) => Number(value))))];
      return times.slice(1).map((time, index) => time - (times[index] ?? 0));
    }

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'collector over ssh '));
      const program = join(root, 'program');
      installSession(program);
      for (const [index, name] of NAMES.entries()) {
        mkdirSync(folderOf(name));
        const world = makeWorld(1 + index, 'cluster', START, undefined, 1 + index)(START + 600_000);
        vnics[name] = world.vnics.length;
        vms[name] = world.vms.map((vm) => vm.name).toSorted();
        const host = join(folderOf(name), 'host.json');
        writeFileSync(host, stubHostFile({ ...worldToObjects({ ...world, readBefore: {} }), clock: START }));
        servers[name] = await prepareSshd(folderOf(name));
        forceSession(servers[name], program, host);
        await servers[name].start();
      }
      writeTargets(NAMES);
      const config = join(root, 'config.yaml');
      writeFileSync(
        config,
        stringify({
          source: 'targets',
          targets: { files: [targetsFile()] },
          poll: { inventory: { interval: '10s' }, activity: { interval: `${ACTIVITY_MS / 1000}s` } },
          storage: { path: join(root, 'state') },
          web: { 'enable-lifecycle': true },
        }),
      );
      exporter = await startExporter(['--config.file', config]);
      prometheus = await startPrometheus({
        config: {
          scrape_configs: [
            {
              job_name: 'hyperv-sriov',
              http_sd_configs: [{ url: `${exporter.url}/api/v1/targets`, refresh_interval: '1s' }],
            },
            {
              job_name: 'hyperv-sriov-collector',
              static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }],
            },
          ],
        },
      });
    });
    afterAll(async () => {
      await Promise.all([prometheus?.stop(), exporter?.stop()]);
      await Promise.all(Object.values(servers).map((server) => server.stop()));
      await until('no session is left', () => NAMES.every((name) => sessionsOf(name).length === 0));
      rmSync(root, { recursive: true });
    });

    it('has the data of every host in Prometheus, on its page and in its API', async () => {
      await until(
        'every host is read',
        async () => (await prometheus.query('hyperv_exporter_target_up == 1')).length === NAMES.length,
        { why, withinMs: 400_000 },
      );
      await until(
        'the vNICs of every host are in Prometheus',
        async () => (await prometheus.query('count by (instance) (hyperv_vnic_info)')).length === NAMES.length,
        { why },
      );
      const scraped = await prometheus.query('count by (instance, cluster, read_by) (hyperv_vnic_info)');
      expect(
        scraped
          .map(({ metric, value }) => `${metric['instance']} ${metric['cluster']} ${metric['read_by']} ${value[1]}`)
          .toSorted(),
      ).toEqual(NAMES.map((name) => `${name} a collector ${vnics[name]}`));
      for (const name of NAMES) {
        expect(await stateOf(name)).toMatchObject({ state: 'up' });
        const api = JSON.parse(await text(`/api/v1/vnics?target=${name}`)) as { vnics: readonly unknown[] };
        expect(api.vnics.length).toBeGreaterThan(10);
        // It is this host and no other.
        const shown = await prometheus.query(`count by (vm) (hyperv_vm_info{instance="${name}"})`);
        expect(shown.length).toBeGreaterThan(50);
        expect(shown.filter(({ metric }) => !vms[name].includes(`${metric['vm']}`))).toEqual([]);
        expect(await text('/')).toContain(`href="/host?target=${name}"`);
        expect(await text(`/host?target=${name}`)).toContain('<title>');
        await until(`${name} has two sessions`, () => sessionsOf(name).length === 2, { why });
      }
    });

    it('shows one whose sshd is stopped with its code, delays no other, and has it back with the first try', async () => {
      const before = Date.now();
      for (const name of ['hv01', 'hv03'] as const)
        await until(`${name} was read some times`, async () => (await readsOf(name, before, Date.now())).length > 3, {
          why,
        });
      const cut = Date.now();
      await servers.hv02.stop();
      for (const pid of sessionsOf('hv02')) process.kill(pid, 'SIGKILL');
      await until(
        'hv02 is down',
        async () => (await prometheus.value('hyperv_exporter_target_up{target="hv02"}')) === 0,
        { why },
      );
      await until('its code is known', async () => (await stateOf('hv02'))?.code === 'connection_refused', { why });
      expect((await stateOf('hv02'))?.error).toContain('Start-Service sshd');
      expect(await prometheus.value('hyperv_exporter_targets{state="down"}')).toBe(1);
      await sleep(6 * ACTIVITY_MS);
      for (const name of ['hv01', 'hv03'] as const)
        await until(
          `${name} was read during the outage`,
          async () => (await readsOf(name, cut, Date.now())).length > 3,
          {
            why,
          },
        );
      const outage = Date.now();
      // Prometheus still scrapes the host, and knows the cluster that it belongs to.
      expect(await prometheus.value('up{instance="hv02"}')).toBe(1);
      expect(await prometheus.value('count(hyperv_exporter_target_up{target="hv02",cluster="a"})')).toBe(1);
      for (const name of ['hv01', 'hv03'] as const) {
        expect(await stateOf(name)).toMatchObject({ state: 'up' });
        const [usual, during] = [await readsOf(name, before, cut), await readsOf(name, cut, outage)];
        // The middle one: on a busy machine a single read may be late for other reasons.
        const middle = (gaps: readonly number[]): number => gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? NaN;
        expect(middle(during) - middle(usual), `${name}: ${usual.join()} then ${during.join()}`).toBeLessThan(1);
      }

      await servers.hv02.start();
      const failed = await connects('hv02', 'failed');
      const started = Date.now();
      await until('hv02 is read again', async () => (await stateOf('hv02'))?.state === 'up', { why });
      // Each of its two sessions may have been refused once while the server was starting.
      expect((await connects('hv02', 'failed')) - failed).toBeLessThanOrEqual(2);
      expect(Date.now() - started).toBeLessThan(100_000);
      await until(
        'Prometheus knows',
        async () => (await prometheus.value('hyperv_exporter_target_up{target="hv02"}')) === 1,
        { why },
      );
    });

    it('forgets one that is removed: in service discovery, Prometheus, /probe and on the host', async () => {
      // The sessions of hv02 are opened one after the other since its sshd is back.
      await until('hv02 has both its sessions', () => sessionsOf('hv02').length === 2, { why });
      const others = [sessionsOf('hv01'), sessionsOf('hv02')];
      writeTargets(['hv01', 'hv02']);
      await until(
        'the changed file is read',
        async () => (JSON.parse(await text('/api/v1/targets')) as readonly unknown[]).length === 2,
        { why },
      );
      expect((await fetch(`${exporter.url}/probe?target=hv03`)).status).toBe(404);
      await until(
        'the collector has no series of it',
        async () => !(await text('/metrics')).includes('target="hv03"'),
        { why },
      );
      await until(
        'Prometheus has no series of it',
        async () => (await prometheus.query('{instance="hv03"}')).length === 0,
        {
          why,
        },
      );
      await until('its sessions have ended', () => sessionsOf('hv03').length === 0);
      // The others were not touched.
      await until(
        'Prometheus has the two others',
        async () => (await prometheus.query('hyperv_exporter_target_up == 1')).length === 2,
        { why },
      );
      expect([sessionsOf('hv01'), sessionsOf('hv02')]).toEqual(others);
      expect((await fetch(`${exporter.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    });

    it('leaves no process on a host when it is killed', async () => {
      const killed = Date.now();
      exporter.child.kill('SIGKILL');
      await until('all sessions have ended', () => NAMES.every((name) => sessionsOf(name).length === 0), {
        withinMs: IDLE_END_MS,
      });
      // The end of the connection ends them, long before their own limit.
      expect(Date.now() - killed).toBeLessThan(IDLE_END_MS / 3);
    });
  },
);
