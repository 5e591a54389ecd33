import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { explainSsh } from '../../src/collect/ssh/explain.ts';
import type { OperationalError } from '../../src/errors.ts';
import { collectorMetrics } from '../../src/metrics/catalogue/collector.ts';
import { MINUTE, SECOND } from '../poll/fakes.ts';
import {
  answer,
  config,
  greeting,
  healthy,
  refusing,
  type Remote,
  silent,
  type SimulatedFleet,
  simulateFleet,
  wait,
} from './remotes.ts';

let simulated: SimulatedFleet;
beforeEach(() => {
  simulated = simulateFleet();
});
afterEach(() => simulated.end());

const stateOf = (name: string) => simulated.fleet.hosts.get(name)!.state();
/** Samples of a metric of the collector about this host alone. */
const samplesOf = (metric: string, name: string) =>
  collectorMetrics
    .find((each) => each.name === metric)
    ?.samples({ targets: [stateOf(name)], connectsWaiting: 0, clusters: [] });

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
    explainSsh(
      target,
      { executable: '/usr/bin/ssh', trustCommand: 'trust' },
      {
        ending: `ended with exit code ${exitCode}`,
        exitCode,
        started: true,
        greeted: false,
        stdout: '',
        stderr,
      },
    );
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
        throw explainSsh(
          target,
          { executable: '/usr/bin/ssh', trustCommand: 'trust' },
          {
            ending: 'ended with exit code 255',
            exitCode: 255,
            started: true,
            greeted: true,
            stdout: '@HVSRIOV1 7 ok 9',
            stderr: 'Timeout, server bad.example.net not responding.',
          },
        );
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
      await simulated.start(new Map([['bad', () => remote], ...OTHERS.map((each) => [each, healthy] as const)]));
      await simulated.run(2 * MINUTE);
      expect(stateOf('bad').status).toBe('up');
      // Its sessions end, and from now on there is nothing but this.
      remote = KINDS[kind] ?? remote;
      const broken = systemClock.monotonic();
      simulated.seen.cut('bad');
      await simulated.run(5 * MINUTE);
      const { status, code } = stateOf('bad');
      const untrusted = kind.startsWith('host_key') ? 'untrusted' : 'down';
      expect([status, code]).toEqual(kind === 'none' ? ['up', undefined] : [untrusted, kind]);
      expect(samplesOf('hyperv_exporter_target_up', 'bad')).toMatchObject([{ value: kind === 'none' ? 1 : 0 }]);
      expect(samplesOf('hyperv_exporter_target_info', 'bad')).toMatchObject([{ labels: { code: code ?? '' } }]);
      expect(samplesOf('hyperv_exporter_targets', 'bad')).toContainEqual({ labels: { state: status }, value: 1 });

      for (const each of OTHERS)
        for (const [part, least] of [
          ['activity', 18],
          ['inventory', 4],
        ] as const) {
          const times = simulated.seen.asked
            .filter(({ target: of, part: asked, at }) => of === each && asked === part && at >= broken)
            .map(({ at }) => at);
          expect(times.length, `${each} ${part}`).toBeGreaterThanOrEqual(least);
          const gaps = times.slice(1).map((at, index) => at - times[index]!);
          const late = gaps.filter((gap) => Math.abs(gap - config.poll[part].interval) > SECOND);
          expect(late, `${each} ${part}`).toEqual([]);
        }
      // It comes back by itself: it is tried once a minute, or after the back-off of polls that timed out.
      remote = healthy();
      await simulated.run((kind === 'timeout' ? 8 : 2) * MINUTE);
      expect(stateOf('bad').status).toBe('up');
    },
  );
});
