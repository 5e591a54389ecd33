/** The scenarios of the demo host, by name. */
export const SCENARIOS = [
  'healthy',
  'vf-pool-exhausted',
  'queue-pairs-exhausted',
  'host-blocked',
  'nic-disabled',
  'nic-restart',
  'switch-not-iov',
  'guest-driver-missing',
  'flapping',
  'live-migration',
  'boot-storm',
  'vmq-starved',
  'set-team',
  'cluster',
  'large',
  'sriov-off',
  'tour',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/**
 * Seconds after the start at which a scenario shows its settled state: what it breaks is broken, what restarts has
 * settled. `flapping` never settles; the time given is 2.5 minutes after its VM lost the VF for the sixth time.
 */
export const SETTLE_SECONDS: Readonly<Record<Scenario, number>> = {
  healthy: 120,
  'vf-pool-exhausted': 120,
  'queue-pairs-exhausted': 120,
  'host-blocked': 120,
  'nic-disabled': 120,
  'nic-restart': 720,
  'switch-not-iov': 120,
  'guest-driver-missing': 120,
  flapping: 2130,
  'live-migration': 780,
  'boot-storm': 900,
  'vmq-starved': 120,
  'set-team': 120,
  cluster: 120,
  large: 120,
  'sriov-off': 120,
  tour: 120,
};
