import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createAuthority } from '../support/certificates.ts';
import { runCli } from '../support/run-cli.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const PASSWORD = 'correct horse battery staple';
/** So that two inventories are read within the test */
const QUICK = ['--poll.inventory.interval', '5s', '--poll.activity.interval', '5s', '--poll.config.interval', '10s'];

interface Fleet {
  readonly targets: readonly {
    readonly name: string;
    readonly state: string;
    readonly code?: string;
    readonly vnics?: Readonly<Record<string, number>>;
  }[];
  readonly clusters: readonly {
    readonly failover: readonly { readonly host: string; readonly complete: boolean }[];
    readonly drift: readonly unknown[];
  }[];
}

describeWith(['openssl'], 'a collector that reads agents over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents '));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  let plain: Exporter;
  let secured: Exporter;
  let collector: Exporter;
  const fleet = async () => (await (await fetch(`${collector.url}/api/v1/fleet`)).json()) as Fleet;
  const text = async (url: string) => (await fetch(url)).text();

  beforeAll(async () => {
    createAuthority(folder).issue('server');
    file('password', `${PASSWORD}\n`);
    const web = file(
      'web.yml',
      stringify({
        tls_server_config: { cert_file: 'server.crt', key_file: 'server.key' },
        basic_auth_users: { collector: hashSync(PASSWORD, 8) },
      }),
    );
    [plain, secured] = await Promise.all([
      startExporter(['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted', ...QUICK]),
      startExporter(
        [
          '--source',
          'demo',
          '--demo.scenario',
          'switch-not-iov',
          '--demo.seed',
          '7',
          '--web.config.file',
          web,
          ...QUICK,
        ],
        { readyByLog: true },
      ),
    ]);
    const config = stringify({
      source: 'targets',
      targets: {
        defaults: { via: 'http', basic_auth: { username: 'collector', password_file: 'password' } },
        list: [
          { name: 'hv01', url: plain.url, labels: { cluster: 'a' } },
          {
            name: 'hv02',
            url: `https://localhost:${secured.port}/`,
            labels: { cluster: 'a' },
            tls: { ca_file: 'ca.crt' },
          },
          {
            name: 'hv03',
            url: `https://localhost:${secured.port}`,
            tls: { ca_file: 'ca.crt' },
            basic_auth: { username: 'collector', password_file: 'wrong' },
          },
          { name: 'hv04', url: `https://localhost:${secured.port}` },
          { name: 'hv05', url: 'http://127.0.0.1:1' },
        ],
      },
    });
    file('wrong', 'guessed');
    collector = await startExporter(['--config.file', file('config.yaml', config), ...QUICK]);
  });
  afterAll(async () => {
    await Promise.all([collector?.stop(), plain?.stop(), secured?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('has of each agent what the agent itself shows', async () => {
    const lines = (body: string) =>
      body.match(/^hyperv_(?:vnic_info|vm_info|vnic_fallback|vswitch_vf_limit|host_info)\{.*$/gm) ?? [];
    await until('a path of hv01 is confirmed by a second document', async () => {
      const { targets } = await fleet();
      return (targets[0]?.vnics?.['fallback'] ?? 0) > 0;
    });
    const own = lines(await text(`${plain.url}/metrics`)).toSorted();
    expect(own.length).toBeGreaterThan(100);
    expect(lines(await text(`${collector.url}/probe?target=hv01`)).toSorted()).toEqual(own);
  }, 60_000);

  it('reads an agent with TLS and a password, and says of the others why it cannot', async () => {
    await until('hv02 is read', async () => (await fleet()).targets[1]?.state === 'up');
    const { targets } = await fleet();
    expect(targets.map(({ name, state, code }) => [name, state, code])).toEqual([
      ['hv01', 'up', undefined],
      ['hv02', 'up', undefined],
      ['hv03', 'down', 'not_authorized'],
      ['hv04', 'down', 'certificate_refused'],
      ['hv05', 'down', 'connection_refused'],
    ]);
  });

  it('answers the three questions about a cluster of agents', async () => {
    await until('both hosts are compared', async () => ((await fleet()).clusters[0]?.drift.length ?? 0) > 0);
    const [cluster] = (await fleet()).clusters;
    expect(cluster?.drift).toContainEqual({
      host: 'hv02',
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
    expect(cluster?.failover.map(({ host, complete }) => [host, complete])).toEqual([
      ['hv01', true],
      ['hv02', true],
    ]);
    const vm = /^hyperv_vm_info\{.*?vm="(web-[^"]+)"/m.exec(await text(`${plain.url}/metrics`))?.[1] ?? '';
    const { vms } = (await (await fetch(`${collector.url}/api/v1/placement?vm=${vm}`)).json()) as {
      readonly vms: readonly { readonly places: readonly { readonly host: string }[] }[];
    };
    expect(vms[0]?.places.map(({ host }) => host).toSorted()).toEqual(['hv01', 'hv02']);
  });

  it('shows entries of the event log from before it started', async () => {
    const entries = (body: string) => body.match(/^hyperv_host_event_log_entries\{.*$/gm);
    expect(entries(await text(`${collector.url}/probe?target=hv01`))).toEqual(
      entries(await text(`${plain.url}/metrics`)),
    );
  });

  it('fleet check says the same, target by target', async () => {
    const { code, out } = await runCli('fleet', 'check', '--config.file', join(folder, 'config.yaml'));
    expect(code).toBe(1);
    const lines = out.split('\n');
    expect(lines.slice(0, 2)).toEqual([expect.stringMatching(/^ok {4}hv01 /), expect.stringMatching(/^ok {4}hv02 /)]);
    expect(lines.slice(2, 6)).toEqual([
      expect.stringMatching(/^FAIL {2}hv03 {2}module {2}not_authorized: .*check basic_auth/),
      expect.stringMatching(/^FAIL {2}hv04 {2}module {2}certificate_refused: .*tls\.ca_file/),
      expect.stringMatching(/^FAIL {2}hv05 {2}module {2}connection_refused: .*does the agent run/),
      '5 hosts: 2 ok, 3 failed',
    ]);
  });

  it('takes over a new password file without a restart', async () => {
    file('wrong', PASSWORD);
    chmodSync(join(folder, 'wrong'), 0o600);
    await until('hv03 is read', async () => (await fleet()).targets[2]?.state === 'up');
  });

  it('has no data of an agent that has ended, says so, and reads it again when it is back', async () => {
    await plain.stop();
    await until('hv01 is down', async () => {
      const [first] = (await fleet()).targets;
      return first?.state === 'down' && first.code === 'connection_refused';
    });
    const { port } = plain;
    plain = await startExporter(['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted', ...QUICK], { port });
    await until('hv01 is read again', async () => (await fleet()).targets[0]?.state === 'up');
  });
});
