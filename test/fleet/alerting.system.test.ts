import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Agent, createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { OperationalError } from '../../src/errors.ts';
import { phaseOf } from '../../src/fleet/shard.ts';
import { allTargets } from '../../src/fleet/targets.ts';
import { createLogger } from '../../src/log.ts';
import { documentOf, MINUTE, SECOND, vm } from '../poll/fakes.ts';
import { type Receiver, startReceiver } from '../support/servers/receiver.ts';
import { pass } from '../support/simulated-time.ts';

const KEY = process.platform === 'win32' ? 'C:\\k' : '/k';
const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } });

interface Sent {
  readonly status: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

let root: string;
let hook: Receiver;
let agent: Agent;
let config: Config;
/** What the read of a target fails with; a target that is not in it is read */
let failing: Map<string, string>;

/** The configuration of these targets, whose port changes nothing but the target. */
function configOf(names: readonly string[], { port = 22, alerting = {} } = {}): Config {
  const file = join(root, 'config.yaml');
  const list = names.map((name) => ({ name, port, labels: { cluster: 'a', site: 'of the target' } }));
  writeFileSync(
    file,
    stringify({
      source: 'targets',
      targets: { defaults: { user: 'u', key_file: KEY, known_hosts_file: KEY }, list },
      storage: { path: join(root, 'state') },
      alerting: {
        enabled: true,
        external_labels: { site: 'of all', team: 'storage' },
        webhook: { url: hook.url },
        ...alerting,
      },
    }),
  );
  return loadConfig({ flags: new Map([['config.file', file]]), environment: {} }).config;
}

async function start(names: readonly string[]): Promise<void> {
  config = configOf(names);
  agent = await createAgent(config, {
    log,
    version: '1.2.3',
    loadConfig: () => config,
    readers: {
      clock: systemClock,
      targets: (from) => allTargets(from, join(root, 'config.yaml'), process.platform),
      connectsWaiting: () => 0,
      open: ({ name }) =>
        Promise.resolve({
          kind: 'ssh',
          clock: systemClock,
          async read(part) {
            const code = failing.get(name);
            if (code !== undefined) throw new OperationalError(code, `${name} is not read`);
            return documentOf(part, part === 'inventory' ? { vm: { rows: [vm('1')] } } : {});
          },
          close: async () => {},
        }),
    },
  });
  agent.start();
}
async function close(): Promise<void> {
  const closed = agent.close();
  await pass(5 * SECOND);
  await closed;
}
/** What the webhook was told about an alert: status and host, in order. */
const told = (name: string): readonly string[] =>
  hook.received
    .map(({ json }) => json as Sent)
    .filter(({ groupLabels }) => groupLabels['alertname'] === name)
    .map(({ status, groupLabels }) => `${status} ${groupLabels['instance']}`);
const alertsOf = async (target: string) =>
  (await agent.server.inject({ url: `/api/v1/alerts?target=${target}` })).json() as {
    enabled: boolean;
    alerts: { name: string; state: string; labels: Record<string, string> }[];
  };
const firing = async (target: string) =>
  (await alertsOf(target)).alerts.filter(({ state }) => state === 'firing').map(({ name }) => name);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'collector alerts '));
  failing = new Map();
  hook = await startReceiver();
  // The time of files is that of the machine.
  vi.useFakeTimers({
    now: Date.now(),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});
afterEach(async () => {
  await close();
  vi.useRealTimers();
  await hook.close();
  rmSync(root, { recursive: true, maxRetries: 5 });
});

