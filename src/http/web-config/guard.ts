import type { FastifyInstance } from 'fastify';
import { clientOfSocket } from '../connections.ts';
import { sendProblem } from '../errors.ts';
import { Authenticator, basicCredentials } from './basic-auth.ts';
import { BcryptChecker, BusyError } from './bcrypt.ts';
import type { WebConfigHandle } from './watch.ts';

/** Requires user and password on every path if the web configuration has users, and sets its headers. */
export function guard(app: FastifyInstance, config: WebConfigHandle): void {
  const checker = new BcryptChecker();
  const authenticator = new Authenticator(() => config.current.users, checker);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(config.current.headers);
    if (config.current.users.size === 0) return;
    const given = basicCredentials(request.headers.authorization);
    const client = clientOfSocket(request.raw.socket);
    try {
      if (given !== undefined && (await authenticator.admits(given.user, given.password, client))) return;
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      return sendProblem(reply.header('retry-after', '1'), 503, 'too many password checks in progress');
    }
    return sendProblem(
      reply.header('www-authenticate', 'Basic realm="hyperv-sriov-exporter", charset="UTF-8"'),
      401,
      'user and password required',
    );
  });
  app.addHook('onClose', async () => {
    config.close();
    await checker.close();
  });
}
