import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Agent, createAgent } from '../../src/agent.ts';
import { nodeTrust } from '../../src/cli/reader.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { windows } from '../../src/document/enumerations.ts';
import type { Target } from '../../src/fleet/target.ts';
import { allTargets } from '../../src/fleet/targets.ts';
import { createLogger } from '../../src/log.ts';
import { shellWord } from '../../src/text/shell.ts';
import { documentOf, HOUR, MINUTE, SECOND } from '../poll/fakes.ts';
import { pass } from '../support/simulated-time.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const KEY = process.platform === 'win32' ? 'C:\\k' : '/k';
const folder = mkdtempSync(join(tmpdir(), 'found-'));
const file = join(folder, 'config.yaml');
writeFileSync(
  file,
  `source: targets
targets:
  defaults: { user: u, key_file: '${KEY}', known_hosts_file: '${KEY}' }
  clusters: [{ name: b, seeds: [hv11.example.net], address: "{node}.example.net", only: "hv1?" }]
storage: { path: '${join(folder, 'state')}' }
`,
);
const loaded = loadConfig({ flags: new Map([['config.file', file]]), environment: {} });
const { config } = loaded;
/** Works when pasted: it names the file that the collector was started with. */
const COMMAND = `hyperv-sriov-exporter fleet trust hv13 --config.file ${shellWord(file, process.platform)}`;
afterAll(() => rmSync(folder, { recursive: true }));

/** What the seed says of its cluster; undefined: it does not answer */
let nodes: readonly string[] | undefined;
/** Names of targets whose host key is known, or why that cannot be told */
let trusted: Set<string> | Error;
let events: string[];
let lines: string[];
let agent: Agent;

const isTrusted = async ({ name }: Target): Promise<boolean> => {
  if (trusted instanceof Error) throw trusted;
  return trusted.has(name);
};

function open(): Promise<Agent> {
  return createAgent(config, {
    log: createLogger({ level: 'warn', format: 'json', destination: { write: (line) => void lines.push(line) } }),
    version: '1.2.3',
    readers: {
      clock: systemClock,
      targets: () => allTargets(config, file, process.platform),
      connectsWaiting: () => 0,
      trust: {
        ...nodeTrust({ environment: {}, platform: process.platform }, loaded),
        isTrusted,
      },
      async open({ name }) {
        events.push(`open ${name}`);
        return {
          kind: 'ssh',
          clock: systemClock,
          async read(part) {
            if (name === 'hv11' && nodes === undefined) throw new Error('no answer');
            const rows = (name === 'hv11' ? (nodes ?? []) : [name]).map((node) => ({
              name: node,
              state: windows.ClusterNodeState.Up,
            }));
            return documentOf(part, part === 'cluster' ? { cluster_node: { rows } } : {});
          },
          async close() {
            events.push(`close ${name}`);
          },
        };
      },
    },
  });
}

