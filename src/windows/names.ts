/** The name of the service, its event source and its firewall rule. */
export const SERVICE_NAME = 'hyperv-sriov-exporter';
export const DISPLAY_NAME = 'Hyper-V SR-IOV exporter';
