import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { problem } from '../route.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { link } from './links.ts';

/** Programs ask these for JSON or text, whatever their Accept header says. */
const FOR_PROGRAMS = /^\/(?:api|metrics|probe|-)(?:\/|\?|$)/;

/** A problem that a person meets in a browser is a page, with the same status: what is wrong, and a way on. */
export function showProblems(app: FastifyInstance, { version, host, fleet, prefix }: HttpDeps): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const wanted =
      request.headers.accept?.includes('text/html') === true &&
      !FOR_PROGRAMS.test(request.url.slice(prefix?.route.length));
    const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
    if (reply.statusCode < 400 || !wanted || !isJson || typeof payload !== 'string') return payload;
    const { error, message } = problem.parse(JSON.parse(payload));
    reply.type('text/html; charset=utf-8').removeHeader('content-length');
    const title = `${reply.statusCode} ${error.replaceAll('_', ' ')}`;
    return layout(
      {
        host: host?.view()?.tracked.host.platform.name,
        version,
        prefix: prefix?.link,
        ofAllHosts: fleet !== undefined,
        simulated: host?.simulated ?? false,
      },
      {
        title,
        main: html`<h1>${title}</h1>
          <p>${message}</p>
          <p><a href="${link.home()}">Status of the host</a>, <a href="${link.docs()}">documentation</a></p>`,
      },
    );
  });
}
