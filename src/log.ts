import { isIPv6 } from 'node:net';
import { type DestinationStream, type Logger, pino } from 'pino';
import { openLogOutput } from './log-output.ts';
import { showsColours } from './text/style.ts';
import { BugError, OperationalError, UserError } from './errors.ts';
import { hideGuestNames, WindowsText } from './text/guest-names.ts';
import { hideUrlSecrets } from './text/redact.ts';
import { visibleText } from './text/visible.ts';

export type { Logger } from 'pino';
/** The methods that a module needs of a logger. The logger of pino has them. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'auto' | 'json' | 'pretty';

const INFO = 30;
/** Names of fields that contain secrets, addresses or names of guests, at any depth. */
const HIDDEN = new Set(
  [
    'password passwd secret token bearer authorization cookie credentials basic_auth bearer_token',
    'ip ips ipaddress ipaddresses address addresses remoteaddress host hostname mac macaddress',
    'vm vms vmname vnic vnics vnicname guest guestname',
  ].flatMap((names) => names.split(' ')),
);
const IPV4 = /\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b/g;
/** A candidate for an IPv6 address, to be checked by Node. */
const IPV6 = /(?<![\w:.])[0-9a-f:][0-9a-f:.]*:[0-9a-f:.]*(?!\w)/gi;

/** Replaces IP addresses and the secrets of URLs in a text. */
export const redactText = (text: string): string =>
  hideUrlSecrets(text)
    .replace(IPV6, (word) => {
      const address = word.replace(/(?<!:):$|\.+$/, '');
      return isIPv6(address) ? `[address]${word.slice(address.length)}` : word;
    })
    .replace(IPV4, '[address]');

/** A text as it is logged: without secrets of URLs, and from info upwards (`hides`) without addresses. */
const shownText = (text: string, hides: boolean): string =>
  visibleText(hides ? redactText(text) : hideUrlSecrets(text));

/** The value of a field as it is logged. `hides`: from info upwards */
function shownField(value: unknown, hides: boolean, depth = 0): unknown {
  if (typeof value === 'string') return shownText(hides ? hideGuestNames(value) : value, hides);
  if (value instanceof WindowsText) return shownText(hides ? value.withoutNames() : value.text, hides);
  if (value instanceof Error) return shownField(describeError(value, hides), hides, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 5) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => shownField(item, hides, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      visibleText(key),
      hides && HIDDEN.has(key.toLowerCase()) ? '[redacted]' : shownField(child, hides, depth + 1),
    ]),
  );
}

/** The message of an error, for the log and for Windows' event log. One that repeats what Windows said is a WindowsText. */
export const messageWithoutNames = (error: Error): string =>
  error instanceof OperationalError && error.quotesWindows
    ? new WindowsText(error.message).withoutNames()
    : hideGuestNames(error.message);

/** An error as fields. Only an unexpected error or a BugError shows its stack. */
function describeError(error: Error, hides: boolean): object {
  const expected = error instanceof OperationalError || error instanceof UserError;
  return {
    type: error.name,
    message: hides ? messageWithoutNames(error) : error.message,
    ...(error instanceof OperationalError ? { code: error.code } : {}),
    ...(expected && !(error instanceof BugError) ? {} : { stack: error.stack }),
  };
}

/** Where and how a log is written. `format`: JSON, or what makes a line for people out of one of JSON */
interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'json' | ((line: string) => string);
  /** Default: stdout */
  readonly destination?: DestinationStream | undefined;
}

/** Creates the agent's log in the format of the settings. pino-pretty is loaded only for people: it takes 4 MB. */
export async function openLogger({
  format,
  ...options
}: Omit<LoggerOptions, 'format'> & { readonly format: LogFormat }): Promise<Logger> {
  const terminal = options.destination === undefined && process.stdout.isTTY;
  if (format === 'json' || (format === 'auto' && !terminal)) return createLogger({ ...options, format: 'json' });
  const { prettyFactory } = await import('pino-pretty');
  const toText = prettyFactory({ ignore: 'pid,hostname', colorize: terminal && showsColours() });
  return createLogger({ ...options, format: toText });
}

/**
 * Creates a log. Messages are static and values are in fields. What a terminal would act on is made visible.
 * At info and above, secrets, IP addresses and names of guests are replaced. `level` may be changed at any time.
 */
export function createLogger({ level: first, format, destination }: LoggerOptions): Logger {
  const output =
    destination ??
    openLogOutput(1, (lines) =>
      log.warn({ lines }, 'lines of the log were lost: nobody read standard output, or it could not be written'),
    );
  const stream = format === 'json' ? output : { write: (line: string) => output.write(format(line)) };
  const log: Logger = pino(
    {
      level: first,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An error is described by logMethod.
      serializers: { err: (described: unknown) => described },
      hooks: {
        logMethod(args, method, level) {
          const hides = level >= INFO;
          // A text is the message, which is static.
          const shown = args.map((argument: unknown) =>
            typeof argument === 'string' ? shownText(argument, hides) : shownField(argument, hides),
          );
          Reflect.apply(method, this, shown);
        },
      },
    },
    stream,
  );
  return log;
}

/** Logs a lasting failure once as a warning, counts repetitions at debug, and logs its end. */
export interface Repeater {
  failed(key: string, fields: object, message: string): void;
  /** The failure `key` has ended. Logs nothing if there was none. */
  ended(key: string, fields: object, message: string): void;
}

/** A Repeater that writes to `log`. */
export function createRepeater(log: Omit<Log, 'error'>): Repeater {
  const counts = new Map<string, number>();
  return {
    failed(key, fields, message) {
      const times = (counts.get(key) ?? 0) + 1;
      counts.set(key, times);
      if (times === 1) log.warn(fields, message);
      else log.debug({ ...fields, times }, message);
    },
    ended(key, fields, message) {
      const times = counts.get(key);
      if (times === undefined) return;
      counts.delete(key);
      log.info({ ...fields, failures: times }, message);
    },
  };
}
