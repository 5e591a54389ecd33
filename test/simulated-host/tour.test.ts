import { expect, it } from 'vitest';
import { type Scenario, TOUR } from '../../src/simulated-host/scenarios.ts';
import type { Diagnosis } from '../../src/diagnosis/diagnose.ts';
import { simulateHost } from '../support/simulated-host.ts';

const ROUND = TOUR.at(-1)!.to;
const POLL = 60;
const HOUR = 3600;

/** What each stage raises, reasons of fallback with an arrow; stages that are not here raise nothing. */
const RAISES: Readonly<Partial<Record<Scenario, readonly string[]>>> = {
  'vf-pool-exhausted': ['→ vf_pool_exhausted', 'vf_oversubscribed', 'vf_pool_low', 'vm_status_no_resources'],
  'queue-pairs-exhausted': ['→ queue_pairs_exhausted', 'vf_oversubscribed', 'vm_status_no_resources'],
  'host-blocked': [
    '→ host_bios_keeps_pcie',
    'host_acs_missing',
    'host_bios_keeps_pcie',
    'host_mass_fallback',
    'vm_status_no_iommu',
  ],
  'nic-disabled': ['→ nic_sriov_disabled', 'host_mass_fallback', 'vm_status_no_iov_in_nic'],
  'switch-not-iov': ['→ switch_iov_off', 'host_mass_fallback', 'vm_status_vswitch_not_iov'],
  'guest-driver-missing': ['→ guest_vf_driver_inactive', 'vm_status_guest_drivers_needed'],
  flapping: ['→ vf_absent_unexplained', 'vf_flapping'],
  'vmq-starved': ['vmq_allocation_failed', 'vmq_exhausted'],
};
/** Stages that leave VMs to settle, themselves or just after. */
const SETTLES = new Set<Scenario>(
  ['vf-pool-exhausted', 'queue-pairs-exhausted', 'host-blocked', 'nic-disabled', 'nic-restart'].concat(
    'switch-not-iov',
    'live-migration',
    'boot-storm',
  ) as Scenario[],
);

/** Ids of all that is raised, but for the two VMs of one name, which every host has. */
function raised({ host, nics, vswitches, vnics }: Diagnosis): readonly string[] {
  const findings = [
    ...[...nics.values(), ...vswitches.values(), ...vnics.values()].flatMap((its) => its.findings),
    ...host,
  ];
  const reasons = [...vnics.values()].flatMap(({ fallback, reason }) => (fallback && reason ? [`→ ${reason.id}`] : []));
  return [...new Set([...findings.map(({ id }) => id), ...reasons])].filter((id) => id !== 'vm_name_shared');
}

/** Beside those, at a speed at which the host takes the VFs away more than three times an hour. */
const HURRIED = 'vf_flapping';

it.each([
  ['as written', 1, POLL],
  ['at the highest speed', 10, 6],
] as const)(
  'a round of the tour %s raises in each stage what its script causes, and nothing else',
  async (_, speed, tickSeconds) => {
    const host = simulateHost('tour', { tickSeconds, speed });
    const seen = TOUR.map(() => new Set<string>());
    for await (const { seconds: passed, view } of host.run(ROUND / speed)) {
      const seconds = passed * speed;
      // The poll that ends as a stage begins was read before.
      const index = Math.max(
        0,
        TOUR.findIndex(({ to }) => seconds <= to),
      );
      const { from, to } = TOUR[index]!;
      for (const id of raised(view.diagnosis)) {
        if (speed > 1 && id === HURRIED) continue;
        const before = TOUR.slice(0, index);
        // Changes of path of the last hour make it flap, whatever it does now.
        if (id === 'vf_flapping' && before.some((stage) => stage.scenario === 'flapping' && seconds <= stage.to + HOUR))
          continue;
        const settles = [...before.filter((stage) => seconds <= stage.to + 6 * POLL), TOUR[index]!];
        if (id === 'vf_transition' && settles.some(({ scenario }) => SETTLES.has(scenario))) continue;
        // Sources are read seconds apart: one poll may see the vSwitch as it was and the NIC as it is.
        if (id === 'vmq_disabled_fast_nic' && (seconds === from || seconds === to)) continue;
        seen[index]!.add(id);
      }
    }
    await host.close();
    expect(TOUR.map(({ scenario, from }, index) => [scenario, from / 60, [...seen[index]!].sort()])).toEqual(
      TOUR.map(({ scenario, from }) => [
        scenario,
        from / 60,
        (RAISES[scenario] ?? []).filter((id) => speed === 1 || id !== HURRIED).toSorted(),
      ]),
    );
  },
);
