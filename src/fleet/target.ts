import { type HttpTarget, httpTargetFaults } from '../collect/http/reader.ts';
import { type SshTarget, targetFaults } from '../collect/ssh/target.ts';
import type { TargetDefaults, WrittenTarget } from '../config/targets.ts';
import { READ_BY } from '../metrics/catalogue/collector.ts';
import { catalogue } from '../metrics/catalogue/index.ts';
import type { Fault } from '../files/yaml.ts';

/** A host that a collector reads, with all defaults filled in. Equal targets are equal as JSON. */
export interface Target {
  /** Label `instance` and `host`, folder of its state, and what `?target=` takes */
  readonly name: string;
  /** Labels for Prometheus to add */
  readonly labels: Readonly<Record<string, string>>;
  /** The configured cluster whose nodes this target tells */
  readonly seedOf?: string;
  readonly from:
    | { readonly kind: 'ssh'; readonly ssh: SshTarget }
    | { readonly kind: 'http'; readonly http: HttpTarget }
    | { readonly kind: 'demo'; readonly number: number };
}

const SSH_PORT = 22;
const OURS = new Set([
  'instance',
  'job',
  'host',
  ...Object.keys(READ_BY),
  ...catalogue.flatMap(({ labels }) => labels),
]);

/** Key of the file for each field of a target */
const KEYS: Readonly<Record<keyof SshTarget, string>> = {
  name: 'name',
  address: 'address',
  port: 'port',
  user: 'user',
  keyFile: 'key_file',
  agent: 'agent',
  knownHostsFiles: 'known_hosts_file',
  jump: 'jump',
};

/** A target with the defaults of its file. */
export function resolveTarget(
  { name, address = name, labels = {}, ...own }: WrittenTarget,
  defaults: TargetDefaults,
): Target {
  const set = { ...defaults, ...own };
  if (set.via === 'http') {
    const { url = '', basic_auth, tls } = set;
    return {
      name,
      labels,
      from: { kind: 'http', http: { name, url: url.replaceAll('{name}', name), basic_auth, tls } },
    };
  }
  const user = set.user ?? '';
  return {
    name,
    labels,
    from: {
      kind: 'ssh',
      ssh: {
        name,
        address,
        port: set.port ?? SSH_PORT,
        user,
        keyFile: set.key_file,
        agent: set.agent,
        knownHostsFiles: set.known_hosts_file === undefined ? [] : [set.known_hosts_file],
        jump: set.jump && { address: set.jump.address, port: set.jump.port ?? SSH_PORT, user: set.jump.user ?? user },
      },
    },
  };
}

/** What is wrong with a target, by the keys that it has in a file. */
export function* targetFaultsOf(target: Target, platform: NodeJS.Platform): Generator<Fault> {
  if (target.from.kind === 'http')
    for (const { key, message } of httpTargetFaults(target.from.http)) yield { keys: [key], message };
  if (target.from.kind === 'ssh')
    for (const { keys, message } of targetFaults(target.from.ssh, platform))
      yield { keys: keys.length > 1 && keys[0] !== 'jump' ? [] : keys.map((key) => KEYS[key]), message };
  for (const label of Object.keys(target.labels))
    if (OURS.has(label) || label.startsWith('__'))
      yield { keys: ['labels', label], message: 'is a label that the collector or Prometheus sets' };
}
