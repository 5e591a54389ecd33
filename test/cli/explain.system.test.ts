import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS, type Scenario } from '../../src/simulated-host/scenarios.ts';
import { serveView, settled } from '../support/demo-page.ts';
import { demo, runCli } from '../support/run-cli.ts';
import { freePort } from '../support/servers/port.ts';

interface Explained {
  readonly vnics: readonly {
    readonly vm: string;
    readonly status: string;
    readonly reason?: { readonly id: string };
  }[];
}
const inFallback = (out: string) => {
  const { vnics } = JSON.parse(out) as Explained;
  const ids = vnics.filter(({ status }) => status === 'fallback').map(({ reason }) => reason?.id);
  return [...new Set(ids)].map((id) => `${ids.filter((other) => other === id).length} ${id}`);
};

/** Of a simulated host that has settled: exit code, and how many are in fallback and why. */
const FALLBACK: Partial<Record<Scenario, string>> = {
  'vf-pool-exhausted': '5 vf_pool_exhausted',
  'queue-pairs-exhausted': '8 queue_pairs_exhausted',
  'host-blocked': '49 host_bios_keeps_pcie',
  'nic-disabled': '49 nic_sriov_disabled',
  'switch-not-iov': '49 switch_iov_off',
  'guest-driver-missing': '3 guest_vf_driver_inactive',
  flapping: '1 vf_absent_unexplained',
  // Settled in its first stage with a fault
  tour: '5 vf_pool_exhausted',
};

describe('explain', () => {
  it.each(SCENARIOS.filter((name) => name !== 'large'))(
    'names what is wrong in %s, and says so with its exit code',
    async (scenario) => {
      const { code, out, err } = await runCli('explain', ...demo(scenario), '--json');
      const expected = FALLBACK[scenario];
      expect(inFallback(out)).toEqual(expected === undefined ? [] : [expected]);
      expect({ code, err }).toEqual({ code: expected === undefined ? 0 : 2, err: '' });
    },
  );

  it('shows every vNIC, the worst first, then what is wrong once each', async () => {
    const { code, out } = await runCli('explain', ...demo('nic-disabled'));
    expect(code).toBe(2);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^VM +vNIC +PATH +SINCE +REASON$/);
    expect(lines[1]).toMatch(/^app-201 +Network Adapter +Fallback +at least 2 min +nic_sriov_disabled$/);
    expect(lines.indexOf('80 virtual NICs: 0 on their VF, 49 in fallback, 0 unknown')).toBe(82);
    expect(lines.slice(83)).toEqual([
      '',
      'warning: nic_sriov_disabled (49 virtual NICs): SR-IOV is disabled on the NIC. It assigns no VF, and VFs that were in use have been removed.',
      '  SR-IOV is disabled on Intel(R) Ethernet 10G 2P X520 Adapter.',
      '  Follows from this: vm_status_no_iov_in_nic',
      '  How to fix it: Enable SR-IOV on the NIC.',
      '  Impact: all vNICs of the NIC or vSwitch. The NIC restarts: its vNICs lose the network for some seconds. Drain the host first.',
      "    Enable-NetAdapterSriov -Name 'SLOT 2 Port 1'",
      '',
    ]);
  });

  it('shows one VM in full: each step, what was read there, the first broken one, and how to fix it', async () => {
    const { code, out } = await runCli('explain', ...demo('nic-disabled'), '--vm', 'app-201');
    expect(code).toBe(2);
    expect(out.trimEnd().split('\n')).toEqual([
      'app-201, Network Adapter: Fallback for at least 2 min (since first read)',
      '  ✓ host     IovSupport True, Microsoft Windows Server 2016 Datacenter',
      '  ✗ nic      Intel(R) Ethernet 10G 2P X520 Adapter, up True, SriovSupport supported, Enabled False, NumVFs 0',
      '  ✗ vswitch  vSwitch_LAN01, SwitchType external, IovEnabled True, IovSupport False',
      '  ✓ vnic     Network Adapter, VM state running, Connected True, VLAN 100, IovWeight 100, IovQueuePairsRequested 1',
      '  · vf       VF assigned False, VFs left 0, queue pairs left 119',
      '  · guest    VFDataPathActive False, Status Ok (2), Heartbeat Ok applications unknown (5)',
      '',
      '  Broken at: nic (nic_sriov_disabled)',
      '  SR-IOV is disabled on Intel(R) Ethernet 10G 2P X520 Adapter.',
      '  How to fix it: Enable SR-IOV on the NIC.',
      '  Impact: all vNICs of the NIC or vSwitch. The NIC restarts: its vNICs lose the network for some seconds. Drain the host first.',
      "    Enable-NetAdapterSriov -Name 'SLOT 2 Port 1'",
    ]);
  });

  it('ends with 0 for a VM that is well, whatever the others', async () => {
    const { code, out } = await runCli('explain', ...demo('vf-pool-exhausted'), '--vm', 'app-201');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^app-201, Network Adapter: On its VF for at least 2 min \(since first read\)\n( {2}✓ .*\n){6}\n$/,
    );
  });

  it('says that there is no such VM', async () => {
    expect(await runCli('explain', ...demo('healthy'), '--vm', 'no\u001B[31mbody')).toMatchObject({
      code: 64,
      out: '',
      err: 'hyperv-sriov-exporter: there is no VM no␣[31mbody on this host\n',
    });
  });
});

