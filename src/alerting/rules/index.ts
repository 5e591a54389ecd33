import { addressAlerts } from './addresses.ts';
import type { Alert, AlertGroup, HostAlert } from './define.ts';
import { exporterAlerts } from './exporter.ts';
import { fallbackAlerts } from './fallback.ts';
import { fleetAlerts } from './fleet.ts';
import { loadAlerts } from './load.ts';
import { platformAlerts } from './platform.ts';
import { poolAlerts } from './pool.ts';

/** Every alert, in groups as they are evaluated. */
export const ALERT_GROUPS: readonly AlertGroup[] = [
  exporterAlerts,
  platformAlerts,
  fallbackAlerts,
  poolAlerts,
  loadAlerts,
  addressAlerts,
  fleetAlerts,
];

export const ALERTS: readonly Alert[] = ALERT_GROUPS.flatMap((group) => group.alerts);

/** Those that the agent can decide by itself. */
export const HOST_ALERTS: readonly HostAlert[] = ALERTS.filter((alert) => alert.scope === 'host');