describe('a collector with alerting', () => {
  it('notifies of each target that cannot be read, with the labels of the target and its name as instance', async () => {
    failing.set('hv01', 'connect_timeout').set('hv02', 'host_key_changed');
    await start(['hv01', 'hv02', 'hv03']);
    await pass(6 * MINUTE);
    expect(told('SriovTargetUnreachable').toSorted()).toEqual(['firing hv01', 'firing hv02']);
    expect(told('SriovTargetUntrusted')).toEqual(['firing hv02']);
    const sent = hook.received.flatMap(({ json }) => (json as Sent).alerts.map(({ labels }) => labels));
    expect(sent).toContainEqual({
      alertname: 'SriovTargetUnreachable',
      severity: 'warning',
      cluster: 'a',
      site: 'of the target',
      team: 'storage',
      instance: 'hv01',
      source: 'sriov-agent',
    });
    expect(sent.filter(({ instance }) => instance === 'hv03')).toEqual([]);
    expect(await firing('hv01')).toContain('SriovTargetUnreachable');
    expect(await alertsOf('hv03')).toEqual({ enabled: true, alerts: [] });
    // Each is saved at its own second of five minutes.
    for (const name of ['hv01', 'hv02', 'hv03']) {
      const { at } = JSON.parse(readFileSync(join(root, 'state/targets', name, 'alerts.json'), 'utf8')) as {
        at: number;
      };
      expect(at % 300, name).toBe(Math.floor(phaseOf(name) / 1000) % 300);
    }
    const metrics = (await agent.server.inject({ url: '/metrics' })).body;
    expect(metrics).toMatch(/^hyperv_exporter_notifications_sent_total\{alertmanager="[^"]+"\} [1-9]/m);
  });

  it('goes on after a restart and after a change of the target, and notifies nobody a second time', async () => {
    failing.set('hv01', 'connect_timeout');
    await start(['hv01', 'hv02']);
    await pass(6 * MINUTE);
    await close();
    await start(['hv01', 'hv02']);
    await pass(2 * MINUTE);
    config = configOf(['hv01', 'hv02'], { port: 2222 });
    await agent.reload();
    await pass(2 * MINUTE);
    expect(await firing('hv01')).toContain('SriovTargetUnreachable');
    expect(told('SriovTargetUnreachable')).toEqual(['firing hv01']);
    failing.clear();
    await pass(6 * MINUTE);
    expect(told('SriovTargetUnreachable')).toEqual(['firing hv01', 'resolved hv01']);
  }, 90_000);

  it('resolves the alerts of a target that is removed, and of no other; one that comes back waits again', async () => {
    failing.set('hv01', 'connect_timeout').set('hv02', 'connect_timeout');
    await start(['hv01', 'hv02']);
    await pass(6 * MINUTE);
    config = configOf(['hv02']);
    await agent.reload();
    await pass(MINUTE);
    expect(told('SriovTargetUnreachable').slice(2)).toEqual(['resolved hv01']);
    expect(await firing('hv02')).toContain('SriovTargetUnreachable');
    expect(readFileSync(join(root, 'state/targets/hv01/alerts.json'), 'utf8')).not.toContain('"firing"');
    config = configOf(['hv01', 'hv02']);
    await agent.reload();
    await pass(2 * MINUTE);
    expect(await firing('hv01')).toEqual([]);
    await pass(4 * MINUTE);
    expect(told('SriovTargetUnreachable').slice(2)).toEqual(['resolved hv01', 'firing hv01']);
  }, 90_000);

  it('keeps one queue for all targets while the receiver fails, and sends those of all once it is back', async () => {
    failing.set('hv01', 'connect_timeout').set('hv02', 'connect_timeout');
    hook.answer = () => ({ status: 503 });
    await start(['hv01', 'hv02']);
    await pass(6 * MINUTE);
    const { body } = await agent.server.inject({ url: '/metrics' });
    const queued = Number(/^hyperv_exporter_notifications_queue_length (\d+)$/m.exec(body)?.[1]);
    expect(queued).toBeGreaterThanOrEqual(2);
    expect(readFileSync(join(root, 'state/targets/hv01/alerts.json'), 'utf8')).toMatch(/"unsent":\[".*hv01/);
    expect(readFileSync(join(root, 'state/targets/hv01/alerts.json'), 'utf8')).not.toContain('hv02');
    const before = hook.received.length;
    hook.answer = () => ({ status: 200 });
    await pass(2 * MINUTE);
    const now = hook.received.slice(before).map(({ json }) => (json as Sent).groupLabels['instance']);
    expect(new Set(now)).toEqual(new Set(['hv01', 'hv02']));
  });
});

it('the configuration of a collector needs no instance and refuses one', async () => {
  await start(['hv01']);
  expect(() => configOf(['hv01'], { alerting: { external_labels: { instance: 'hv01' } } })).toThrow(
    'alerting.external_labels.instance: is set by the collector: the name of the target that the alert is about',
  );
});
