import type { ServiceDefinition } from './boundary.ts';
import { DISPLAY_NAME, SERVICE_NAME } from './names.ts';

const MINUTE = 60_000;

/** The default account of the service. It has no password and is deleted with the service. */
export const VIRTUAL_ACCOUNT = `NT SERVICE\\${SERVICE_NAME}`;

/** The properties with which the service is registered. */
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

/** Whether the account is LocalSystem, which can read everything and needs no groups. */
export const isLocalSystem = (account: string): boolean => NO_ACCOUNT_OF_ITS_OWN.test(account);
