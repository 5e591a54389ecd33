import { alertingFileFaults } from '../../named-files.ts';
import { type Check, failed, ok } from '../check.ts';

/** Which configuration file is used. */
export const configuration: Check = {
  id: 'configuration',
  title: 'Configuration',
  run({ loaded }) {
    if (loaded instanceof Error)
      return failed(
        loaded.message.replaceAll('\n', '; '),
        'correct the settings named above; config check prints the same list, and docs/configuration.md describes every setting',
      );
    const faults = alertingFileFaults(loaded.config);
    if (faults.length > 0)
      return failed(
        faults.join('; '),
        'correct the files named above; the section alerting of the configuration names them',
      );
    return ok(loaded.file === undefined ? 'valid, without a file' : `${loaded.file} is valid`);
  },
};
