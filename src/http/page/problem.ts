import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { problem } from '../route.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { siteLinks } from './links.ts';

/** Endpoints for programs: they get JSON or text, whatever their Accept header says. */
const FOR_PROGRAMS = /^\/(?:api|metrics|probe|-)(?:\/|\?|$)/;

/** Statuses of those who are not told anything of the host */
const STRANGERS: ReadonlySet<number> = new Set([401, 421]);

/** Answers a browser's failed request with a page instead of JSON: what is wrong, and links that lead on. The status code stays. */
export function showProblems(app: FastifyInstance, { version, host, fleet, prefix }: HttpDeps): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode < 400) return done(null, payload);
    const wanted =
      request.headers.accept?.includes('text/html') === true &&
      !FOR_PROGRAMS.test(request.url.slice(prefix?.route.length));
    const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
    if (!wanted || !isJson || typeof payload !== 'string') return done(null, payload);
    const { error, message } = problem.parse(JSON.parse(payload));
    reply.type('text/html; charset=utf-8').removeHeader('content-length');
    const links = siteLinks(prefix?.link);
    const title = `${reply.statusCode} ${error.replaceAll('_', ' ')}`;
    const name = STRANGERS.has(reply.statusCode) ? undefined : host?.view()?.tracked.host.platform.name;
    const shown = layout(
      {
        host: name,
        version,
        prefix: prefix?.link,
        ofAllHosts: fleet !== undefined,
        simulated: host?.simulated ?? false,
      },
      {
        title,
        main: html`<h1>${title}</h1>
          <p>${message}</p>
          <p><a href="${links.home()}">${fleet === undefined ? 'Status of the host' : 'All hosts'}</a>, <a href="${links.docs()}">documentation</a></p>`,
      },
    );
    done(null, shown);
  });
}
