import { openDiscovery } from '../../../src/fleet/discovery.ts';
import { parseDocument } from '../../../src/document/parse.ts';
import { OperationalError } from '../../../src/errors.ts';
import type { TargetStatus } from '../../../src/metrics/catalogue/collector.ts';
import { createSaves } from '../../../src/state/saves.ts';
import { HOSTILE_TEXTS, mutated, mutateJson, mutateText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { clusterSeeds, type Documents, NOON } from '../seeds.ts';
import { asTarget, collectors, type ShownTarget, viewOf } from '../served.ts';
import { declared, type Surface } from '../surface.ts';

const URLS = [
  '/',
  '/?filter=hv01&page=2',
  '/host?target=hv01',
  '/metrics',
  '/probe?target=hv01',
  '/probe?target=hv03&target=hv01',
  '/-/ready',
  '/api/v1/fleet',
  '/api/v1/targets',
  '/api/v1/placement?vm=vm-0001',
  '/api/v1/explain?target=hv03',
  '/api/v1/vnics?target=hv03&format=csv',
];
const WORDS = ['?', '&', '=', '%', '%00', '%FF', '[]', 'target=', 'vm=', 'hv0', '__proto__', ...HOSTILE_TEXTS];
const HOSTS = [
  'collector.example.net:10182',
  '192.0.2.7',
  '[2001:db8::1]:443',
  'localhost',
  'a:99999',
  'a b',
  '[',
  '%',
];
const STATUSES: readonly TargetStatus[] = ['up', 'up', 'up', 'connecting', 'down', 'untrusted'];
const quiet = { warn() {}, info() {} };

/** A Host header as Node's parser lets it through: without control characters and line breaks */
const hostOf = (random: Random): string =>
  mutated(random.pick(HOSTS), random, 3, (text, by) => mutateText(text, by, WORDS)).replaceAll(
    /[^\t\u0020-\u007e]/g,
    '',
  );

/**
 * The hosts of a cluster as a collector reads them, one of them with damaged documents: failover, placement, differences,
 * nodes that it names, what was said instead of an answer; asked for with any target, VM and Host header.
 */
export function fleet(): Surface {
  const seeds = clusterSeeds();
  const ask = collectors();
  const good = seeds.map((documents) => viewOf(documents.map(parseDocument)));
  return {
    name: 'fleet',
    make(random) {
      const damaged = random.below(seeds.length);
      const documents = mutated(seeds[damaged] ?? [], random, 8, (whole, by) => mutateJson(whole, by) as Documents);
      const list = Array.isArray(documents) ? (documents as readonly unknown[]) : [documents];
      const text = (): string | undefined => (random.chance(0.3) ? random.pick(HOSTILE_TEXTS) : undefined);
      const states = seeds.map((_, index) => ({
        name: `hv0${index + 1}`,
        labels: { cluster: text()?.slice(0, 200) ?? 'a', rack: text()?.slice(0, 200) ?? '7' },
        status: random.pick(STATUSES),
        code: 'connect_failed',
        error: text(),
        lastSuccess: NOON,
      }));
      const url = asTarget(mutated(random.pick(URLS), random, 3, (former, by) => mutateText(former, by, WORDS)));
      const asked = { url: random.chance(0.5) ? random.pick(URLS) : url, headers: { host: hostOf(random) } };
      return {
        input: { damaged, list, states, asked },
        async check() {
          const parsed = await declared([OperationalError], () => list.map(parseDocument));
          if (parsed === undefined) return 'refused';
          const view = viewOf(parsed.result);
          const targets = states.map((state, index): ShownTarget => ({
            state,
            view: index === damaged ? view : good[index],
          }));
          const discovery = await openDiscovery(
            undefined,
            { now: () => NOON, monotonic: () => 0 },
            quiet,
            createSaves(quiet),
          );
          const { cluster } = view.tracked.host;
          if (cluster !== undefined) discovery.observe('a', [{ ...cluster }, ...(cluster.peers ?? [])]);
          const found = discovery
            .nodes()
            .map((node) => ({ ...node, command: `hyperv-sriov-exporter fleet trust ${node.name}` }));
          return (await ask(targets, found, asked)) < 400 ? 'accepted' : 'refused';
        },
      };
    },
  };
}
