/**
 * In `Hyper-V Virtual Network Adapter` the port of a vSwitch's NIC has an instance whose name holds `__DEVICE_` and the
 * NIC's GUID in braces; the port of its team has one that holds `__TEAMNIC` (KB 3001783; published outputs). The form of
 * the rest is not known.
 */
export const EXTERNAL_PORT_MARK = '__(?:DEVICE_|TEAMNIC)';
