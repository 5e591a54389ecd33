/** The service, its event source and its firewall rule have one name. */
export const SERVICE_NAME = 'hyperv-sriov-exporter';
export const DISPLAY_NAME = 'Hyper-V SR-IOV exporter';
