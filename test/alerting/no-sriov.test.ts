import { describe, expect, it } from 'vitest';
import { createAlerting } from '../../src/alerting/alerting.ts';
import { rulesYaml } from '../../src/alerting/rules-yaml.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { defaultProfile, type Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeSetup, type Setup } from '../../src/simulated-host/setup.ts';
import { worldOf } from '../../src/simulated-host/world.ts';
import { simulateFamilies } from '../support/simulated-families.ts';
import { NOON } from '../support/simulated-host.ts';

const READ = new Set([...rulesYaml(defaultThresholds).values()].flatMap((text) => text.match(/\bhyperv_\w+/g) ?? []));

const setupOf = (scenario: Scenario): Setup => makeSetup(1, scenario, defaultProfile(scenario));

/** The same host where nobody uses SR-IOV: no vSwitch was made for it, no vNIC asks for a VF. */
function withoutSriov(setup: Setup): Setup {
  const vswitches = new Map(setup.vswitches.map((vswitch) => [vswitch, { ...vswitch, iov: false }]));
  const plain = (vswitch: Setup['vswitches'][number]) => vswitches.get(vswitch) ?? vswitch;
  return {
    ...setup,
    vswitches: [...vswitches.values()],
    managementVnic: { ...setup.managementVnic, vswitch: plain(setup.managementVnic.vswitch) },
    vms: setup.vms.map((vm) => ({
      ...vm,
      vnics: vm.vnics.map((vnic) => ({ ...vnic, vswitch: plain(vnic.vswitch), iovWeight: 0 })),
    })),
  };
}

/** A host of a few VMs, for a long run. */
const small = (setup: Setup): Setup => ({ ...setup, vms: setup.vms.filter((_, index) => index % 6 === 0) });

/** Names of all that fired, and how many vNICs were watched in how many rounds. */
async function watch(
  setup: Setup,
  minutes: number,
): Promise<{ readonly fired: readonly string[]; readonly rounds: number; readonly vnics: number }> {
  const alerting = createAlerting({
    thresholds: defaultThresholds,
    externalLabels: { instance: 'hv01:10182' },
    holdSeconds: 0,
    alertmanagers: [],
    webhooks: [],
    log: { warn() {} },
    saved: undefined,
    startedAt: NOON,
    save: async () => {},
  });
  const fired = new Set<string>();
  let rounds = 0;
  let vnics = Number.POSITIVE_INFINITY;
  for (const { at, families } of simulateFamilies(worldOf(setup, NOON), NOON, minutes, (name) => READ.has(name))) {
    await alerting.update(families, at, true);
    for (const { name, state } of alerting.state().values()) if (state === 'firing') fired.add(name);
    vnics = Math.min(vnics, families.find(({ name }) => name === 'hyperv_vnic_info')?.samples.length ?? 0);
    rounds++;
  }
  return { fired: [...fired], rounds, vnics };
}

/** What befalls every host, and faults that only somebody who wants a VF would mind */
const BEFALLS: readonly Scenario[] = [
  'live-migration',
  'boot-storm',
  'nic-restart',
  'set-team',
  'cluster',
  'host-blocked',
];

describe('a host where nobody uses SR-IOV', () => {
  it.each(BEFALLS)(
    'raises nothing in %s',
    async (scenario) => {
      const { fired, rounds, vnics } = await watch(withoutSriov(setupOf(scenario)), 24);
      expect(fired).toEqual([]);
      expect(rounds).toBe(25);
      expect(vnics).toBeGreaterThan(50);
    },
    120_000,
  );

  it('raises no alert in a day', async () => {
    const { fired, rounds, vnics } = await watch(small(withoutSriov(setupOf('healthy'))), 24 * 60);
    expect(fired).toEqual([]);
    expect(rounds).toBe(1441);
    expect(vnics).toBeGreaterThan(8);
  });

  it('raises alerts for the same faults if VFs are requested', async () => {
    expect((await watch(setupOf('host-blocked'), 35)).fired).toContain('SriovHostIovUnsupported');
  });
});
