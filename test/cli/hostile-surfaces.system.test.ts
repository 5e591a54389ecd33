import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, type Agent } from '../../src/agent.ts';
import { filledAnnotations } from '../../src/alerting/annotations.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { completed } from '../../src/cli/completion/model.ts';
import { openTargetReaders } from '../../src/cli/reader.ts';
import { everyCommand, run } from '../../src/cli/program.ts';
import { systemClock } from '../../src/clock.ts';
import type { HostReader } from '../../src/collect/host-reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { OperationalError, UserError } from '../../src/errors.ts';
import { learnGuestNames } from '../../src/text/guest-names.ts';
import { listen } from '../../src/http/listen.ts';
import { createLogger, openLogger, type LogLevel } from '../../src/log.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { parseSamples } from '../../src/measure/guest/exposition-text.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { eventLog } from '../../src/windows/native/event-log.ts';
import { ACTED_ON, EVIL, evilDocument, writeEvilCapture } from '../support/hostile.ts';
import { until } from '../support/servers/until.ts';
import { NOON } from '../support/simulated-host.ts';

const { reported } = vi.hoisted(() => ({ reported: [] as string[] }));
vi.mock('../../src/windows/native/library.ts', () => ({
  windowsFunction: (_: string, prototype: string) =>
    prototype.includes('ReportEventW')
      ? (...args: readonly unknown[]) => void reported.push(String((args[7] as readonly string[])[0]))
      : () => 1n,
}));

/** Paths are names from outside, too. */
const folder = mkdtempSync(join(tmpdir(), 'evil \u202E\u200F '));
const VM = `vm ${EVIL}`;
const quiet = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } });
const context = { environment: {}, platform: 'linux', version: '0.0.0' } as const;

/** A host where everything has a hostile name. */
function evilReader(scenario: Scenario): HostReader {
  const world = makeWorld(1, scenario, NOON);
  return {
    kind: 'demo',
    clock: systemClock,
    read: (part) => Promise.resolve(evilDocument(part, Date.now(), world)),
    async close() {},
  };
}