beforeEach(async () => {
  vi.useFakeTimers({
    now: NOON,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  events = [];
  lines = [];
  nodes = ['HV11', 'HV12', 'HV13.corp.example.net', 'other'];
  trusted = new Set(['hv11', 'hv12']);
  agent = await open();
  agent.start();
  await pass(30 * SECOND);
});
afterEach(async () => {
  await close();
  vi.useRealTimers();
});
async function close(): Promise<void> {
  const closed = agent.close();
  await pass(5 * SECOND);
  await closed;
}

const get = async (url: string) => (await agent.server.inject({ url })).body;
async function shown() {
  const targets = JSON.parse(await get('/api/v1/targets')) as { labels: { instance: string } }[];
  const { found } = JSON.parse(await get('/api/v1/fleet')) as { found: { name: string; state?: string }[] };
  return { targets: targets.map(({ labels }) => labels.instance), untrusted: found.map(({ name }) => name) };
}

describe('the nodes that a seed names', () => {
  it('are targets if their host key is known; the others are shown with the command that helps', async () => {
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12'], untrusted: ['hv13'] });
    expect(events).toEqual(['open hv11', 'open hv12']);
    expect(JSON.parse(await get('/api/v1/fleet')).found).toEqual([
      {
        name: 'hv13',
        cluster: 'b',
        state: 'up',
        lastSeen: expect.stringMatching(/^2026-05-04T12:00:/),
        command: COMMAND,
      },
    ]);
    const page = await get('/');
    expect(page).toContain('Found, not trusted');
    expect(page).toContain(`<code>${COMMAND.replaceAll("'", '&#39;')}</code>`);
    expect((await agent.server.inject({ url: '/probe?target=hv13' })).statusCode).toBe(404);
    const missing = await agent.server.inject({ url: '/host?target=hv13', headers: { accept: 'text/html' } });
    expect(missing.statusCode).toBe(404);
    expect(missing.body).toContain('<a href="/">All hosts</a>, <a href="/docs/">documentation</a>');
    expect(await get('/metrics')).not.toContain('hv13');
    expect(await get('/metrics')).toMatch(/^hyperv_exporter_target_up\{target="hv12",cluster="b"\} 1$/m);
  });

  it('become targets within a minute of their key becoming known, without a restart of the others', async () => {
    (trusted as Set<string>).add('hv13');
    await pass(MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12', 'hv13'], untrusted: [] });
    expect(events).toEqual(['open hv11', 'open hv12', 'open hv13']);
    await pass(30 * SECOND);
    expect(await get('/metrics')).toMatch(/^hyperv_exporter_target_up\{target="hv13",cluster="b"\} 1$/m);
  });

  it('are no targets any more within a minute of their key being revoked', async () => {
    (trusted as Set<string>).delete('hv12');
    await pass(MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11'], untrusted: ['hv12', 'hv13'] });
    expect(events).toEqual(['open hv11', 'open hv12', 'close hv12']);
  });

  it('stay as they are while keys cannot be looked up, which is logged once', async () => {
    trusted = new Error('ssh-keygen is missing');
    await pass(5 * MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12'], untrusted: ['hv13'] });
    expect(lines.filter((line) => line.includes('cannot be looked up'))).toEqual([
      expect.stringContaining('ssh-keygen is missing'),
    ]);
    trusted = new Set(['hv12', 'hv13']);
    await pass(MINUTE);
    expect((await shown()).targets).toEqual(['hv11', 'hv12', 'hv13']);
  });

  it('stay while the seed does not answer, also over a restart of the collector', async () => {
    nodes = undefined;
    await pass(10 * MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12'], untrusted: ['hv13'] });
    vi.setSystemTime(Date.now() + 100 * HOUR);
    await pass(2 * MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12'], untrusted: ['hv13'] });
    await close();
    events = [];
    agent = await open();
    agent.start();
    await pass(MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12'], untrusted: ['hv13'] });
    expect(events).toEqual(['open hv11', 'open hv12']);
  });

  it('are kept for 24 hours after they have left the cluster', async () => {
    nodes = ['HV11'];
    await pass(2 * MINUTE);
    vi.setSystemTime(Date.now() + 23 * HOUR);
    await pass(2 * MINUTE);
    expect((await shown()).targets).toEqual(['hv11', 'hv12']);
    vi.setSystemTime(Date.now() + HOUR);
    await pass(10 * MINUTE);
    expect(await shown()).toEqual({ targets: ['hv11'], untrusted: [] });
    expect(events.at(-1)).toBe('close hv12');
    // It comes back as soon as the cluster has it again.
    nodes = ['HV11', 'HV12'];
    await pass(2 * MINUTE);
    expect((await shown()).targets).toEqual(['hv11', 'hv12']);
  });

  it('may be any that the cluster has: a new one is read within a minute of being named', async () => {
    (trusted as Set<string>).add('hv14');
    nodes = [...(nodes ?? []), 'HV14'];
    await pass(90 * SECOND);
    expect(await shown()).toEqual({ targets: ['hv11', 'hv12', 'hv14'], untrusted: ['hv13'] });
  });
});
