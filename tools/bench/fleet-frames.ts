import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../src/clock.ts';
import type { Gate, HostReader } from '../../src/collect/host-reader.ts';
import { frameInSteps, PROTOCOL } from '../../src/collect/powershell/frame.ts';
import { SERVED_PLANS } from '../../src/collect/powershell/module-reader.ts';
import type { Config } from '../../src/config/schema.ts';
import { byPart, type Part, PARTS } from '../../src/document/document.ts';
import { hashmod } from '../../src/fleet/shard.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { inSlices } from '../../src/turn.ts';

/** The frames that hosts send, one after the other, for each part. */
export interface RecordedHosts {
  /** Unix milliseconds of the first poll */
  readonly startedAt: number;
  readonly hosts: readonly Readonly<Record<Part, readonly string[]>>[];
}

/** How many different hosts there are; a fleet of more has each several times. */
const DIFFERENT = 16;
/** What a host answers in this time is recorded; after that it begins again. */
const RECORDED_MS = 600_000;
/** How long a host takes to answer, and to let a session in */
const ANSWER_MS = 200;
const CONNECT_MS = 300;

/** Names of the hosts that the first of so many shards reads. */
export const namesOf = (count: number, shards: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `hv${String(index + 1).padStart(4, '0')}`).filter(
    (name) => hashmod(name, shards) === 0,
  );

/** Frames as a host's PowerShell sends them: healthy simulated hosts, polled at the intervals of the configuration. */
export async function recordHosts({ poll }: Config): Promise<RecordedHosts> {
  const startedAt = Date.now();
  const hosts = [];
  for (let seed = 1; seed <= DIFFERENT; seed += 1) {
    const frames: Record<Part, string[]> = byPart(() => []);
    for (const part of PARTS)
      for (let at = 0; at < RECORDED_MS; at += poll[part].interval) {
        const clock: Clock = { now: () => startedAt + at, monotonic: () => at };
        const reader = createDemoReader({ seed, scenario: 'healthy', profile: 'x520', clock, startedAt });
        const document = await reader.read(part, new AbortController().signal);
        const base64 = gzipSync(JSON.stringify(document)).toString('base64');
        frames[part].push(`@HVSRIOV${PROTOCOL} 1 ok ${base64.length} ${base64}@END`);
      }
    hosts.push(frames);
  }
  return { startedAt, hosts };
}

/** A host that answers with its recorded frames. What a session would cost in processes is not in it. */
export function frameReader(recorded: RecordedHosts, number: number, clock: Clock, gate: Gate): HostReader {
  const frames = recorded.hosts[number % recorded.hosts.length];
  if (frames === undefined) throw new Error('no host was recorded');
  const asked: Record<Part, number> = { ...byPart(() => 0) };
  const sessions = SERVED_PLANS.map(({ parts }) => ({ parts, connected: undefined as Promise<void> | undefined }));
  return {
    kind: 'ssh',
    clock,
    async start(part) {
      const session = sessions.find(({ parts }) => parts.includes(part));
      if (session !== undefined) await (session.connected ??= gate(() => sleep(CONNECT_MS)));
    },
    async read(part) {
      await sleep(ANSWER_MS);
      const list = frames[part];
      const turn = asked[part];
      asked[part] += 1;
      return inSlices(frameInSteps(list[turn % list.length] ?? '', 1));
    },
    close: () => Promise.resolve(),
  };
}