describe('explain of a running exporter', () => {
  let served: Awaited<ReturnType<typeof serveView>>;
  let world: Awaited<ReturnType<typeof settled>>;
  const shown: { now: Awaited<ReturnType<typeof settled>> | undefined } = { now: undefined };
  beforeAll(async () => {
    world = await settled('guest-driver-missing');
    shown.now = world;
    served = await serveView({
      get now() {
        return shown.now!;
      },
    });
  });
  afterAll(() => served.app.close());
  const ask = (...args: readonly string[]) => runCli('explain', '--url', served.url, ...args);

  it('says the same as reading the host', async () => {
    const [remote, local] = [await ask(), await runCli('explain', ...demo('guest-driver-missing'))];
    expect(remote.code).toBe(2);
    expect(remote.out).toBe(local.out);
    expect((await ask('--vm', 'files-201')).out).toContain('✗ guest    VFDataPathActive False');
    expect(inFallback((await ask('--json')).out)).toEqual(['3 guest_vf_driver_inactive']);
  });

  it('ends with 3 where some are not known, and nothing is in fallback', async () => {
    const { tracked, diagnosis } = world.view;
    const vnics = new Map([...tracked.vnics].map(([id, its]) => [id, { ...its, path: 'unknown' as const }]));
    const host = { ...tracked.host, vnics: tracked.host.vnics.map((vnic) => ({ ...vnic, path: 'unknown' as const })) };
    shown.now = {
      events: [],
      view: { ...world.view, tracked: { ...tracked, host, vnics }, diagnosis: { ...diagnosis, vnics: new Map() } },
    };
    expect((await ask()).code).toBe(3);
    shown.now = {
      events: [],
      view: { ...world.view, tracked: { ...tracked, host: { ...host, takenAt: undefined, vnics: [] } } },
    };
    expect((await ask()).code).toBe(3);
    shown.now = world;
  });

  it('reports what is wrong if no exporter answers, or another program does', async () => {
    const port = await freePort();
    expect(await runCli('explain', '--url', `http://127.0.0.1:${port}/`)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        new RegExp(
          `^hyperv-sriov-exporter: http://127.0.0.1:${port}/api/v1/explain could not be read: .*ECONNREFUSED.*\n$`,
        ),
      ) as string,
    });
    expect(await runCli('explain', '--url', `${served.url}/nowhere`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('it answered 404') as string,
    });
    expect(await runCli('explain', '--url', 'not an address')).toMatchObject({
      code: 64,
      err: 'hyperv-sriov-exporter: --url not an address: an address like http://localhost:10182 is needed\n',
    });
  });
});
