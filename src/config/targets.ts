import { z } from 'zod';
import { path, section, setting, tlsClient } from './fields.ts';

/** Prometheus' own bound is the name alone; what may not be set here is checked where all metrics are known. */
const labelName = () => z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is not a label name');
const MAX_LABELS = 32;

const jump = z.strictObject({
  address: z.string(),
  port: z.number().int().min(1).max(65_535).optional(),
  user: z.string().optional(),
});

/** What holds for all targets of a file unless a target says otherwise. */
const connection = {
  user: z.string().optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  key_file: path('configuration').optional(),
  agent: path().optional(),
  known_hosts_file: path('configuration').optional(),
  jump: jump.optional(),
  via: z.enum(['ssh', 'http']).optional(),
  url: z.string().min(1).optional(),
  basic_auth: z.strictObject({ username: z.string().min(1), password_file: path('configuration') }).optional(),
  tls: z.strictObject(tlsClient()).optional(),
};

/** Names, labels and connection of a target */
const labels = () =>
  z
    .record(labelName(), z.string().max(200))
    .refine((given) => Object.keys(given).length <= MAX_LABELS, `must hold at most ${MAX_LABELS} labels`)
    .optional();

/** A failover cluster whose nodes become targets as they are found. */
const cluster = z.strictObject({
  name: z.string().min(1).max(200),
  seeds: z.array(z.string().min(1)).min(1),
  address: z
    .string()
    .regex(/^[^{}]*\{node\}[^{}]*$/, 'must hold {node} once, such as {node}.example.net')
    .prefault('{node}'),
  only: z.string().min(1).max(200).prefault('*'),
  labels: labels(),
  ...connection,
});
export type WrittenCluster = z.output<typeof cluster>;

const target = z.strictObject({
  name: z.string(),
  address: z.string().optional(),
  labels: labels(),
  ...connection,
});
export type WrittenTarget = z.output<typeof target>;

const defaults = z.strictObject(connection);
export type TargetDefaults = z.output<typeof defaults>;

/** A file with targets: the same as the section `targets`, without files. */
export const targetsFileSchema = z.strictObject({ defaults: defaults.prefault({}), list: z.array(target) });

/** The hosts that a collector reads. */
export const targetsSection = section({
  defaults: setting(defaults.prefault({}), {
    doc: 'What holds for every target of `targets.list` that does not set it: `user`, `port`, `key_file`, `agent`, `known_hosts_file`, `jump`; `via`, `url` (with `{name}` in it), `basic_auth`, `tls`.',
    reload: true,
  }),
  list: setting(z.array(target).prefault([]), {
    doc: 'Hosts to read, with `source: targets`: `name` (also the labels `instance` and `host`), `address` (the name if absent), `labels`, and any of the defaults. `via: ssh` (the default) reads the host over SSH, `via: http` the agent that runs on it, at `url`, with `basic_auth` (`username`, `password_file`) and `tls` (`ca_file`, `cert_file`, `key_file`, `server_name`).',
    reload: true,
  }),
  clusters: setting(z.array(cluster).prefault([]), {
    doc: 'Failover clusters whose nodes are found through some of them: `name` (label `cluster`), `seeds` (addresses of nodes to ask), `address` (the address of a node, with `{node}` for its name in lower case), `only` (names of nodes, with the wildcards `*`, `?` and `[a-c]`), `labels`, and any of the defaults. See fleet.md.',
    reload: true,
  }),
  files: setting(z.array(path()).prefault([]), {
    doc: 'Files with further targets (`defaults` and `list`), read again when they change. The last part of a path may have the wildcards `*`, `?` and `[a-c]`.',
    reload: true,
  }),
});

/** How a collector shares its work. */
export const fleetSection = section({
  shard: setting(
    z
      .string()
      .regex(/^\d{1,3}\/[1-9]\d{0,2}$/, 'must be N/M, such as 0/1 or 2/4')
      .refine((text) => shardOf(text).index < shardOf(text).of, 'is counted from 0: the last of four is 3/4')
      .prefault('0/1'),
    {
      doc: 'Which part of the targets this collector reads: `1/4` is the second of four. The part is the hash of the name that the relabelling action `hashmod` of Prometheus takes.',
    },
  ),
  connects: setting(z.number().int().min(1).max(64).prefault(8), {
    doc: 'How many SSH connections may be made at the same time.',
  }),
});

/** `1/4` as numbers */
export function shardOf(text: string): { readonly index: number; readonly of: number } {
  const [index = 0, of = 1] = text.split('/').map(Number);
  return { index, of };
}
