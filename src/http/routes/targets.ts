import { z } from 'zod';
import { READ_BY } from '../../metrics/catalogue/collector.ts';
import type { ServedFleet } from '../deps.ts';
import { problemAnswer, ProblemError, type Route } from '../route.ts';

const groups = z
  .array(z.strictObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) }))
  .meta({ id: 'TargetGroups' });

/** Host and port of a URL as Prometheus takes a target; its scheme and path go into labels. */
function addressOf(url: string): { readonly address: string; readonly scheme: string; readonly prefix: string } {
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.replace(':', '');
  return {
    address: `${hostname}:${port === '' ? (scheme === 'https' ? 443 : 80) : port}`,
    scheme,
    prefix: pathname.replace(/\/+$/, ''),
  };
}

/** The address that a client has asked. @throws ProblemError where its Host header names none, as in HTTP/1.0 */
function askedAddress(protocol: string, host: string): string {
  const address = `${protocol}://${host}`;
  if (/[\s/?#@\\]/.test(host) || !URL.canParse(address))
    throw new ProblemError(
      400,
      'the request has no Host header with a name and a port; web.external-url makes it optional',
    );
  return address;
}

/** All that Prometheus needs is in the labels: no relabelling. */
export const targetsRoute = (fleet: ServedFleet, routePrefix = ''): Route => ({
  method: 'GET',
  url: '/api/v1/targets',
  summary: 'All targets of this collector for the HTTP service discovery of Prometheus (http_sd_configs)',
  answers: {
    200: { description: 'Target groups', schema: groups },
    400: problemAnswer('No valid Host header, and no web.external-url'),
  },
  handle(request) {
    const { address, scheme, prefix } = addressOf(
      fleet.externalUrl ?? askedAddress(request.protocol, request.host) + routePrefix,
    );
    return fleet.all().map(({ name, labels }) => ({
      targets: [address],
      labels: {
        ...labels,
        instance: name,
        host: name,
        ...READ_BY,
        __scheme__: scheme,
        __metrics_path__: `${prefix}/probe`,
        __param_target: name,
      },
    }));
  },
});
