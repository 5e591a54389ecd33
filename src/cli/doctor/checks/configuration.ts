import { type Check, failed, ok } from '../check.ts';

export const configuration: Check = {
  id: 'configuration',
  title: 'Configuration',
  run({ loaded }) {
    if (loaded instanceof Error)
      return failed(
        loaded.message.replaceAll('\n', '; '),
        'mend what is named; config check says it again, docs/configuration.md has every setting',
      );
    return ok(loaded.file === undefined ? 'valid, without a file' : `${loaded.file} is valid`);
  },
};
