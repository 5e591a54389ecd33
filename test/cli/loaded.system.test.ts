import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../support/servers/port.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
/** Prints the CommonJS files that the process has loaded when it ends. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  "import { createRequire } from 'node:module'; process.on('exit', () => console.error('LOADED ' + JSON.stringify(Object.keys(createRequire('/').cache))));",
)}`;

it('a service loads no package that it does not use: each takes megabytes on every host', async () => {
  const port = await freePort();
  const args = ['--import', REPORT, main, 'serve', '--source', 'demo', '--web.listen-address', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const ended = once(child, 'close');
    const ready = async (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(ready).toBe(200);
    child.kill();
    await ended;
    const files: readonly string[] = JSON.parse(/^LOADED (.*)$/m.exec(text)?.[1] ?? '[]');
    const packages = new Set(files.map((file) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]));
    expect([...packages]).toEqual(expect.arrayContaining(['fastify', 'pino', 'prom-client']));
    for (const unused of ['ajv', '@fastify/fast-json-stringify-compiler', 'pino-pretty'])
      expect([...packages]).not.toContain(unused);
  } finally {
    child.kill('SIGKILL');
  }
});