let agents: readonly Agent[] = [];
let collector: Agent | undefined;
let urls: { readonly agent: string; readonly collector: string };
let replay: readonly string[];
let configFile: string;
const urlOf = ({ server }: Agent) => `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;

beforeAll(async () => {
  const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
  agents = await Promise.all(
    (['vf-pool-exhausted', 'switch-not-iov'] as const).map((scenario) =>
      createAgent(config, { reader: evilReader(scenario), log: quiet, version: '0.0.0' }),
    ),
  );
  for (const agent of agents) {
    await listen(agent.server, { host: '127.0.0.1', port: 0 });
    agent.start();
  }
  const file = join(folder, 'capture.json.gz');
  await writeEvilCapture(file);
  replay = ['--source', 'replay', '--replay.file', file];
  configFile = join(folder, 'collector.yaml');
  const [first, second] = agents.map(urlOf);
  const labels = { cluster: `cluster ${EVIL}` };
  writeFileSync(
    configFile,
    JSON.stringify({
      source: 'targets',
      targets: {
        list: [
          { name: 'hv01', via: 'http', url: first, labels },
          { name: 'hv02', via: 'http', url: second, labels: { ...labels, rack: EVIL } },
          { name: 'hv03', via: 'http', url: 'http://127.0.0.1:1', labels },
        ],
      },
    }),
  );
  const fleet = loadConfig({ flags: new Map([['config.file', configFile]]), environment: {} });
  collector = await createAgent(fleet.config, {
    readers: openTargetReaders(context, quiet, fleet),
    log: quiet,
    version: '0.0.0',
  });
  await until('the agents have read their hosts', async () => {
    const ready = await Promise.all(agents.map((agent) => fetch(`${urlOf(agent)}/-/ready`)));
    return ready.every(({ ok }) => ok);
  });
  await listen(collector.server, { host: '127.0.0.1', port: 0 });
  collector.start();
  urls = { agent: urlOf(agents[0]!), collector: urlOf(collector) };
  await until('the collector has read both', async () => {
    const { targets } = (await (await fetch(`${urls.collector}/api/v1/fleet`)).json()) as {
      targets: { state: string }[];
    };
    return targets.filter(({ state }) => state === 'up').length === 2;
  });
}, 60_000);
afterAll(async () => {
  await collector?.close();
  await Promise.all(agents.map((agent) => agent.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command on a terminal. */
async function onTerminal(args: readonly string[]) {
  const written = { out: '', err: '', progress: '' };
  await run(args, {
    environment: {},
    platform: 'linux',
    isTerminal: true,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    progress: (text) => void (written.progress += text === undefined ? '' : `${text}\n`),
  });
  return written;
}

const FAMILIES = new Set(everyMetric.map(({ name }) => name));
/** Where a text has what it must not have, undefined if nowhere: what a terminal acts on but a tab, a line that a name began. */
const unfit = (text: string, pattern: RegExp = /$^/): string | undefined => {
  const at = [new RegExp(`(?!\\t)${ACTED_ON.source}`), /^[ \t]*forged/m, pattern].map((each) => text.search(each));
  const first = Math.max(...at);
  return first === -1 ? undefined : JSON.stringify(text.slice(Math.max(0, first - 80), first + 40));
};

describe('names with what a terminal acts on, backticks and line breaks', () => {
  it('are visible in what every command prints', async () => {
    const fleet = ['--config.file', configFile];
    /** Each command with arguments; those under `shown` print a hostile name or path. */
    const shown: Readonly<Record<string, readonly (readonly string[])[]>> = {
      serve: [['--config.file', join(folder, 'none.yaml')]],
      metrics: [replay, [...fleet, '--target', 'hv01']],
      explain: [
        replay,
        [...replay, '--vm', VM],
        [...replay, '--json'],
        ['--url', urls.agent],
        ['--url', urls.agent, '--vm', VM],
        [...fleet, '--target', 'hv01'],
        [...fleet, '--target', EVIL],
      ],
      doctor: [
        [...replay, '--storage.path', folder],
        [...replay, '--storage.path', folder, '--json'],
        [...fleet, '--target', 'hv02'],
      ],
      capture: [[join(folder, 'new \u001B[31m.json.gz'), ...replay]],
      measure: [
        ['--vm', VM, '--seconds', '1', ...replay],
        ['--vm', VM, '--seconds', '1', '--json', ...replay],
        ['--vm', EVIL, ...replay],
      ],
      'config check': [fleet],
      'config print': [fleet],
      alerts: [['--out', join(folder, 'rules \u001B[31m')]],
      'fleet list': [fleet],
      'fleet trust': [[EVIL, ...fleet]],
      'fleet check': [[EVIL, ...fleet]],
      placement: [
        ['--vm', VM, ...fleet],
        ['--vm', VM, '--url', urls.collector],
        ['--vm', EVIL, ...fleet],
        ['--vm', VM, '--json', ...fleet],
      ],
      drift: [fleet, ['--url', urls.collector], ['--json', ...fleet], ['--cluster', EVIL, ...fleet]],
      completion: [[EVIL]],
    };
    /** On Windows only; test/windows has them. */
    const windows = ['setup', 'run', 'install', 'uninstall', 'start', 'stop', 'reload', 'status'].map((name) =>
      name === 'setup' ? name : `service ${name}`,
    );
    const commands = await everyCommand({
      environment: {},
      platform: 'linux',
      version: '',
      out: () => undefined,
      outData: () => undefined,
      paint: (_, text) => text,
      progress: () => undefined,
      commands: () => Promise.resolve([]),
      exit: () => undefined,
    });
    const all = completed(commands, 'serve')
      .commands.filter(({ subcommands }) => subcommands.length === 0)
      .map(({ path }) => path);
    expect([...Object.keys(shown), ...windows].toSorted()).toEqual(all.toSorted());
    for (const [command, calls] of Object.entries(shown))
      for (const args of calls) {
        const call = [...command.split(' '), ...args];
        const { out, err, progress } = await onTerminal(call);
        const text = out + err + progress;
        // YAML may be folded within quotes.
        const lines = command === 'config print' ? text.replaceAll(/\n\s+/g, ' ') : text;
        expect([call, unfit(lines)]).toEqual([call, undefined]);
        expect([call, text]).toEqual([call, expect.stringMatching(/␣|\\u(?:001b|202e)/i)]);
      }
    for (const command of windows) {
      const { err } = await onTerminal(command.split(' '));
      expect([command, err]).toEqual([command, expect.stringMatching(/only on Windows/)]);
    }
  }, 120_000);

  it.each(['agent', 'collector'] as const)(
    'are text and nothing else in what every route of the %s answers',
    async (which) => {
      const base = urls[which];
      const target = which === 'collector' ? 'target=hv01&' : '';
      const vm = encodeURIComponent(VM);
      const { vnics } = (await (await fetch(`${base}/api/v1/vnics?${target}vm=${vm}`)).json()) as {
        vnics: { vmId: string }[];
      };
      const id = vnics[0]?.vmId ?? '';
      const evil = encodeURIComponent(EVIL);
      /** Each route with queries that answer with names, and one that is refused. */
      const queries: Readonly<Record<string, readonly string[]>> = {
        '/': [`${target}show=all`, `${target}show=all&vnics=${evil}`],
        '/host': [`${target}show=all`, `target=${evil}`],
        '/vm': [`${target}id=${id}`, `${target}id=${evil}`],
        '/metrics': [''],
        '/probe': ['target=hv01', `target=${evil}`],
        '/-/healthy': [''],
        '/-/ready': [''],
        '/-/reload': [evil],
        '/demo/stage': [`${target}stage=${evil}`],
        '/api/v1/document': ['part=inventory', 'part=config', `part=${evil}`],
        '/api/v1/host': [target, `target=${evil}`],
        '/api/v1/vnics': [target, `${target}vm=${vm}`, `${target}${evil}=1`],
        '/api/v1/findings': [target, `${target}severity=${evil}`],
        '/api/v1/capacity': [target],
        '/api/v1/explain': [target, `${target}vm=${vm}`, `${target}vm=${evil}`],
        '/api/v1/events': [target, `${target}vm=${vm}`, `${target}limit=${evil}`],
        '/api/v1/alerts': [target],
        '/api/v1/openapi.json': [''],
        '/api/v1/targets': [''],
        '/api/v1/fleet': [''],
        '/api/v1/placement': [`vm=${vm}`, `vm=${evil}`],
      };
      const described = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as {
        paths: Record<string, Record<string, unknown>>;
      };
      // Files and pages of documentation that are shipped have no name in them.
      const paths = Object.keys(described.paths).filter(
        (path) => !/^\/(?:docs|assets)\/|\.(?:css|js|svg|ico)$/.test(path),
      );
      expect(paths.filter((path) => queries[path] === undefined)).toEqual([]);
      let named = 0;
      for (const path of paths)
        for (const query of queries[path] ?? []) {
          const url = `${base}${path}?${query}`;
          const method = described.paths[path]?.['post'] === undefined ? 'GET' : 'POST';
          const answer = await fetch(url, { method, redirect: 'manual' });
          const text = await answer.text();
          for (const [, value] of answer.headers)
            expect([url, value]).toEqual([url, expect.stringMatching(/^[ -~]*$/)]);
          const type = answer.headers.get('content-type') ?? '';
          if (text.includes('owned')) named += 1;
          if (type.startsWith('text/html'))
            // Between backticks is markup in the texts of events only.
            expect([url, unfit(text, /<b>(?:<bdi>)?tick/)]).toEqual([url, undefined]);
          else if (answer.status >= 400) {
            const { message = text } = (type.includes('json') ? JSON.parse(text) : {}) as { message?: string };
            expect([url, unfit(message)]).toEqual([url, undefined]);
          } else if (type.includes('json')) expect([url, JSON.parse(text)]).toEqual([url, expect.anything()]);
          else if (path === '/metrics' || path === '/probe') {
            expect([...parseSamples(text, FAMILIES)].length).toBeGreaterThan(20);
            expect([url, text.search(/^[ \t]*forged/m)]).toEqual([url, -1]);
          } else expect([url, unfit(text)]).toEqual([url, undefined]);
        }
      expect(named).toBeGreaterThan(which === 'agent' ? 8 : 10);
    },
  );

  it('are visible in the log, at every level and in both formats; stacks and messages have no secret and no name of a VM', async () => {
    learnGuestNames([VM]);
    const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
    const quoting = `Windows said "${VM}" and 'unread vm' at https://u:s3cret@h/?token=s3cret`;
    const errors = [
      new Error(quoting),
      new TypeError(`${VM} https://u:s3cret@h/`, { cause: new Error(quoting) }),
      new OperationalError('module_error', quoting, { quotesWindows: true }),
      new UserError(VM),
      new AggregateError([new Error(quoting)], quoting),
    ];
    for (const format of ['json', 'pretty'] as const)
      for (const level of levels) {
        let text = '';
        const destination = new Writable({
          write(chunk: Buffer, _encoding, done) {
            text += chunk.toString();
            done();
          },
        });
        const log = await openLogger({ level, format, destination });
        for (const error of errors) {
          log[level]({ err: error, error: error.message, list: [{ 'key \u001B\u202E': error }] }, 'a message');
          log[level](error, 'a message');
        }
        log[level]('\u001B[2J https://u:s3cret@h/');
        expect(text.split('\n').length).toBeGreaterThan(errors.length * 2);
        const never = level === 'debug' ? /s3cret/ : /s3cret|owned/;
        expect([format, level, text.match(ACTED_ON), text.match(never)]).toEqual([format, level, null, null]);
      }
  });

  it('are visible in the annotations of every alert', () => {
    expect(ALERTS.length).toBeGreaterThan(30);
    for (const alert of ALERTS) {
      const labels: Record<string, string> = new Proxy({}, { get: () => EVIL });
      const filled = filledAnnotations(alert, defaultThresholds, {
        labels,
        value: 1,
        forSeconds: 60,
        reasonOf: () => 'vf_pool_exhausted',
      });
      expect(filled['summary']).toContain('␣');
      for (const [key, text] of Object.entries(filled))
        expect([alert.name, key, text]).toEqual([alert.name, key, expect.not.stringMatching(ACTED_ON)]);
    }
  });

  it("are visible in Windows' event log, which has no name of a VM and no secret", () => {
    learnGuestNames([VM]);
    eventLog('source').write('error', 3, `stopped:\nat ${VM}\n${EVIL} https://u:s3cret@h/\n${'x'.repeat(40_000)}`);
    const [text = ''] = reported;
    expect(text).not.toMatch(ACTED_ON);
    expect(text).toContain('stopped:\nat [vm]\n␣]0;owned');
    expect(text).not.toContain('s3cret');
    expect(text.length).toBeLessThan(31_839);
  });
});
