/** The classes of impact of a remedy, from least to most. The keys are values of the API's `impact.class`. */
export const IMPACTS = {
  none: 'none',
  vnic: 'this vNIC',
  nic_or_vswitch: 'all vNICs of the NIC or vSwitch',
  host_restart: 'host restart',
  firmware: 'firmware change',
} as const;
export type ImpactClass = keyof typeof IMPACTS;
/** Every class, from least to most. */
export const IMPACT_CLASSES = Object.keys(IMPACTS) as readonly ImpactClass[];

export interface Impact {
  readonly class: ImpactClass;
  /** Full sentences: what is interrupted and for how long; absent if the class says everything */
  readonly detail?: string | undefined;
}

/** The text after "Impact" on the page, in the CLI and in the docs: `host restart. Drain the host first.` */
export const impactText = ({ class: name, detail }: Impact): string =>
  detail === undefined ? IMPACTS[name] : `${IMPACTS[name]}. ${detail}`;

/** Impacts that several reasons share. */
export const IMPACT = {
  none: { class: 'none' },
  nicRestart: {
    class: 'nic_or_vswitch',
    detail: 'The NIC restarts: its vNICs lose the network for some seconds. Drain the host first.',
  },
  vswitchRecreated: {
    class: 'nic_or_vswitch',
    detail:
      'All vNICs of the vSwitch lose the network until they are connected to the new vSwitch. Drain the host first.',
  },
  firmware: { class: 'firmware', detail: 'The host is down while its firmware is changed. Drain the host first.' },
  hardware: { class: 'firmware', detail: 'The host is down while hardware is changed. Drain the host first.' },
  otherNetwork: { class: 'vnic', detail: 'The VM moves to another network.' },
  vfReassigned: { class: 'vnic', detail: 'The vNIC uses the synthetic path for a moment.' },
  syntheticPath: { class: 'vnic', detail: 'The vNIC goes to the synthetic path.' },
  defaultQueue: { class: 'vnic', detail: 'The vNIC that loses its VM queue is served by the default queue.' },
} as const satisfies Record<string, Impact>;
