import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo } from '../support/run-cli.ts';
import { runProgram } from '../support/run-program.ts';
import { onTerminal } from '../support/terminal.ts';
import { describeWith } from '../support/tools.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
const program = (...args: readonly string[]) => [process.execPath, main, ...args];
const ESC = '\u001B';
const RED = `${ESC}[31m`;
const GREEN = `${ESC}[32m`;

describeWith(['script'], 'on a terminal', () => {
  const explain = ['explain', ...demo('vf-pool-exhausted')];

  it('explain and doctor have colours, and the same text as without', async () => {
    const [shown, plain] = await Promise.all([onTerminal(program(...explain)), runProgram(explain)]);
    expect(shown.code).toBe(2);
    expect(shown.text).toContain(`${RED}Fallback`);
    expect(shown.text).toContain(GREEN);
    expect(stripVTControlCharacters(shown.text)).toBe(plain.stdout);
    const vm = await onTerminal(program(...explain, '--vm', 'web-2*'));
    expect(vm.text).toContain(`${GREEN}✓`);
    const doctor = await onTerminal(program('doctor', '--source', 'demo', '--web.listen-address', '127.0.0.1:0'));
    expect(doctor.text).toContain(`${GREEN}ok`);
  });

  it.each([
    ['with NO_COLOR', { NO_COLOR: '1' }, []],
    ['with --json', {}, ['--json']],
  ])('there are no colours %s', async (_, env, args) => {
    const { text, code } = await onTerminal(program(...explain, ...args), { env });
    expect(code).toBe(2);
    expect(text.length).toBeGreaterThan(1000);
    expect(text).not.toContain(ESC);
  });

  it('the log has colours, unless NO_COLOR is set, and says that no configuration file was read', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const serve = program('serve', '--source', 'demo', '--web.listen-address', `127.0.0.1:${port}`);
    try {
      const [shown, plain] = [await onTerminal(serve), await onTerminal(serve, { env: { NO_COLOR: '1' } })];
      expect([shown.code, plain.code]).toEqual([1, 1]);
      expect(shown.text).toContain(`${ESC}[32mINFO`);
      expect(plain.text).toContain('INFO: no configuration file was read');
      expect(plain.text).not.toContain(ESC);
    } finally {
      taken.close();
    }
  });

  it.each([['explain'], ['doctor'], ['measure'], ['serve']])(
    'the help of %s is as wide as the terminal',
    async (command) => {
      for (const columns of [60, 120]) {
        const { text } = await onTerminal(program(command, '--help'), { columns });
        const lines = text.split('\n');
        expect(lines.length).toBeGreaterThan(8);
        // A word that is longer than what is left of a line cannot be broken.
        expect(lines.filter((line) => line.length > columns && line.trim().includes('  '))).toEqual([]);
        expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(columns - 20);
      }
    },
  );

  describe('progress', () => {
    const ANSWER_MS = 4000;
    let server: Server;
    let url: string;
    beforeAll(async () => {
      server = createServer((_, response) => void setTimeout(() => response.writeHead(503).end('not yet'), ANSWER_MS));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    });
    afterAll(() => void server.close());

    it('is shown after two seconds, and is gone when the command ends', async () => {
      const { text, code } = await onTerminal(program('explain', '--url', url));
      expect(code).toBe(1);
      expect(text).toContain(`\r${ESC}[Kasking ${url} (2 s)`);
      const last = text.slice(text.lastIndexOf(`${ESC}[K`) + 3);
      expect(last).toMatch(/^hyperv-sriov-exporter: \S+ could not be read: it answered 503: not yet\n$/);
    });

    it.each([['a terminal that cannot erase a line', { TERM: 'dumb' }]])('is not shown on %s', async (_, env) => {
      const { text } = await onTerminal(program('explain', '--url', url), { env });
      expect(text).not.toContain('asking');
    });

    it('is not shown where standard error is no terminal', async () => {
      const { stderr } = await runProgram(['explain', '--url', url]);
      expect(stderr).toMatch(/^hyperv-sriov-exporter: \S+ could not be read: it answered 503: not yet\n$/);
    });
  });
});
