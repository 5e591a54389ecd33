import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { explainSsh } from '../../src/collect/ssh/explain.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { OperationalError } from '../../src/errors.ts';
import { createFleet, type Fleet } from '../../src/fleet/fleet.ts';
import { createGate } from '../../src/fleet/gate.ts';
import type { Target } from '../../src/fleet/target.ts';
import { createLogger } from '../../src/log.ts';
import {
  answer,
  greeting,
  healthy,
  NOON,
  type Observed,
  observed,
  refusing,
  type Remote,
  remoteTarget,
  silent,
  wait,
} from './remotes.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } });
/** Rendering takes turns of the event loop, which cost no simulated time. */
const TURNS = 15;

let fleet: Fleet;
let seen: Observed;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  seen = observed();
});
afterEach(async () => {
  const closed = fleet.close();
  await run(5 * SECOND);
  await closed;
  vi.useRealTimers();
});

async function run(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += SECOND) {
    await vi.advanceTimersByTimeAsync(SECOND);
    for (let count = 0; count < TURNS; count += 1) await turn();
  }
}

/** A fleet of these hosts; a remote is asked for at each connection. */
async function start(remotes: ReadonlyMap<string, () => Remote>): Promise<void> {
  const gate = createGate(config.fleet.connects);
  fleet = createFleet({
    log,
    open: ({ name }) => Promise.resolve(remoteTarget(name, remotes.get(name) ?? healthy, gate.run, seen)),
  });
  const targets = [...remotes.keys()].map((name, number): Target => ({
    name,
    labels: { cluster: `c${number >> 4}` },
    from: { kind: 'demo', number },
  }));
  await fleet.apply(config, targets);
  fleet.start();
}

const stateOf = (name: string) => fleet.hosts.get(name)!.state();

describe('a host that fails in one way after the other', () => {
  const OTHERS = ['hv01', 'hv02'];
  const target = {
    name: 'bad',
    address: 'bad.example.net',
    port: 22,
    user: 'hvsriov',
    keyFile: '/k',
    knownHostsFiles: ['/known_hosts'],
  };
  /** As ssh's process ends, with what it says */
  const ssh = (stderr: string, exitCode = 255): OperationalError =>
    explainSsh(target, '/usr/bin/ssh', {
      ending: `ended with exit code ${exitCode}`,
      exitCode,
      started: true,
      greeted: false,
      stdout: '',
      stderr,
    });
  const ends = (stderr: string, exitCode?: number) => refusing(ssh(stderr, exitCode), 200);
  const KINDS: Readonly<Record<string, Remote>> = {
    host_key_unknown: ends('No ED25519 host key is known for bad.example.net and you have requested strict checking.'),
    host_key_changed: ends('@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @'),
    key_refused: ends('hvsriov@bad.example.net: Permission denied (publickey).'),
    name_unknown: ends('ssh: Could not resolve hostname bad.example.net: Name or service not known'),
    connection_refused: ends('ssh: connect to host bad.example.net port 22: Connection refused'),
    connect_timeout: refusing(ssh('ssh: connect to host bad.example.net port 22: Connection timed out'), 15 * SECOND),
    session_not_served: ends('hyperv-sriov-exporter-session: command not found', 127),
    module_version_mismatch: { ...healthy(), greet: () => Promise.resolve(greeting('0.0.9')) },
    // The connection ends in the middle of an answer.
    link_lost: {
      ...healthy(),
      async ask() {
        await wait(500);
        throw explainSsh(target, '/usr/bin/ssh', {
          ending: 'ended with exit code 255',
          exitCode: 255,
          started: true,
          greeted: true,
          stdout: '@HVSRIOV1 7 ok 9',
          stderr: 'Timeout, server bad.example.net not responding.',
        });
      },
    },
    timeout: { ...healthy(), ask: silent },
    frame_bad_gzip: {
      ...healthy(),
      ask: (id, part) => Promise.resolve(answer(id, part).replace(/(ok \d+ .{40}).{4}/, '$1AAAA')),
    },
    frame_missing: { ...healthy(), ask: () => Promise.resolve('Windows PowerShell\nCopyright (C) Microsoft\n') },
  };

  it.each(['none', ...Object.keys(KINDS)])(
    '%s: its code is known, and no other host is read later than usual',
    async (kind) => {
      let remote: Remote = healthy();
      await start(new Map([['bad', () => remote], ...OTHERS.map((each) => [each, healthy] as const)]));
      await run(2 * MINUTE);
      expect(stateOf('bad').status).toBe('up');
      // Its sessions end, and from now on there is nothing but this.
      remote = KINDS[kind] ?? remote;
      const broken = systemClock.monotonic();
      seen.cut('bad');
      await run(5 * MINUTE);
      const { status, code } = stateOf('bad');
      const untrusted = kind.startsWith('host_key') ? 'untrusted' : 'down';
      expect([status, code]).toEqual(kind === 'none' ? ['up', undefined] : [untrusted, kind]);

      for (const each of OTHERS)
        for (const [part, least] of [
          ['activity', 18],
          ['inventory', 4],
        ] as const) {
          const times = seen.asked
            .filter(({ target: of, part: asked, at }) => of === each && asked === part && at >= broken)
            .map(({ at }) => at);
          expect(times.length, `${each} ${part}`).toBeGreaterThanOrEqual(least);
          const gaps = times.slice(1).map((at, index) => at - times[index]!);
          const late = gaps.filter((gap) => Math.abs(gap - config.poll[part].interval) > SECOND);
          expect(late, `${each} ${part}`).toEqual([]);
        }
      // It comes back by itself: it is tried once a minute, or after the back-off of polls that timed out.
      remote = healthy();
      await run(8 * MINUTE);
      expect(stateOf('bad').status).toBe('up');
    },
  );
});
