import { webPrefix } from '../../../config/policy.ts';
import { addressText, tryListen } from '../../../http/listen.ts';
import { errorText, OperationalError } from '../../../errors.ts';
import { fetchText } from '../../../http-client/fetch-text.ts';
import { type Check, failed, ok } from '../check.ts';

const ANSWER_MS = 2000;

/** Whether an exporter answers on this port of this machine, most likely the service that is being examined. */
async function exporterAt(port: number, prefix: string): Promise<boolean> {
  try {
    const url = new URL(`http://localhost:${port}${prefix}/-/healthy`);
    return (await fetchText(url, { accept: 'text/plain', maxBytes: 1000, deadlineMs: ANSWER_MS })) === 'healthy\n';
  } catch {
    return false;
  }
}

/** Whether the listen address is free and who can reach it. */
export const listenAddress: Check = {
  id: 'listen_address',
  title: 'Listen address',
  needs: ['configuration'],
  async run({ config }) {
    const found: string[] = [];
    for (const address of config.web['listen-address']) {
      const { port } = address;
      const text = addressText(address);
      try {
        await tryListen(address);
        found.push(`${text} is free`);
      } catch (error) {
        const taken = error instanceof OperationalError && error.code === 'port_in_use';
        if (!taken || !(await exporterAt(port, webPrefix(config).route)))
          return failed(
            errorText(error),
            taken
              ? `Get-NetTCPConnection -LocalPort ${port} names the program; if it is this exporter with TLS, nothing is wrong`
              : 'see docs/troubleshooting.md, "The program ends at once"',
          );
        found.push(`an exporter already serves on ${text}`);
      }
    }
    return ok(found.join(', '));
  },
};
