import { describe, expect, it } from 'vitest';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { SCENARIOS, type Scenario, SETTLE_SECONDS } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Diagnosis } from '../../src/diagnosis/diagnose.ts';
import { trackDocuments } from '../support/build.ts';

const START = Date.UTC(2026, 4, 4, 12);
const INTERVAL = 60_000;

/** The demo host's scenario, polled for as long as it takes to show its settled state. */
function settled(scenario: Scenario): Diagnosis {
  const world = makeWorld(1, scenario, START);
  const end = START + SETTLE_SECONDS[scenario] * 1000;
  const first = [writeDocument('inventory', START, world), writeDocument('config', START, world)];
  let { history, tracked } = trackDocuments(first);
  for (let at = START + INTERVAL; at <= end; at += INTERVAL) {
    const documents = [writeDocument('config', at, world), writeDocument('inventory', at, world)];
    ({ history, tracked } = trackDocuments(documents, { history, now: at }));
  }
  return diagnose(tracked, () => true);
}

/** How often each id is there. */
function tally(ids: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

const summary = (diagnosis: Diagnosis) => {
  const vnics = [...diagnosis.vnics.values()];
  const objects = [...diagnosis.nics.values(), ...diagnosis.vswitches.values()];
  return {
    fallback: tally(vnics.flatMap(({ fallback, reason }) => (fallback && reason ? [reason.id] : []))),
    findings: tally(
      [...diagnosis.host, ...[...objects, ...vnics].flatMap(({ findings }) => findings)].map(({ id }) => id),
    ),
  };
};

/** Two VMs of the demo host share a name; nothing else of it is worth a word while all is well. */
const twins = { vm_name_shared: 1 };
const well = { fallback: {}, findings: twins };

const poolExhausted = {
  fallback: { vf_pool_exhausted: 5 },
  findings: { ...twins, vf_pool_low: 1, vf_oversubscribed: 1, vm_status_no_resources: 5 },
};

/** What each scenario shows once it has settled, all of it. */
const EXPECTED: Readonly<Record<Scenario, ReturnType<typeof summary>>> = {
  healthy: well,
  'vf-pool-exhausted': poolExhausted,
  'queue-pairs-exhausted': {
    fallback: { queue_pairs_exhausted: 8 },
    findings: { ...twins, vf_oversubscribed: 1, vm_status_no_resources: 8 },
  },
  'host-blocked': {
    fallback: { host_bios_keeps_pcie: 49 },
    findings: { ...twins, host_bios_keeps_pcie: 1, host_acs_missing: 1, vm_status_no_iommu: 49 },
  },
  'nic-disabled': { fallback: { nic_sriov_disabled: 49 }, findings: { ...twins, vm_status_no_iov_in_nic: 49 } },
  'nic-restart': well,
  'switch-not-iov': { fallback: { switch_iov_off: 49 }, findings: { ...twins, vm_status_vswitch_not_iov: 49 } },
  'guest-driver-missing': {
    fallback: { guest_vf_driver_inactive: 3 },
    findings: { ...twins, vm_status_guest_drivers_needed: 3 },
  },
  flapping: { fallback: { vf_absent_unexplained: 1 }, findings: { ...twins, vf_flapping: 1 } },
  'live-migration': well,
  'boot-storm': well,
  'vmq-starved': { fallback: {}, findings: { ...twins, vmq_exhausted: 1 } },
  'set-team': well,
  cluster: well,
  large: { fallback: {}, findings: {} },
  'sriov-off': well,
  // Its first stage
  tour: poolExhausted,
};

describe('the demo', () => {
  it.each(SCENARIOS)('%s shows its reasons and no other', (scenario) => {
    expect(summary(settled(scenario))).toEqual(EXPECTED[scenario]);
  });
});
