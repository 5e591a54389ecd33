import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';

const FLEET = ['--source', 'demo', '--demo.hosts', '8'];
const folder = mkdtempSync(join(tmpdir(), 'fleet-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a command that reads one host', () => {
  it.each(['explain', 'metrics', 'measure --vm x', `capture ${join(folder, 'never')}`])(
    '%s asks for --target where the configuration has several',
    async (words) => {
      const { code, err } = await runCli(...words.split(' '), ...FLEET);
      expect({ code, err }).toEqual({
        code: 64,
        err: 'hyperv-sriov-exporter: this command reads one host, and the configuration has several: --target NAME picks one of hv01, hv02, hv03, hv04, hv05, hv06, hv07, hv08\n',
      });
    },
  );

  it('refuses a target that is not there, and a target of a single host', async () => {
    expect(await runCli('explain', ...FLEET, '--target', 'hv0l')).toMatchObject({
      code: 64,
      err: expect.stringMatching(/there is no target hv0l \(did you mean hv01 .*\?\); fleet list prints all 8\n$/),
    });
    expect(await runCli('explain', '--source', 'demo', '--target', 'hv01')).toMatchObject({
      code: 64,
      err: expect.stringContaining('--target picks one of several hosts, and this configuration has one'),
    });
  });

  it('explains the target, and only it', async () => {
    const { code, out } = await runCli('explain', ...FLEET, '--target', 'hv04');
    expect(code).toBe(2);
    expect(out).toContain('warning: switch_iov_off');
    expect((await runCli('explain', ...FLEET, '--target', 'hv03')).code).toBe(0);
  });

  it('prints the metrics of the target, and records it', async () => {
    const { out } = await runCli('metrics', ...FLEET, '--target', 'hv03');
    expect(out).toMatch(/^hyperv_vnic_info\{.*vm="web-301"/m);
    const file = join(folder, 'hv03.gz');
    expect(await runCli('capture', file, ...FLEET, '--target', 'hv03')).toMatchObject({ code: 0 });
    expect((await runCli('explain', '--source', 'replay', '--replay.file', file)).code).toBe(0);
  });

  it('measures a VM of the target', async () => {
    const { code, out } = await runCli('measure', ...FLEET, '--target', 'hv03', '--vm', 'web-301', '--seconds', '30');
    expect({ code, vm: /web-301/.test(out) }).toEqual({ code: 0, vm: true });
  });

  it('fails with the reason where the target does not answer', async () => {
    expect(await runCli('explain', ...FLEET, '--target', 'hv07')).toMatchObject({
      code: 1,
      err: expect.stringContaining('This simulated host does not answer'),
    });
  });

  it('doctor checks connection, parts and sources of the target', async () => {
    const { code, out } = await runCli('doctor', ...FLEET, '--target', 'hv03');
    expect(out).toMatch(/^ok .*module {2}Connection to the host: the host answers$/m);
    expect(out).toMatch(/^ok .*rights {2}Rights to read Hyper-V: the host and \d+ VMs are visible$/m);
    expect(out.match(/^ok .*source:/gm)?.length).toBeGreaterThan(15);
    expect({ code, failed: out.match(/^FAIL.*/gm) }).toEqual({ code: 0, failed: null });
    const silent = await runCli('doctor', ...FLEET, '--target', 'hv07');
    expect(silent.code).toBe(1);
    expect(silent.out.match(/^FAIL.*/gm)).toEqual([
      expect.stringMatching(/module {2}Connection to the host: connect_timeout: This simulated host does not answer/),
    ]);
  });
});

describe('fleet check', () => {
  it('has a line for each host and what is wrong with the one that does not answer', async () => {
    const { code, out } = await runCli('fleet', 'check', 'hv02', 'hv03', 'hv07', ...FLEET);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^ok {4}hv02 {2}\d+ checks in \d+\.\d s$/),
      expect.stringMatching(/^ok {4}hv03 {2}\d+ checks in \d+\.\d s$/),
      expect.stringMatching(
        /^FAIL {2}hv07 {2}module {2}connect_timeout: This simulated host does not answer.*\. Remedy: docs\/fleet\.md, "Errors"$/,
      ),
      '3 hosts: 2 ok, 1 failed',
      '',
    ]);
  });

  it('prints JSON with every check, and exits with 0 where all is well', async () => {
    const { code, out } = await runCli('fleet', 'check', 'hv03', '--json', ...FLEET);
    const answer = JSON.parse(out);
    expect({ code, healthy: answer.healthy, names: answer.targets.map(({ name }: { name: string }) => name) }).toEqual({
      code: 0,
      healthy: true,
      names: ['hv03'],
    });
    expect(answer.targets[0].checks.length).toBeGreaterThan(20);
  });

  it('names a target over SSH that cannot be reached, with its code', async () => {
    const file = join(folder, 'config.yaml');
    writeFileSync(join(folder, 'id'), 'no key');
    writeFileSync(join(folder, 'known_hosts'), '');
    writeFileSync(
      file,
      'source: targets\ntargets:\n  defaults: { user: u, key_file: id, known_hosts_file: known_hosts }\n  list: [{ name: hv01, address: 127.0.0.1, port: 1 }]\n',
    );
    const { code, out } = await runCli('fleet', 'check', '--config.file', file);
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {2}hv01 {2}module {2}(connection_refused: .*Start-Service sshd|ssh_not_found: )/);
  });
});

