import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as realSleep } from 'node:timers/promises';
import { getHeapCodeStatistics, writeHeapSnapshot } from 'node:v8';
import { type Allocator, openAllocator } from './allocator.ts';
import { type DelayWatch, watchDelay } from './delay.ts';
import { FAULTS, type Fault } from './faults.ts';
import { growth, type Held } from './growth.ts';
import { allowedGrowth, heapGrowth, readHeapSnapshot } from './heap.ts';
import { openSoakHost, type SoakHost } from './host.ts';
import { Metrics } from './metrics.ts';
import { VirtualTime } from './virtual-time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const SCRAPE = 15 * SECOND;
/** Time for the host to settle before the first fault, and between faults */
const SETTLE = 15 * MINUTE;
const QUIET = 3 * MINUTE;
const MAX_UNSEEN = 10 * MINUTE;
const MAX_POLLS = 2;
/** How long after the day the heap is compared with what it was at the end of the day */
const COMPARED_HOURS = 2;
const HOUR = 60 * MINUTE;
/** Looks at resident memory: how many that show no less by so many bytes, and how long apart, real milliseconds */
const SAME_LOOKS = 10;
const PAGES = 256 * 1024;
const LOOK_MS = 20;
interface Seen {
  readonly fault: Fault;
  /** Virtual seconds from its begin until the metric showed it */
  readonly seenAfter: number;
  /** Polls of its part that began after its end and had ended when the metric was well again */
  readonly polls: number;
}

/**
 * A day of an agent in virtual time: the real code from the shells' output to the answers of its server, with a scrape each
 * 15 s, and every fault again and again; each once if `quick`.
 * @param leak bytes that each poll leaves behind, to see that the run then fails
 * @returns what did not hold
 */
