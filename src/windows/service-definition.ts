import type { ServiceDefinition } from './boundary.ts';
import { DISPLAY_NAME, SERVICE_NAME } from './names.ts';

const MINUTE = 60_000;

/** The account of the service unless another is given: it has no password and ends with the service. */
export const VIRTUAL_ACCOUNT = `NT SERVICE\\${SERVICE_NAME}`;

/** The service as it is registered. */
export const serviceDefinition = (commandLine: string, account: string): ServiceDefinition => ({
  name: SERVICE_NAME,
  displayName: DISPLAY_NAME,
  description: 'Prometheus exporter and alerting agent for SR-IOV and VM queues of this Hyper-V host',
  commandLine,
  account,
  restartAfterMs: [5000, MINUTE, 5 * MINUTE],
  resetAfterMs: 24 * 60 * MINUTE,
  preshutdownMs: 10_000,
});

const NO_ACCOUNT_OF_ITS_OWN = /^(?:LocalSystem|(?:NT AUTHORITY|\.)\\(?:LocalSystem|SYSTEM))$/i;

/** LocalSystem needs no groups: it may read everything. */
export const isLocalSystem = (account: string): boolean => NO_ACCOUNT_OF_ITS_OWN.test(account);
