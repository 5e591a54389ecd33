import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Agent, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { windows } from '../../src/document/enumerations.ts';
import type { NodeTrust } from '../../src/fleet/found-targets.ts';
import { createFleet, type Fleet, type TargetReader } from '../../src/fleet/fleet.ts';
import { allTargets } from '../../src/fleet/targets.ts';
import { createLogger } from '../../src/log.ts';
import { documentOf, HOUR, MINUTE, SECOND, vm } from '../poll/fakes.ts';
import { noSaves } from '../support/no-saves.ts';
import { settle } from '../support/settle.ts';
import { pass } from '../support/simulated-time.ts';

const DAY = 24 * HOUR;
const KEY = process.platform === 'win32' ? 'C:\\k' : '/k';
const root = mkdtempSync(join(tmpdir(), 'reload-'));
const file = join(root, 'config.yaml');
const state = join(root, 'state');
afterAll(() => rmSync(root, { recursive: true }));

const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } });
/** The configuration of these targets, with further lines. */
function configOf(names: readonly string[], more = ''): Config {
  const list = names.map((name) => `{ name: ${name}, labels: { cluster: a } }`).join(', ');
  writeFileSync(
    file,
    `source: targets
targets:
  defaults: { user: u, key_file: '${KEY}', known_hosts_file: '${KEY}' }
  list: [${list}]
storage: { path: '${state}' }
${more}`,
  );
  return loadConfig({ flags: new Map([['config.file', file]]), environment: {} }).config;
}
const targetsOf = (config: Config) => allTargets(config, file, process.platform);
const VM = { ...vm('00000000-0000-4000-8000-000000000001'), name: 'web-1' };
let vmState: number;
const open = (): Promise<TargetReader> =>
  Promise.resolve({
    kind: 'ssh',
    clock: systemClock,
    read: async (part) => documentOf(part, part === 'inventory' ? { vm: { rows: [{ ...VM, state: vmState }] } } : {}),
    close: async () => {},
  });

