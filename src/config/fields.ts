import { z } from 'zod';
import { parseDuration } from '../duration.ts';

/** What a setting says about itself beside its type: the registry that docs, flags and `config print` are made from. */
export interface SettingMeta {
  /** One or two sentences for --help and the docs */
  readonly doc: string;
  /** Takes effect on a reload, without a restart */
  readonly reload?: boolean;
}

export const settingRegistry = z.registry<SettingMeta>();
/** Fields whose value is never printed. */
export const secretRegistry = z.registry<{ readonly secret: true }>();

/**
 * Fields that are paths. `configuration`: a file that the agent reads and that decides what it does, such as a
 * certificate or thresholds: `config check` reads it, and `doctor` looks at who can write it. `other`: any other path.
 */
export type PathRole = 'configuration' | 'other';
export const pathRegistry = z.registry<{ readonly role: PathRole }>();

/** The path of a file or folder. In the configuration file a relative one starts at that file's folder. */
export function path(role: PathRole = 'other') {
  const type = z.string().min(1);
  pathRegistry.add(type, { role });
  return type;
}

/** A leaf of the configuration: `type` with its default already in it. */
export function setting<T extends z.ZodType>(type: T, meta: SettingMeta): T {
  settingRegistry.add(type, meta);
  return type;
}

/** A group of settings; may be left out of the file as a whole, never holds a key that is not known. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const object = z.strictObject(shape);
  // Every setting in it has a default or is optional.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return object.prefault({} as z.input<typeof object>);
}

/** A text that is never printed nor logged. */
export function secret() {
  const type = z.string().min(1);
  secretRegistry.add(type, { secret: true });
  return type;
}

/** A duration; milliseconds after parsing. */
export function duration(bounds: { readonly min: string; readonly max: string }) {
  const min = parseDuration(bounds.min) ?? 0;
  const max = parseDuration(bounds.max) ?? Infinity;
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    const fault =
      ms === undefined
        ? 'must be a duration such as 15s or 10m'
        : ms < min || ms > max
          ? `must be between ${bounds.min} and ${bounds.max}`
          : undefined;
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    return ms ?? z.NEVER;
  });
}

/** A poll interval: seconds that divide a minute, or minutes that divide an hour, so that gaps are even. */
export function interval() {
  return duration({ min: '1s', max: '1h' }).refine(
    (ms) => (60_000 % ms === 0 && ms % 1000 === 0) || (3_600_000 % ms === 0 && ms % 60_000 === 0),
    'must divide a minute or an hour evenly, such as 15s, 30s, 1m, 10m',
  );
}

/** A regular expression that must match a whole name, as windows_exporter anchors its own; `.` is any character, line breaks too. */
export function pattern() {
  return z.string().transform((text, context) => {
    try {
      return new RegExp(`^(?:${text})$`, 'su');
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^.*: /s, '').toLowerCase() : 'not valid';
      context.addIssue({ code: 'custom', message: `must be a regular expression (${why})` });
      return z.NEVER;
    }
  });
}

const LISTEN = /^(?<host>\[[0-9a-fA-F:.%]+\]|[^:[\]\s]*):(?<port>\d{1,5})$/;

/** `host:port`, `[v6]:port` or `:port` (every address); `{ host?, port }` after parsing. Port 0 asks for a free one. */
export function listenAddress() {
  return z.string().transform((text, context): { readonly host?: string; readonly port: number } => {
    const { host, port } = LISTEN.exec(text)?.groups ?? {};
    if (host === undefined || Number(port) > 65_535) {
      context.addIssue({ code: 'custom', message: 'must be host:port, [v6 address]:port or :port' });
      return z.NEVER;
    }
    const bare = host.replace(/^\[|\]$/g, '');
    return bare === '' ? { port: Number(port) } : { host: bare, port: Number(port) };
  });
}
