import { readWebConfig } from '../../../http/web-config/load.ts';
import { type Check, failed, ok, skipped } from '../check.ts';

/** Whether the web configuration file is valid. */
export const webConfiguration: Check = {
  id: 'web_configuration',
  title: 'Web configuration',
  needs: ['configuration'],
  async run({ config }) {
    const { file } = config.web.config;
    if (file === undefined)
      return skipped(
        'no web.config.file: no TLS and no authentication, so everyone who can connect can read the metrics',
      );
    const { result } = await readWebConfig(file);
    if (result instanceof Error)
      return failed(
        result.message.replaceAll('\n', '; '),
        'correct the fields named above; the format is that of the Prometheus exporter-toolkit',
      );
    const parts = [result.tls === undefined ? 'no TLS' : 'TLS', `${result.users.size} users`];
    return ok(`${file} is valid: ${parts.join(', ')}`);
  },
};
