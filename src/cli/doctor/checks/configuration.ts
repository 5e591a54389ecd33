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
    return ok(loaded.file === undefined ? 'valid, without a file' : `${loaded.file} is valid`);
  },
};
