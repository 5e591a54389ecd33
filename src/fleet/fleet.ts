import { join } from 'node:path';
import type { HostReader } from '../collect/host-reader.ts';
import type { LinkState } from '../collect/ssh/reader.ts';
import type { Thresholds } from '../alerting/thresholds.ts';
import type { Config } from '../config/schema.ts';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { MetricFamily, View } from '../metrics/define.ts';
import type { TargetState, TargetStatus } from '../metrics/catalogue/collector.ts';
import { type MonitoredHost, openMonitoredHost } from '../monitored-host.ts';
import type { OwnAlerting } from '../own-alerting.ts';
import type { PollOutcome } from '../poll/store.ts';
import { createGate } from './gate.ts';
import { targetsFolder } from './folders.ts';
import { phaseOf } from './shard.ts';
import type { Saves } from '../state/saves.ts';
import { nextTurn } from '../turn.ts';
import type { Target } from './target.ts';

/** The reader of a target; over SSH it says how the connection goes. */
export type TargetReader = HostReader & { link?(): LinkState };

export interface FleetHost {
  readonly target: Target;
  readonly host: MonitoredHost;
  state(): TargetState;
}

/** The hosts that a collector reads, by name: started, replaced and ended as the list of targets changes. */
export interface Fleet {
  readonly hosts: ReadonlyMap<string, FleetHost>;
  /**
   * Takes over a list of targets: new ones are opened, those that are not in it are ended and their alerts resolved,
   * changed ones are replaced and keep their history and alerts. Rejects, with the former list in force, where one cannot be opened.
   */
  apply(config: Config, targets: readonly Target[]): Promise<void>;
  /** Starts polling; hosts that come later are started as they come. */
  start(): void;
  /** Ends all hosts. Never rejects. */
  close(): Promise<void>;
}

export interface FleetOptions {
  /** Opens a reader, which connects to nothing before its first read. */
  readonly open: (target: Target, config: Config) => Promise<TargetReader>;
  readonly log: Logger;
  /** Where saves that fail are reported */
  readonly saves: Saves;
  readonly thresholds: Thresholds;
  /** Evaluates the alerts of the targets; absent if that is off */
  readonly alerting?:
    | {
        readonly own: OwnAlerting;
        /** The metrics of the collector about one target */
        readonly familiesOf: (state: TargetState) => Promise<readonly MetricFamily[]>;
      }
    | undefined;
  /** Called with each new view of a target. */
  readonly onView?: ((target: Target, view: View) => void) | undefined;
}

/** What is kept of the last poll: its document would take megabytes of each host */
type LastPoll = Pick<PollOutcome, 'result' | 'cause'>;

/** Errors about a host key: nothing but a person's decision ends them. */
const UNTRUSTED = /^host_key_/;

/** Opens, replaces and closes the hosts that a collector reads. `open` makes a target's reader; `onView` is called with each new view of a target. */
export function createFleet({ open, log, saves, onView, thresholds, alerting }: FleetOptions): Fleet {
  const hosts = new Map<string, FleetHost>();
  /** What a render allocates is garbage at its end: with several at the same time the collector of it would take half of the CPU. */
  const renders = createGate(1);
  let started = false;
  let last: Promise<unknown> = Promise.resolve();

  async function openHost(config: Config, target: Target, reader: TargetReader): Promise<FleetHost> {
    let inventory: LastPoll | undefined;
    const state = (): TargetState => stateOf(target, host, reader, inventory);
    const host: MonitoredHost = await openMonitoredHost(config, {
      reader,
      log: log.child({ target: target.name }),
      folder: config.storage.path && join(targetsFolder(config.storage.path), target.name),
      processMetrics: undefined,
      saves,
      thresholds,
      alerting: alerting?.own,
      target: alerting && {
        labels: { ...target.labels, instance: target.name },
        families: () => alerting.familiesOf(state()),
      },
      name: target.name,
      phaseMs: phaseOf(target.name),
      renderGate: renders.run,
      onPoll(part, { result, cause }) {
        if (part === 'inventory') inventory = { result, cause };
      },
      onView: (view) => onView?.(target, view),
    });
    return { target, host, state };
  }

  async function change(config: Config, targets: readonly Target[]): Promise<void> {
    const wanted = new Map(targets.map((target) => [target.name, target]));
    const isSame = (target: Target): boolean =>
      JSON.stringify(hosts.get(target.name)?.target) === JSON.stringify(target);
    const readers: (readonly [Target, TargetReader])[] = [];
    try {
      for (const target of targets) if (!isSame(target)) readers.push([target, await open(target, config)]);
    } catch (error) {
      await Promise.all(readers.map(([, reader]) => reader.close()));
      throw error;
    }
    const replaced = new Set(readers.map(([{ name }]) => name));
    const ending = [...hosts].filter(([name]) => !wanted.has(name) || replaced.has(name));
    // A folder has one host at a time: what is replaced saves its history first.
    await Promise.all(ending.map(([name, { host }]) => host.close(wanted.has(name) ? 'replaced' : 'removed')));
    for (const [name] of ending) hosts.delete(name);
    for (const [target, reader] of readers) {
      const opened = await openHost(config, target, reader);
      hosts.set(target.name, opened);
      if (started) opened.host.start();
    }
    if (started && (replaced.size > 0 || ending.length > 0))
      log.info({ targets: hosts.size, opened: replaced.size, ended: ending.length }, 'list of targets changed');
  }

  return {
    hosts,
    apply(config, targets) {
      const next = last.then(() => change(config, targets));
      last = next.catch(() => undefined);
      return next;
    },
    start() {
      started = true;
      void startInTurns([...hosts.values()]);
    },
    async close() {
      await last;
      await Promise.all([...hosts.values()].map(({ host }) => host.close('stopped')));
    },
  };
}

/** One host in each turn of the event loop: the schedules of 256 hosts take hundreds of milliseconds. */
async function startInTurns(hosts: readonly FleetHost[]): Promise<void> {
  for (const { host } of hosts) {
    host.start();
    await nextTurn();
  }
}

function stateOf(
  target: Target,
  host: MonitoredHost,
  reader: TargetReader,
  inventory: LastPoll | undefined,
): TargetState {
  const part = host.polled('inventory');
  const link = reader.link?.();
  const fault = part.success ? undefined : (link?.error ?? inventory?.cause);
  const code = fault instanceof OperationalError ? fault.code : inventory?.result;
  return {
    name: target.name,
    labels: target.labels,
    status: statusOf(part, inventory, code),
    ...(part.success || inventory === undefined
      ? {}
      : { code, error: fault instanceof Error ? fault.message : part.error }),
    ...(part.lastSuccess === undefined ? {} : { lastSuccess: part.lastSuccess }),
    ...(link === undefined ? {} : { connects: link.connects, bytes: link.bytes, restarts: link.restarts }),
  };
}

function statusOf(
  { success }: { readonly success: boolean },
  inventory: LastPoll | undefined,
  code: string | undefined,
): TargetStatus {
  if (success) return 'up';
  if (code !== undefined && UNTRUSTED.test(code)) return 'untrusted';
  return inventory === undefined || inventory.result === 'starting' ? 'connecting' : 'down';
}
