import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import type { Clock } from '../../src/clock.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Part } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import { hideGuestNames, learnGuestNames, WindowsText } from '../../src/text/guest-names.ts';
import { createLogger } from '../../src/log.ts';
import { listen } from '../../src/http/listen.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { type Receiver, startReceiver } from '../support/servers/receiver.ts';
import { until } from '../support/servers/until.ts';
import { NOON } from '../support/simulated-host.ts';

let folder: string;
let receiver: Receiver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guests '));
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** Every VM of the demo host gets a name that is recognised wherever it stands. */
const MARKS = /Qx(?:guest|unread)/i;
const named = (name: string, index: number) => (index % 3 === 0 ? `Qxguest ${name} (prod)` : `qxGUEST-${name}.corp`);

/** A demo host whose virtual NICs change their paths for 40 minutes, whose Windows names VMs in its errors and sometimes fails. */
function troubledReader(): HostReader {
  let ahead = 0;
  const clock: Clock = { now: () => NOON + ahead, monotonic: () => ahead };
  let reads = 0;
  const world = makeWorld(1, 'flapping', NOON);
  const names = [...new Set(world(0).vms.map(({ name }) => name))]
    .toSorted((a, b) => b.length - a.length)
    .map((name, index) => [name, named(name, index)] as const);
  const renamed = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const [from, to] = names.find(([name]) => new RegExp(`^${name}(?:$|[_:])`).test(value)) ?? ['', ''];
      return value.replace(from, to);
    }
    if (Array.isArray(value)) return value.map(renamed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item)]));
  };
  const said = (name: string) =>
    `Hyper-V was unable to find "${name}". The operation on ${names[3]![1]} failed: ${names[4]![1].toUpperCase()} is migrating, ‘Qxunread One’, „Qxunread two“, 'Qxunread`;
  return {
    kind: 'replay' as const,
    clock,
    async read(part: Part) {
      reads += 1;
      if (reads % 7 === 0)
        throw new OperationalError('module_error', `The PowerShell module failed: ${said('Qxunread 7')}`);
      const document = renamed(writeDocument(part, clock.now(), world)) as {
        sources: Record<string, { status: string; errors: string[] }>;
      };
      const sources = Object.values(document.sources).filter(({ status }) => status === 'ok');
      // A name without quotation marks is known once the host was read: docs/troubleshooting.md.
      const troubled = reads > 5 ? sources[reads % sources.length] : undefined;
      if (troubled !== undefined) Object.assign(troubled, { status: 'partial', errors: [said('Qxunread 8')] });
      return document;
    },
    async close() {},
    rehearsal: {
      behind: () => 0,
      async run(visit: () => Promise<void>) {
        for (; ahead < 40 * 60_000; ahead += 60_000) await visit();
      },
    },
  };
}

describe('names of VMs in the log', () => {
  it('are in no line from info upwards, and secrets in none at all, through polls, errors, transitions, alerts and refusals', async () => {
    const lines: { level: string; msg: string }[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
        done();
      },
    });
    const file = join(folder, 'config.yaml');
    writeFileSync(
      file,
      JSON.stringify({
        source: 'demo',
        storage: { path: join(folder, 'state') },
        alerting: {
          enabled: true,
          alertmanagers: [{ url: `${receiver.url}/?key=s3cret-query`, bearer_token: 's3cret-bearer' }],
          webhook: { url: `${receiver.url}/hook/s3cret-path`, headers: { 'x-key': 's3cret-header' } },
          external_labels: { instance: 'hv01' },
        },
      }),
    );
    // A receiver that repeats what it was sent, and refuses it.
    receiver.answer = ({ json, url, headers }) => ({ status: 400, body: JSON.stringify({ url, headers, json }) });
    const log = createLogger({ level: 'debug', format: 'json', destination });
    const { config } = loadConfig({ flags: new Map([['config.file', file]]), environment: {} });
    const agent = await createAgent(config, { reader: troubledReader(), log, version: '0.0.0' });
    const port = await listen(agent.server, { host: '127.0.0.1', port: 0 });
    const text = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    agent.start();
    await until('alerts were refused', () => lines.some(({ msg }) => msg === 'alert refused'));
    expect(await text('/api/v1/events?limit=100')).toMatch(MARKS);
    expect(await text('/metrics')).toMatch(MARKS);
    for (const path of ['/', '/metrics', '/api/v1/alerts', '/api/v1/host', '/api/v1/findings', '/api/v1/explain'])
      expect([path, await text(path)]).toEqual([path, expect.not.stringContaining('s3cret')]);
    await agent.close();
    const shown = lines.filter(({ level }) => level !== 'debug');
    const messages = new Set(shown.map(({ msg }) => msg));
    for (const message of ['poll failed', 'source failed or returned partial data', 'alert refused', 'alerts refused'])
      expect([message, messages.has(message)]).toEqual([message, true]);
    // At debug they are there, so they are hidden and not missing.
    expect(lines.some((line) => MARKS.test(JSON.stringify(line)))).toBe(true);
    expect(shown.filter((line) => MARKS.test(JSON.stringify(line)))).toEqual([]);
    // Secrets are in no line of any level.
    expect(lines.filter((line) => JSON.stringify(line).includes('s3cret'))).toEqual([]);
  });

  it('are found as words of their own, in any case, the longest first', () => {
    learnGuestNames(['qz1', 'Qz1 Backup', 'Qz web (prod)', 'İqz', undefined, ' ']);
    expect(hideGuestNames('QZ1 backup, qz1; aqz1 qz10 (Qz1) qz WEB (PROD).')).toBe(
      '[vm], [vm]; aqz1 qz10 ([vm]) [vm].',
    );
    expect(hideGuestNames('İ of qz1')).toBe('İ of [vm]');
    expect(new WindowsText(`can't find "x" or 'y z', it isn't "there`).withoutNames()).toBe(
      `can't find "[vm]" or '[vm]', it isn't "[vm]"`,
    );
    // The path in a command of this program stays, so that the command works when it is pasted.
    const command = "`hyperv-sriov-exporter fleet trust hv13 --config.file '/srv/it'\\''s/config.yaml'`";
    expect(new WindowsText(`'x': ${command} prints it, 'y'`).withoutNames()).toBe(
      `'[vm]': ${command} prints it, '[vm]'`,
    );
    expect(new WindowsText("List`1 of 'x' and List`1").withoutNames()).toBe("List`1 of '[vm]' and List`1");
  });
});
