import type { HttpDeps } from '../deps.ts';
import type { Route } from '../route.ts';

/** Where everything is. */
const LINKS = [
  ['/metrics', 'Metrics'],
  ['/api/v1/host', 'Host, NICs and vSwitches'],
  ['/api/v1/vnics', 'Virtual NICs'],
  ['/api/v1/findings', 'Findings'],
  ['/api/v1/capacity', 'Capacity'],
  ['/api/v1/openapi.json', 'API description'],
  ['/-/healthy', 'Health'],
  ['/-/ready', 'Readiness'],
] as const;

export const landingRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  url: '/',
  summary: 'Landing page',
  answers: { 200: { description: 'Links to all else', mediaTypes: ['text/html'] } },
  handle: (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hyper-V SR-IOV Exporter</title></head>
<body>
<h1>Hyper-V SR-IOV Exporter</h1>
<p>Version ${deps.version}</p>
${deps.simulated ? '<p><strong>The host is simulated: nothing here is of a real machine.</strong></p>\n' : ''}<ul>
${LINKS.map(([href, text]) => `<li><a href="${href}">${text}</a></li>`).join('\n')}
</ul>
</body>
</html>
`),
});
