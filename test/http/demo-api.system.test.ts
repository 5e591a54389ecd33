import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { serveView, type Settled, settled } from '../support/demo-page.ts';

/** The API over the demo host: the whole way from documents to answers. */
const SCENARIOS = ['vf-pool-exhausted', 'set-team', 'flapping', 'vmq-starved'] as const;

describe('the API', () => {
  const worlds = new Map<Scenario, Settled>();
  let shown: { now: Settled };
  let served: Awaited<ReturnType<typeof serveView>>;
  beforeAll(async () => {
    for (const scenario of SCENARIOS) worlds.set(scenario, await settled(scenario));
    shown = { now: worlds.get('flapping')! };
    served = await serveView(shown);
  });
  afterAll(() => served.app.close());

  async function get(scenario: (typeof SCENARIOS)[number], path: string) {
    shown.now = worlds.get(scenario)!;
    const answer = await served.app.inject(`/api/v1/${path}`);
    expect([path, answer.statusCode]).toEqual([path, 200]);
    return answer.json();
  }

  it('answers as it says that it does, whatever the host', async () => {
    const { paths } = await get('flapping', 'openapi.json');
    let seen = 0;
    for (const scenario of SCENARIOS) {
      for (const name of ['host', 'vnics', 'findings', 'capacity', 'explain', 'events']) {
        const { schema } = paths[`/api/v1/${name}`].get.responses[200].content['application/json'];
        const parsed = z.fromJSONSchema(schema).safeParse(await get(scenario, name));
        expect([scenario, name, parsed.error?.issues]).toEqual([scenario, name, undefined]);
        seen += 1;
      }
    }
    expect(seen).toBe(24);
  });

  it('capacity: what is left, what fits, who holds it, and who asks for more', async () => {
    const { nics, vswitches } = await get('vf-pool-exhausted', 'capacity');
    const vswitch = vswitches.find((one: { name: string }) => one.name === 'vSwitch_LAN01');
    expect(vswitch).toMatchObject({
      nics: ['Intel(R) Ethernet 10G 2P X520 Adapter'],
      vfsLeft: 0,
      vportsLeft: 1,
      queuePairsLeft: 57,
      requested: 67,
      waiting: 5,
      oversubscribedBy: 5,
      usable: 0,
      whatIf: { 1: 0, 2: 0, 4: 0 },
      byPath: { vf: 62, assigned: 0, synthetic: 5, not_requested: 5, unknown: 0 },
      unevenMembers: [],
    });
    const nic = nics.find((one: { nic: string }) => one.nic === vswitch.nics[0]);
    const vfs = nic.holders.filter(({ pool }: { pool: string }) => pool === 'vf');
    expect(vfs).toHaveLength(62);
    expect(new Set(vfs.map(({ vnicId }: { vnicId: string }) => vnicId)).size).toBe(62);
    expect(vfs[0]).toEqual({
      pool: 'vf',
      id: expect.any(Number) as number,
      vm: expect.any(String) as string,
      vmId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      vnicId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      queuePairs: 1,
    });
  });

  it('capacity: what a request for more queue pairs would leave', async () => {
    const { vswitches } = await get('set-team', 'capacity');
    const team = vswitches.find((one: { nics: string[] }) => one.nics.length === 2);
    expect(team.whatIf[1]).toBe(team.usable);
    expect(team.whatIf[4]).toBeLessThanOrEqual(team.whatIf[2]);
    expect(Math.floor(team.queuePairsLeft / 4)).toBeGreaterThanOrEqual(team.whatIf[4]);
  });

  it('findings: the worst first, each with how to fix it', async () => {
    const { findings } = await get('vf-pool-exhausted', 'findings');
    const primary = findings.filter(
      (finding: { primary: boolean; severity: string }) => finding.primary && finding.severity !== 'info',
    );
    expect(primary).toHaveLength(5);
    expect(findings[0]).toMatchObject({
      id: 'vf_pool_exhausted',
      severity: 'warning',
      inspect: "Get-NetAdapterSriovVf -Name 'SLOT 2 Port 1'",
      impact: { class: 'nic_or_vswitch', detail: expect.stringContaining('restarts the NIC') as string },
    });
    const order = findings.map(({ severity }: { severity: string }) =>
      ['critical', 'warning', 'info'].indexOf(severity),
    );
    expect(order).toEqual(order.toSorted());
  });

  it('events: what changed, oldest first, of one VM, later than, at most', async () => {
    const { events } = await get('flapping', 'events?vm=web-201&limit=5');
    expect(events).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({
      kind: 'vnic_path',
      vm: 'web-201',
      before: 'vf',
      after: 'synthetic',
      reason: 'vf_absent_unexplained',
      text: expect.stringMatching(/^`web-201` \(Network Adapter\) lost its VF; pool \d+ of 62$/) as string,
    });
  });
});
