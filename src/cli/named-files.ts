import { openEndpoint } from '../alerting/notify/endpoint.ts';
import { readThresholds } from '../alerting/thresholds-file.ts';
import type { Config } from '../config/schema.ts';
import { OperationalError, UserError } from '../errors.ts';

/** The faults of the files that the section `alerting` names: thresholds, secrets, certificates and keys. */
export function alertingFileFaults({ alerting }: Pick<Config, 'alerting'>): readonly string[] {
  const faults: string[] = [];
  const check = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof UserError || error instanceof OperationalError)) throw error;
      faults.push(error.message);
    }
  };
  check(() => readThresholds(alerting.thresholds_file));
  for (const receiver of [...alerting.alertmanagers, ...(alerting.webhook === undefined ? [] : [alerting.webhook])])
    check(() => openEndpoint(receiver));
  return faults;
}
