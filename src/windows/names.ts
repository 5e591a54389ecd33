/** The name of the service, its event source and its firewall rule. */
export const SERVICE_NAME = 'hyperv-sriov-exporter';
/** The name of the service in the list of services, and of the link in the Start menu. */
export const DISPLAY_NAME = 'Hyper-V SR-IOV exporter';