beforeEach(() => {
  rmSync(state, { recursive: true, force: true });
  vmState = windows.VMState.Running;
  // The time of files is that of the machine.
  vi.useFakeTimers({
    now: Date.now(),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});
afterEach(() => void vi.useRealTimers());

describe('a target that a reload removes', () => {
  let agent: Agent;
  let config: Config;
  async function start(names: readonly string[], trust?: NodeTrust): Promise<void> {
    config = configOf(names);
    agent = await createAgent(config, {
      log,
      version: '1.2.3',
      loadConfig: () => config,
      readers: { clock: systemClock, targets: targetsOf, connectsWaiting: () => 0, open, trust },
    });
    agent.start();
    await pass(20 * SECOND);
  }
  async function close(): Promise<void> {
    const closed = agent.close();
    await pass(5 * SECOND);
    await closed;
  }
  afterEach(close);
  const get = async (url: string) => agent.server.inject({ url });
  const seriesOf = async (name: string): Promise<readonly string[]> =>
    (await get('/metrics')).body.split('\n').filter((line) => line.includes(`target="${name}"`));
  const folders = (): readonly string[] => readdirSync(join(state, 'targets')).toSorted();

  it('has no series, no probe and no place in service discovery any more; the others stay', async () => {
    await start(['hv01', 'hv02']);
    expect((await seriesOf('hv02')).length).toBeGreaterThan(2);
    expect((await get('/probe?target=hv02')).body).toContain(
      'hyperv_exporter_collector_success{collector="inventory"} 1',
    );
    expect((await get('/metrics')).body).toMatch(/^hyperv_exporter_targets\{state="up"\} 2$/m);
    config = configOf(['hv01']);
    await agent.reload();
    // An answer is kept for a few seconds.
    await pass(5 * SECOND);
    expect(await seriesOf('hv02')).toEqual([]);
    expect((await get('/probe?target=hv02')).statusCode).toBe(404);
    expect((await get('/api/v1/host?target=hv02')).statusCode).toBe(404);
    expect((await get('/host?target=hv02')).statusCode).toBe(404);
    expect((await get('/api/v1/targets')).json()).toHaveLength(1);
    expect((await get('/api/v1/fleet')).json().targets).toHaveLength(1);
    expect((await get('/metrics')).body).toMatch(/^hyperv_exporter_targets\{state="up"\} 1$/m);
    expect((await seriesOf('hv01')).length).toBeGreaterThan(2);
    expect((await get('/probe?target=hv01')).body).toContain(
      'hyperv_exporter_collector_success{collector="inventory"} 1',
    );
  });

  it('has the events of before when it is listed again', async () => {
    await start(['hv01', 'hv02']);
    vmState = windows.VMState.Off;
    await pass(2 * MINUTE);
    const events = async (): Promise<string> => (await get('/api/v1/events?target=hv02')).body;
    expect(await events()).toContain('`web-1` went from running to off');
    config = configOf(['hv01']);
    await agent.reload();
    config = configOf(['hv01', 'hv02']);
    await agent.reload();
    await pass(20 * SECOND);
    expect(await events()).toContain('`web-1` went from running to off');
  });

  it('is the one that the last configuration lacks, though keys of found nodes are still looked up for the one before', async () => {
    let lookUp: Promise<void> | undefined;
    const node = {
      cluster: 'a',
      name: 'n1',
      lastSeen: 0,
      target: { name: 'n1', labels: {}, from: { kind: 'demo', number: 1 } },
    } as const;
    await start(['hv01'], {
      wanted: () => [node],
      command: String,
      async isTrusted() {
        await lookUp;
        return false;
      },
    });
    let end: () => void = () => undefined;
    lookUp = new Promise((resolve) => (end = resolve));
    config = configOf(['hv01', 'hv02']);
    const first = agent.reload();
    await settle();
    // Later ones are quick.
    lookUp = undefined;
    config = configOf(['hv01', 'hv03']);
    const second = agent.reload();
    await settle();
    end();
    await Promise.all([first, second]);
    expect((await get('/api/v1/targets')).body).toContain('hv03');
    expect((await get('/api/v1/targets')).body).not.toContain('hv02');
  });

  it('leaves its folder, with its history, for 30 days', async () => {
    await start(['hv01', 'hv02']);
    config = configOf(['hv01']);
    await agent.reload();
    expect(folders()).toEqual(['hv01', 'hv02']);
    expect(existsSync(join(state, 'targets', 'hv02', 'history.json'))).toBe(true);
    // A start looks for folders to delete, and so does a collector that runs, every six hours.
    await close();
    vi.setSystemTime(Date.now() + 29 * DAY);
    await start(['hv01']);
    expect(folders()).toEqual(['hv01', 'hv02']);
    vi.setSystemTime(Date.now() + 2 * DAY);
    await vi.advanceTimersByTimeAsync(6 * HOUR);
    await vi.waitFor(() => expect(folders()).toEqual(['hv01']), 60_000);
  });
});

describe('a reload', () => {
  const NAMES = ['hv01', 'hv02', 'hv03'];
  /** How often each target was rendered */
  let renders: Record<string, number>;
  let fleet: Fleet;
  let config: Config;
  beforeEach(async () => {
    renders = {};
    config = configOf(NAMES);
    fleet = createFleet({
      thresholds: defaultThresholds,
      log,
      saves: noSaves,
      open,
      onView: ({ name }) => void (renders[name] = (renders[name] ?? 0) + 1),
    });
    await fleet.apply(config, targetsOf(config));
    fleet.start();
    await pass(MINUTE);
  });
  afterEach(async () => {
    const closed = fleet.close();
    await pass(5 * SECOND);
    await closed;
  });

  /** Renders of each target that a reload with this configuration makes; no simulated time passes, so no poll does. */
  async function rendersOf(next: Config): Promise<Readonly<Record<string, number>>> {
    const before = { ...renders };
    await fleet.apply(next, targetsOf(next));
    for (const { host } of fleet.hosts.values()) host.reload(next);
    await settle();
    return Object.fromEntries(
      Object.entries(renders).flatMap(([name, times]) => {
        const made = times - (before[name] ?? 0);
        return made === 0 ? [] : [[name, made]];
      }),
    );
  }

  it('renders nothing where the configuration is the same, or only what does not change what is shown', async () => {
    expect(Object.keys(renders)).toEqual(NAMES);
    expect(await rendersOf(config)).toEqual({});
    expect(await rendersOf(configOf(NAMES, 'log: { level: debug }\n'))).toEqual({});
    expect(await rendersOf(configOf(NAMES, 'fleet: { connects: 4 }\n'))).toEqual({});
  });

  it('renders a target that is new, and no other', async () => {
    const made = await rendersOf(configOf([...NAMES, 'hv04']));
    expect(Object.keys(made)).toEqual(['hv04']);
    expect(await rendersOf(configOf(NAMES))).toEqual({});
  });

  it.each([
    ['a filter of VMs', 'vm: { exclude: "test*" }\n'],
    ['a filter of NICs', 'nic: { exclude: "x*" }\n'],
    ['expect_vf', 'expect_vf: [{ vm: "test*", expect: false }]\n'],
  ])('renders each target once where %s changed', async (_what, more) => {
    const once = Object.fromEntries(NAMES.map((name) => [name, 1]));
    expect(await rendersOf(configOf(NAMES, more))).toEqual(once);
    expect(await rendersOf(configOf(NAMES, more))).toEqual({});
    expect(await rendersOf(configOf(NAMES))).toEqual(once);
  });
});
