import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../../../src/alerting/notify/transport.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that gets the headers of a request and then writes what `answer` says. */
async function listening(answer: (socket: Socket, request: string) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    let request = '';
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      const isNew = !request.includes('\r\n\r\n');
      request += String(bytes);
      if (isNew && request.includes('\r\n\r\n')) answer(socket, request);
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** Writes a piece over and over, for as long as somebody reads. */
function endless(socket: Socket, piece: string | Buffer): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', write);
  write();
}
const send = (url: string) => post({ url, basicAuth: { username: 'u', password: 'secret' } }, '/hook', { alert: 1 });
/** Large pieces: small ones keep the event loop of this process, which is the client's too, busy for seconds. */
const FLOOD = 'x'.repeat(65_536);
const OK = 'HTTP/1.1 200 OK\r\n';

describe('a receiver of alerts', () => {
  it.each([301, 302, 303, 307, 308])(
    'that redirects with %d sends the alerts and the password nowhere',
    async (status) => {
      const asked: string[] = [];
      const elsewhere = await listening((socket, request) => {
        asked.push(request);
        socket.end(`${OK}content-length: 0\r\n\r\n`);
      });
      const url = await listening((socket) =>
        socket.end(`HTTP/1.1 ${status} Moved\r\nlocation: ${elsewhere}/hook\r\ncontent-length: 0\r\n\r\n`),
      );
      expect(await send(url)).toEqual({ status, text: '' });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    ['a body', `${OK}transfer-encoding: chunked\r\n\r\n`, `10000\r\n${'x'.repeat(65_536)}\r\n`],
    ['a compressed body', `${OK}content-encoding: gzip\r\n\r\n`, gzipSync(Buffer.alloc(10_000_000))],
  ])('that sends %s without end is read as far as it is quoted', async (_, start, piece) => {
    const url = await listening((socket) => {
      socket.write(start);
      endless(socket, piece);
    });
    const { status, text } = await send(url);
    expect([status, text.length <= 1025]).toEqual([200, true]);
  });

  it.each([
    ['headers without end', OK, `x-a: ${'a'.repeat(60_000)}\r\n`, 'Header overflow'],
    ['a header without end', `${OK}x-a: `, FLOOD, 'Header overflow'],
    ['no HTTP', '', FLOOD, 'Parse Error'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', FLOOD, '101'],
    ['no gzip', `${OK}content-encoding: gzip\r\n\r\n`, FLOOD, 'incorrect header check'],
  ])('that sends %s has failed at once', async (_, start, piece, message) => {
    const url = await listening((socket) => {
      socket.write(start);
      endless(socket, piece);
    });
    await expect(send(url)).rejects.toThrow(message);
  });
});
