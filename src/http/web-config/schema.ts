import { z } from 'zod';
import { CLIENT_AUTH, CURVES, HTTP2_SUITES, TLS12_SUITES, TLS13_SUITES, TLS_VERSIONS } from './go-tls.ts';

/** The supported part of the web configuration file of the Prometheus exporter-toolkit. */

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tables are constants of this folder and not empty
const keys = <T extends object>(table: T) => Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];
const oneOf = <T extends object>(table: T) =>
  z.enum(keys(table), { error: `expected one of ${keys(table).join(', ')}` });
const text = z.string({ error: 'expected text' }).min(1, { error: 'is empty' });
const flag = z.boolean({ error: 'expected true or false' });
const suites = [...TLS13_SUITES, ...keys(TLS12_SUITES)] as const;
const list = { error: 'expected a list' };

const tls = z
  .strictObject({
    cert: text.optional(),
    key: text.optional(),
    client_ca: text.optional(),
    cert_file: text.optional(),
    key_file: text.optional(),
    client_ca_file: text.optional(),
    client_auth_type: oneOf(CLIENT_AUTH).default('NoClientCert'),
    min_version: oneOf(TLS_VERSIONS).default('TLS12'),
    max_version: oneOf(TLS_VERSIONS).default('TLS13'),
    cipher_suites: z.array(z.enum(suites, { error: 'unknown or insecure cipher suite' }), list).default([]),
    curve_preferences: z.array(oneOf(CURVES), list).default([]),
    prefer_server_cipher_suites: flag.default(true),
  })
  .superRefine((value, context) => {
    const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    for (const name of ['cert', 'key'] as const) {
      const [inline, file] = [value[name], value[`${name}_file`]];
      if (inline === undefined && file === undefined) fault(name, `one of ${name} and ${name}_file is required`);
      if (inline !== undefined && file !== undefined) fault(name, `cannot be combined with ${name}_file`);
    }
    const hasCa = value.client_ca !== undefined || value.client_ca_file !== undefined;
    if (value.client_ca !== undefined && value.client_ca_file !== undefined)
      fault('client_ca', 'cannot be combined with client_ca_file');
    const policy = CLIENT_AUTH[value.client_auth_type];
    if (hasCa && !policy.request)
      fault('client_auth_type', 'does not request a client certificate, but a client CA is given');
    if (policy.verified && !hasCa) fault('client_auth_type', 'needs client_ca or client_ca_file');
    if (value.min_version > value.max_version) fault('min_version', 'is above max_version');
  });

/** The headers that may be set, with their allowed values. An empty list allows any value. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'Strict-Transport-Security': [],
  'X-Content-Type-Options': ['nosniff'],
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-XSS-Protection': [],
  'Content-Security-Policy': [],
};

const headers = z
  .record(z.string(), z.string({ error: 'expected text' }), { error: 'expected a mapping' })
  .superRefine((value, context) => {
    for (const [name, content] of Object.entries(value)) {
      const values = Object.hasOwn(HEADERS, name) ? HEADERS[name] : undefined;
      const fault = (message: string) => context.addIssue({ code: 'custom', path: [name], message });
      if (values === undefined) fault('this header cannot be set');
      else if (values.length > 0 && !values.includes(content)) fault(`expected one of ${values.join(', ')}`);
      else if (/[^\t\u0020-\u007e]/.test(content)) fault('contains a character that is not allowed in a header');
    }
  });

/** bcrypt takes twice as long with each step of the cost: some 0.1 s at 10, seconds at 15, minutes at 20 and above. */
const MAX_BCRYPT_COST = 15;

const bcryptHash = z
  .string({ error: 'expected a bcrypt hash' })
  .regex(/^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/, { error: 'not a bcrypt hash', abort: true })
  .refine((hash) => Number(hash.slice(4, 6)) <= MAX_BCRYPT_COST, {
    error: `has a bcrypt cost above ${MAX_BCRYPT_COST}, so that one login would take too long; 10 is usual`,
  });

/** The web configuration file: the format of the Prometheus exporter-toolkit. */
export const webConfigSchema = z
  .strictObject({
    tls_server_config: tls.optional(),
    http_server_config: z.strictObject({ http2: flag.default(true), headers: headers.default({}) }).prefault({}),
    basic_auth_users: z
      .record(z.string().regex(/^[^:]+$/, { error: 'must be a name without a colon' }), bcryptHash, {
        error: 'expected a mapping of names to hashes',
      })
      .default({}),
  })
  .superRefine((value, context) => {
    const suitesGiven = value.tls_server_config?.cipher_suites ?? [];
    if (suitesGiven.length === 0 || !value.http_server_config.http2) return;
    if (value.tls_server_config?.min_version === 'TLS13' || suitesGiven.some((suite) => HTTP2_SUITES.includes(suite)))
      return;
    const message = `HTTP/2 needs one of ${HTTP2_SUITES.join(', ')}; add it or set http2: false`;
    context.addIssue({ code: 'custom', path: ['tls_server_config', 'cipher_suites'], message });
  });
export type WebConfigFile = z.infer<typeof webConfigSchema>;
export type TlsConfigFile = z.infer<typeof tls>;

/** Fields of exporter-toolkit that this exporter does not support. They are refused, not ignored. */
export const UNSUPPORTED: ReadonlySet<string> = new Set(['rate_limit', 'tls_server_config.client_allowed_sans']);
