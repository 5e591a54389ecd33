import { z } from 'zod';
import { parseDuration } from '../text/duration.ts';

/** Properties of a setting besides its type. Documentation, flags and `config print` are generated from them. */
export interface SettingMeta {
  /** One or two sentences for --help and the docs */
  readonly doc: string;
  /** Whether a change takes effect on a reload, without a restart */
  readonly reload?: boolean;
}

/** The settings of the schema with their properties. */
export const settingRegistry = z.registry<SettingMeta>();
/** Fields whose values are never printed. */
export const secretRegistry = z.registry<{ readonly secret: true }>();

/**
 * The role of a field that is a path. `configuration`: a file that controls what the agent does, such as a certificate or
 * thresholds. `config check` reads it, and `doctor` checks who can write to it. `other`: any other path.
 */
export type PathRole = 'configuration' | 'other';
/** Which fields of the configuration schema are paths, and their role. */
export const pathRegistry = z.registry<{ readonly role: PathRole }>();

/** The path of a file or folder. In the configuration file, relative paths are relative to that file's folder. */
export function path(role: PathRole = 'other') {
  const type = z.string().min(1);
  pathRegistry.add(type, { role });
  return type;
}

/** Files of a TLS client, and the name that the server's certificate must have. */
export const tlsClient = () => ({
  ca_file: path('configuration').optional(),
  cert_file: path('configuration').optional(),
  key_file: path('configuration').optional(),
  server_name: z.string().min(1).optional(),
});

/** A single setting. `type` already includes its default. */
export function setting<T extends z.ZodType>(type: T, meta: SettingMeta): T {
  settingRegistry.add(type, meta);
  return type;
}

/** A group of settings. It may be absent from the file and accepts no unknown keys. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const object = z.strictObject(shape);
  // Every setting in it has a default or is optional.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return object.prefault({} as z.input<typeof object>);
}

/** A text that is never printed or logged. */
export function secret() {
  const type = z.string().min(1);
  secretRegistry.add(type, { secret: true });
  return type;
}

/** A duration such as `15s`, parsed to milliseconds. The bounds have the same form. */
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

/** A poll interval, parsed to milliseconds: seconds that divide a minute or minutes that divide an hour, so that polls are evenly spaced. */
export function interval() {
  return duration({ min: '1s', max: '1h' }).refine(
    (ms) => (60_000 % ms === 0 && ms % 1000 === 0) || (3_600_000 % ms === 0 && ms % 60_000 === 0),
    'must divide a minute or an hour evenly, such as 15s, 30s, 1m, 10m',
  );
}

/** A regular expression that must match the whole name, as in windows_exporter. `.` also matches line breaks. */
export function pattern() {
  return z.string().transform((text, context) => {
    try {
      return new RegExp(`^(?:${text})$`, 'su');
    } catch (error) {
      const cause = error instanceof Error ? error.message.replace(/^.*: /s, '').toLowerCase() : 'not valid';
      context.addIssue({ code: 'custom', message: `must be a regular expression (${cause})` });
      return z.NEVER;
    }
  });
}

/** A part of a URL's path that needs no escaping in HTML, headers or routes. */
const PLAIN_PATH = /^[\w.~%/-]*$/;

/** The path prefix of the server's own routes, parsed to `''` or `/prefix`: slashes at its ends do not matter. */
export function pathPrefix() {
  return z
    .string()
    .refine(
      (text) => PLAIN_PATH.test(text) && !/\/\/|(?:^|\/)\.\.?(?:\/|$)/.test(text),
      'must be a path such as /hyperv: letters, digits and . _ ~ - only',
    )
    .transform((text) => prefixOf(text));
}

/** `''` or `/prefix` */
export const prefixOf = (text: string): string => text.replace(/^\/*(?=[^/])/, '/').replace(/\/+$/, '');

/** The URL under which browsers and Prometheus reach this server. */
export const externalUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .refine((url) => !/[?#@]/.test(url), 'must be scheme, host, port and path only')
    .refine(
      (url) => !URL.canParse(url) || PLAIN_PATH.test(new URL(url).pathname),
      'must have a path of letters, digits and . _ ~ - only',
    );

const LISTEN = /^(?<host>\[[0-9a-fA-F:.%]+\]|[^:[\]\s]*):(?<port>\d{1,5})$/;

interface Address {
  /** undefined = every address */
  readonly host?: string;
  readonly port: number;
}

function parseAddress(text: string): Address | undefined {
  const { host, port } = LISTEN.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) return undefined;
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === '' ? { port: Number(port) } : { host: bare, port: Number(port) };
}

const EVERY_ADDRESS = new Set<string | undefined>([undefined, '::', '0.0.0.0']);

/** Why an address of a list cannot be bound besides another one; undefined if it can. */
function clash(one: Address, other: Address): string | undefined {
  if (one.port !== other.port || one.port === 0) return undefined;
  if (one.host === other.host) return 'is listed twice';
  // `::` has the IPv4 addresses of this machine, too. `0.0.0.0` and an IPv6 address do not overlap.
  const all = [one, other].find(({ host }) => EVERY_ADDRESS.has(host));
  const isV6 = [one, other].some(({ host }) => host !== '::' && host?.includes(':') === true);
  return all === undefined || (all.host === '0.0.0.0' && isV6)
    ? undefined
    : 'is included in another address of the list, which has the same port and means every address';
}

/**
 * One address or a list of them: `host:port`, `[v6]:port` or `:port` (every address), parsed to `{ host?, port }` each.
 * Port 0 requests any free port.
 */
export function listenAddresses() {
  return z
    .union([z.string(), z.array(z.string()).min(1)], { error: 'must be one address or a list of addresses' })
    .transform((given, context): readonly [Address, ...Address[]] => {
      const fault = (index: number, message: string): void =>
        context.addIssue({ code: 'custom', message, ...(typeof given === 'string' ? {} : { path: [index] }) });
      const addresses: Address[] = [];
      for (const [index, text] of [given].flat().entries()) {
        const address = parseAddress(text);
        if (address === undefined) fault(index, 'must be host:port, [v6 address]:port or :port');
        else {
          const why = addresses.map((other) => clash(address, other)).find((found) => found !== undefined);
          if (why !== undefined) fault(index, why);
          addresses.push(address);
        }
      }
      const [first, ...others] = addresses;
      return first === undefined ? z.NEVER : [first, ...others];
    });
}
