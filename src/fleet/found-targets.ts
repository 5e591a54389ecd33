import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { errorText } from '../errors.ts';
import { createRepeater, type Logger } from '../log.ts';
import type { Saves } from '../state/saves.ts';
import type { View } from '../metrics/define.ts';
import { type FoundNode, type FoundTarget, openDiscovery } from './discovery.ts';
import { createGate } from './gate.ts';
import type { Target } from './target.ts';
import { MAX_TARGETS } from './targets.ts';

/** Each look-up starts a program; there may be hundreds of nodes. */
const LOOK_UPS = 4;

/** How found nodes become targets. */
export interface NodeTrust {
  /** The nodes that the configuration wants, without those that it lists */
  wanted(config: Config, nodes: readonly FoundNode[]): readonly FoundTarget[];
  /** Whether the host key of a target is known; rejects where that cannot be told */
  readonly isTrusted: (target: Target) => Promise<boolean>;
  /** The command that prints the host key of a target, for a shell of this system */
  readonly command: (name: string) => string;
}

/** A found node whose host key is not known. */
export interface UntrustedNode extends FoundTarget {
  /** Prints its host key */
  readonly command: string;
}

/** Cluster nodes on their way to being targets. */
export interface FoundTargets {
  /** Takes what a target says of its cluster, if it is a seed. @returns whether the list of nodes changed */
  observe(target: Target, view: View): boolean;
  /**
   * The nodes that are wanted and whose host key is known, as targets.
   * @param others how many other targets there are; all together are no more than one collector reads
   */
  targets(config: Config, others: number): Promise<readonly Target[]>;
  /** Of the last call of `targets`: nodes whose host key is not known, each with the command that prints it */
  untrusted(): readonly UntrustedNode[];
  /** Saves the nodes. Never rejects. */
  close(): Promise<void>;
}

/**
 * @param config names the folder in which found nodes are kept
 * @param trust absent where no cluster can be configured
 */
export async function openFoundTargets(
  config: Config,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  trust: NodeTrust | undefined,
  log: Logger,
  saves: Pick<Saves, 'run'>,
): Promise<FoundTargets> {
  const discovery = await openDiscovery(config.storage.path, clock, log, saves);
  const repeater = createRepeater(log);
  let untrusted: readonly UntrustedNode[] = [];
  let trustedNames: ReadonlySet<string> = new Set();

  /** Sorts nodes by trust; while it cannot be told, as it was. */
  async function lookUp(wanted: readonly FoundTarget[], { isTrusted }: Pick<NodeTrust, 'isTrusted'>): Promise<void> {
    try {
      const gate = createGate(LOOK_UPS);
      const known = await Promise.all(wanted.map(({ target }) => gate.run(() => isTrusted(target))));
      trustedNames = new Set(wanted.flatMap(({ name }, index) => (known[index] === true ? [name] : [])));
      repeater.ended('trust', {}, 'host keys of found cluster nodes can be looked up again');
    } catch (error) {
      repeater.failed('trust', { error: errorText(error) }, 'host keys of found cluster nodes cannot be looked up');
    }
  }

  return {
    observe({ seedOf }, { tracked: { host } }) {
      if (seedOf === undefined || host.cluster === undefined) return false;
      const { name, state, peers = [] } = host.cluster;
      return discovery.observe(seedOf, [{ name, state }, ...peers]);
    },
    async targets(next, others) {
      if (trust === undefined) return [];
      const wanted = trust.wanted(next, discovery.nodes());
      await lookUp(wanted, trust);
      untrusted = wanted
        .filter(({ name }) => !trustedNames.has(name))
        .map((node) => ({ ...node, command: trust.command(node.name) }));
      const trusted = wanted.flatMap(({ name, target }) => (trustedNames.has(name) ? [target] : []));
      const room = Math.max(0, MAX_TARGETS - others);
      if (trusted.length > room)
        repeater.failed(
          'room',
          { nodes: trusted.length, room },
          'more cluster nodes are found than one collector reads: see fleet.shard',
        );
      return trusted.slice(0, room);
    },
    untrusted: () => untrusted,
    close: () => discovery.save(),
  };
}
