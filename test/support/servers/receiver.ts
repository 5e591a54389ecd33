import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';

/** One request as it came. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of its body */
  readonly json: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server of ours on loopback that takes POSTs of JSON: a webhook, or what stands for an Alertmanager. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How it answers from now on; `undefined` never does */
  answer: (request: Received) => Answer | undefined;
  close(): Promise<void>;
}

export async function startReceiver(tls?: ServerOptions): Promise<Receiver> {
  const received: Received[] = [];
  const server = (tls === undefined ? createHttpServer() : createHttpsServer(tls)).on(
    'request',
    (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const one = {
          url: request.url ?? '',
          headers: request.headers,
          json: JSON.parse(Buffer.concat(parts).toString()) as unknown,
        };
        received.push(one);
        const answer = receiver.answer(one);
        if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no port');
  const receiver: Receiver = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    received,
    answer: () => ({ status: 200 }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
