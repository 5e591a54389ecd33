import type { Route, HostRoute } from '../route.ts';

/** GET /-/healthy: the process answers. */
export const healthyRoute: Route = {
  method: 'GET',
  url: '/-/healthy',
  summary: 'The process answers',
  answers: { 200: { description: 'Always', mediaTypes: ['text/plain'] } },
  handle: () => 'healthy\n',
};

/** Ready when inventory and activity have been polled once, successfully or not, and the served metrics include the result. */
export const readyRoute: HostRoute = {
  method: 'GET',
  url: '/-/ready',
  summary: 'Whether inventory and activity have been polled once',
  answers: {
    200: { description: 'Ready', mediaTypes: ['text/plain'] },
    503: { description: 'Not ready; the text says what is missing', mediaTypes: ['text/plain'] },
  },
  handle: (_request, reply, host) => {
    const { parts } = host.collection();
    const served = host.view()?.collection.parts;
    const missing = (['inventory', 'activity'] as const).filter(
      (part) => parts[part].enabled && served?.[part].tried !== true,
    );
    if (missing.length === 0) return 'ready\n';
    return reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .send(`not ready: no poll of ${missing.join(', ')} yet\n`);
  },
};