describe('placement and drift', () => {
  let exporter: Exporter;
  beforeAll(async () => {
    exporter = await startExporter(FLEET);
    await until('both clusters are answered', async () => {
      const { clusters } = (await (await fetch(`${exporter.url}/api/v1/fleet`)).json()) as {
        readonly clusters: readonly { readonly drift: readonly unknown[] }[];
      };
      return clusters.length === 2 && (clusters[0]?.drift.length ?? 0) > 0;
    });
  });
  afterAll(() => exporter?.stop());

  it('placement lists the hosts of the cluster, the best first', async () => {
    const { code, out } = await runCli('placement', '--vm', 'web-301', '--target', 'hv03', ...FLEET);
    const [head, columns, ...rows] = out.trimEnd().split('\n');
    expect([head, columns]).toEqual([
      'web-301, cluster demo-1',
      expect.stringMatching(/^HOST +FITS +VFS LEFT +SHORT IF A HOST FAILS +AGAINST IT$/),
    ]);
    expect(rows.map((row) => row.split(/\s+/)[0] ?? '').toSorted()).toEqual(['hv01', 'hv02', 'hv03', 'hv04']);
    expect(rows.find((row) => row.startsWith('hv03'))).toMatch(/^hv03 \(runs here\) +yes/);
    expect(rows.find((row) => row.startsWith('hv04'))).toMatch(/no .*no vSwitch vSwitch_LAN01 with IOV/);
    expect(code).toBe(0);
  });

  it('placement asks a running collector', async () => {
    const { code, out } = await runCli('placement', '--vm', 'web-301', '--url', exporter.url, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).vms[0]).toMatchObject({ vm: 'web-301', cluster: 'demo-1' });
    expect(await runCli('placement', '--vm', 'nobody', '--url', exporter.url)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no running VM of a cluster has this name'),
    });
  });

  it.each([
    [{ more: 490 }, 3, /\n490 more VMs have this name: ask for each of them with --vm and its id\.\n$/],
    [{}, 0, /^hv01 \(runs here\) +yes +2 +0\n$/m],
  ])('placement does not know of VMs beyond the first ten of a name: %j', async (more, code, end) => {
    const place = { host: 'hv01', current: true, fits: true, against: [], worstFailover: 0, vfsLeft: 2 };
    const answer = { vms: [{ vm: 'web', vmId: 'a', cluster: 'c', places: [place] }], ...more };
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = await runCli('placement', '--vm', 'web', '--url', url);
    server.close();
    expect(asked.code).toBe(code);
    expect(asked.out).toMatch(end);
  });

  it('placement names hosts that could not be read, when it finds no such VM', async () => {
    expect(await runCli('placement', '--vm', 'nobody', '--target', 'hv05', ...FLEET)).toMatchObject({
      code: 64,
      err: expect.stringMatching(
        /no running VM nobody asks for a VF on the hosts that were read; 1 could not be read: hv07/,
      ),
    });
  });

  it('drift prints the difference, from the hosts and from a collector', async () => {
    const line = /^hv04 +vSwitch vSwitch_LAN01: IOV +off +on +warning$/m;
    const read = await runCli('drift', '--cluster', 'demo-1', ...FLEET);
    expect(read.out).toMatch(/^cluster demo-1\nHOST +WHAT +IS +OTHERS HAVE +SEVERITY\n/);
    expect({ code: read.code, found: line.test(read.out) }).toEqual({ code: 2, found: true });
    // How to change the host, its impact first.
    expect(read.out).toMatch(
      /^hv04: vSwitch vSwitch_LAN01: IOV\n {2}How to fix it: Recreate .*\n {2}Impact: .*\n {4}1\. /m,
    );
    expect(read.out).toMatch(/^ +New-VMSwitch -Name 'vSwitch_LAN01' .*-EnableIov \$true$/m);
    const asked = await runCli('drift', '--target', 'hv04', '--url', exporter.url);
    expect({ code: asked.code, found: line.test(asked.out) }).toEqual({ code: 2, found: true });
    expect(asked.out).toMatch(/^ +New-VMSwitch -Name 'vSwitch_LAN01' /m);
  });

  it('drift says which host was not read, and refuses a cluster that is not there', async () => {
    expect((await runCli('drift', '--target', 'hv05', ...FLEET)).out).toMatch(
      /^cluster demo-2: the hosts that were read do not differ\nnot read: hv07: .*This simulated host does not answer/m,
    );
    expect(await runCli('drift', '--cluster', 'x', ...FLEET)).toMatchObject({
      code: 64,
      err: 'hyperv-sriov-exporter: no target has the label cluster: x\n',
    });
  });
});