export async function day(quick: boolean, hours: number, leak: number): Promise<readonly string[]> {
  const time = new VirtualTime(Date.UTC(2026, 4, 4));
  const delay = watchDelay();
  const allocator = openAllocator();
  time.install();
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  const failures: string[] = [];
  const host = await openSoakHost(time, folder, leak);
  const started = time.real();
  try {
    const scrape = async (): Promise<Metrics> => {
      await host.pass(SCRAPE);
      const text = await host.scrape();
      return new Metrics(`\n${text}`);
    };
    const run = async (ms: number): Promise<Metrics> => {
      let last = await scrape();
      for (const end = time.elapsed + ms - SCRAPE; time.elapsed < end;) last = await scrape();
      for (const path of ['/', '/api/v1/explain', '/api/v1/vnics'])
        if ((await host.ask(path)).status !== 200) failures.push(`${path} was not answered`);
      return last;
    };

    const held: Held[] = [];
    console.log(HEADER);
    const seen: Seen[] = [];
    let before = await run(SETTLE);
    if (!before.success('inventory')) throw new Error('the host was not read');
    let expected = (await eventsOf(host)).length;
    const endureNext = async (index: number): Promise<void> => {
      const fault = FAULTS[index % FAULTS.length] as Fault;
      const result = await endure(fault, host, before, scrape);
      if (typeof result === 'string') failures.push(`${fault.name}: ${result}`);
      else {
        seen.push(result);
        if (result.polls > MAX_POLLS) failures.push(`${fault.name}: well again after ${result.polls} polls`);
      }
      before = await run(QUIET);
      const events = await eventsOf(host);
      if (fault.withEvents !== true && events.length !== expected)
        failures.push(`${fault.name}: ${events.length - expected} events that nothing caused, ${events.at(-1)}`);
      if (fault.withEvents === true && events.length < expected + 2) failures.push(`${fault.name}: events were lost`);
      expected = events.length;
    };

    let index = 0;
    for (; quick ? index < FAULTS.length : time.elapsed < hours * HOUR; index += 1) {
      await endureNext(index);
      if (!quick && index % 3 !== 0) continue;
      const reading = await hold(host, delay, allocator, time);
      held.push(reading);
      console.log(row(reading));
    }
    if (!quick) {
      // After the readings: a snapshot takes memory that the process does not give back.
      const snapshot = async (name: string): Promise<string> => {
        await collect();
        return writeHeapSnapshot(join(folder, name));
      };
      const polls = host.pollsEnded();
      const first = await snapshot('first.heapsnapshot');
      for (const end = time.elapsed + COMPARED_HOURS * HOUR; time.elapsed < end; index += 1) await endureNext(index);
      const last = await snapshot('last.heapsnapshot');
      const more = host.pollsEnded() - polls;
      const grown = heapGrowth(readHeapSnapshot(first), readHeapSnapshot(last));
      console.log(
        `data on the heap: ${grown.bytes} bytes more after ${more} more polls; most of ${grown.of.join('; ')}`,
      );
      const allowed = allowedGrowth(more);
      if (grown.bytes > allowed)
        failures.push(`the data on the heap grew by ${grown.bytes} bytes in ${more} polls, ${grown.of[0]}`);
    }
    const alerts = host.received.filter((each) => each.endsWith(' firing'));
    if (alerts.length > 0) failures.push(`alerts that nothing caused: ${[...new Set(alerts)].join(', ')}`);

    // The same eyes on something real: without this, silence would prove nothing.
    host.tell({ scenario: 'guest-driver-missing', startedAt: time.now - 3_600_000 });
    await run(30 * MINUTE);
    const found = (await eventsOf(host)).slice(expected).filter((event) => event.includes('"before":"vf"'));
    if (found.length === 0) failures.push('a vNIC that left its VF is not among the events');
    if (!host.received.some((each) => each === 'SriovVfNotUsedByGuest firing'))
      failures.push(`a vNIC that left its VF was not alerted, only ${[...new Set(host.received)].join(', ')}`);
    failures.push(...lost(await eventsOf(host), host.folder));

    report(seen, time.elapsed / HOUR, (time.real() - started) / 1000, host.slowestScrape());
    return [...failures, ...growth(held)];
  } finally {
    delay.close();
    host.diskFull(false);
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Begins a fault, waits until the metrics show it, ends it, and waits until they are well again. */
async function endure(
  fault: Fault,
  host: SoakHost,
  before: Metrics,
  scrape: () => Promise<Metrics>,
): Promise<Seen | string> {
  const begun = host.time.elapsed;
  const shown = async (holds: (metrics: Metrics) => boolean): Promise<Metrics | undefined> => {
    for (const end = host.time.elapsed + MAX_UNSEEN; host.time.elapsed < end;) {
      const metrics = await scrape();
      if (holds(metrics)) return metrics;
    }
    return undefined;
  };
  await fault.begin(host);
  const during = await shown((metrics) => fault.seen(metrics, before, host));
  const seenAfter = (host.time.elapsed - begun) / SECOND;
  await fault.end(host);
  const { begun: begunBefore } = host.polls(fault.part);
  if (during === undefined) return `not seen in ${fault.metric}`;
  const after = await shown((metrics) => fault.over(metrics, before, host));
  if (after === undefined) return `${fault.metric} is not well again`;
  return { fault, seenAfter, polls: Math.max(0, host.polls(fault.part).ended - begunBefore) };
}

const eventsOf = async (host: SoakHost): Promise<readonly string[]> => {
  const { body } = await host.ask('/api/v1/events?limit=10000');
  return (JSON.parse(body) as { events: unknown[] }).events.map((event) => JSON.stringify(event));
};

/** Events that were shown and are not in the journal on disk. */
function lost(events: readonly string[], folder: string): readonly string[] {
  const onDisk = new Set(
    readFileSync(join(folder, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { at, subject } = JSON.parse(line) as { at: number; subject: string };
        return `${at} ${subject}`;
      }),
  );
  const missing = events.filter((event) => {
    const { at, subject } = JSON.parse(event) as { at: string; subject: string };
    return !onDisk.has(`${Date.parse(at)} ${subject}`);
  });
  return missing.length === 0 ? [] : [`${missing.length} events are not in the journal on disk, ${missing[0]}`];
}

/** Twice: the second collects what the first has left to be finalised, such as streams and weak references. */
async function collect(): Promise<void> {
  for (let collection = 0; collection < 2; collection += 1) {
    globalThis.gc?.();
    await turn();
  }
}

/** V8 gives pages back in a thread of its own: the least until it has not been less for some time, real milliseconds. */
async function leastResident(): Promise<number> {
  let least = process.memoryUsage.rss();
  for (let same = 0; same < SAME_LOOKS; same += 1) {
    await realSleep(LOOK_MS);
    const now = process.memoryUsage.rss();
    if (now < least - PAGES) same = 0;
    least = Math.min(least, now);
  }
  return least;
}

async function hold(host: SoakHost, delay: DelayWatch, allocator: Allocator, time: VirtualTime): Promise<Held> {
  const delayP99Ms = delay.p99();
  await collect();
  allocator.trim();
  const residentBytes = await leastResident();
  const { heapUsed } = process.memoryUsage();
  const code = getHeapCodeStatistics();
  return {
    hours: time.elapsed / HOUR,
    residentBytes,
    nativeBytes: allocator.inUse(),
    heapBytes: heapUsed,
    codeBytes: code.code_and_metadata_size + code.bytecode_and_metadata_size,
    descriptors: readdirSync('/proc/self/fd').length,
    children: host.children(),
    delayP99Ms,
  };
}

const HEADER =
  'hours  resident MB  native MB  heap MB  code MB  descriptors  children  event loop delay p99, ms of CPU';

const row = (each: Held): string =>
  [
    each.hours.toFixed(1).padStart(5),
    ...[each.residentBytes, each.nativeBytes, each.heapBytes, each.codeBytes].map((bytes, column) =>
      (bytes / 1e6).toFixed(1).padStart([12, 10, 8, 8][column] ?? 0),
    ),
    String(each.descriptors).padStart(12),
    String(each.children).padStart(9),
    each.delayP99Ms.toFixed(1).padStart(10),
  ].join(' ');

function report(seen: readonly Seen[], hours: number, seconds: number, slowest: number): void {
  const { user, system } = process.cpuUsage();
  const cpu = Math.round((user + system) / 1e6);
  console.log(
    `${hours.toFixed(1)} hours in ${Math.round(seconds)} s (${cpu} s of CPU without the shells); slowest scrape ${Math.round(slowest * 1000)} ms`,
  );
  console.log(`${'fault'.padEnd(40)} times  seen after, s  well after polls  metric`);
  for (const fault of FAULTS) {
    const own = seen.filter((each) => each.fault === fault);
    const most = (of: (each: Seen) => number) => Math.max(...own.map(of));
    const cells = [
      fault.name.padEnd(40),
      String(own.length).padStart(5),
      String(most(({ seenAfter }) => seenAfter)).padStart(14),
      String(most(({ polls }) => polls)).padStart(17),
    ];
    console.log(`${cells.join(' ')}  ${fault.metric}`);
  }
}
