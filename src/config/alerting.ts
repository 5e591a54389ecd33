import { z } from 'zod';
import { duration, path, secret, secretRegistry, section, setting, tlsClient } from './fields.ts';

/** A URL to send requests to. Its query may hold a token, which is never printed. */
const httpUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), 'must not contain a user or password: use basic_auth');

const headerName = () => z.string().regex(/^[A-Za-z0-9-]+$/, 'is not a header name');
/** The names of those keys of a mapping that are set. */
const setOf = <T extends object>(mapping: T, keys: readonly (keyof T)[]) =>
  keys.filter((key) => mapping[key] !== undefined);

const basicAuth = z
  .strictObject({
    username: z.string().min(1),
    password: secret().optional(),
    password_file: path('configuration').optional(),
  })
  .refine((auth) => setOf(auth, ['password', 'password_file']).length === 1, 'needs either password or password_file');

/** Each secret can be in a file of its own. Such a file is read for each request. */
const common = {
  basic_auth: basicAuth.optional(),
  bearer_token: secret().optional(),
  bearer_token_file: path('configuration').optional(),
  headers: z.record(headerName(), secret()).optional(),
  header_files: z.record(headerName(), path('configuration')).optional(),
  tls: z.strictObject({ ...tlsClient(), insecure_skip_verify: z.boolean().optional() }).optional(),
};
/** The faults of a receiver whose fields exclude each other. */
function excludeEachOther(
  receiver: z.output<z.ZodObject<typeof common>>,
  context: { addIssue(issue: { code: 'custom'; message: string; path?: PropertyKey[] }): void },
): void {
  const credentials = setOf(receiver, ['basic_auth', 'bearer_token', 'bearer_token_file']);
  if (credentials.length > 1)
    context.addIssue({ code: 'custom', message: `has ${credentials.join(' and ')}, but may have only one of them` });
  for (const name of Object.keys(receiver.header_files ?? {}))
    if (Object.hasOwn(receiver.headers ?? {}, name))
      context.addIssue({ code: 'custom', message: 'is also in headers', path: ['header_files', name] });
}
const alertmanager = z.strictObject({ url: httpUrl(), ...common }).superRefine(excludeEachOther);

/** The URL of a webhook is often a secret. */
const webhookUrl = httpUrl();
secretRegistry.add(webhookUrl, { secret: true });
const webhook = z
  .strictObject({ url: webhookUrl.optional(), url_file: path('configuration').optional(), ...common })
  .refine((receiver) => setOf(receiver, ['url', 'url_file']).length === 1, 'needs either url or url_file')
  .superRefine(excludeEachOther);

/** Alerts that the exporter itself evaluates and sends. Off by default, because the rules in Prometheus do the same. */
export const alertingSection = section({
  enabled: setting(z.boolean().prefault(false), {
    doc: 'Let the exporter evaluate the alert rules that need only one host and push the alerts. For hosts whose metrics no Prometheus evaluates. A collector does so for each of its targets.',
  }),
  alertmanagers: setting(z.array(alertmanager).prefault([]), {
    doc: 'Alertmanagers to push alerts to; list every member of a cluster. Fields: `url` (with the path prefix, if any), `basic_auth` (`username`, and `password` or `password_file`), `bearer_token` or `bearer_token_file`, `headers`, `header_files` (a file for the value of each header), `tls` (`ca_file`, `cert_file`, `key_file`, `server_name`, `insecure_skip_verify`). Files are read again for each request.',
  }),
  webhook: setting(webhook.optional(), {
    doc: 'A webhook that gets the same alerts in the payload format of Alertmanager webhooks. It has the fields of an Alertmanager, and `url_file` in place of `url` if the URL is a secret. See alerting.md.',
  }),
  external_labels: setting(
    z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is not a label name'), z.string()).prefault({}),
    {
      doc: 'Labels added to every alert. `instance` is required if alerting is enabled on a host: its name in Prometheus. A collector sets it to the name of the target, and adds the labels of the target.',
    },
  ),
  hold: setting(duration({ min: '0s', max: '1h' }).prefault('0s'), {
    doc: "Added to `for` and subtracted from `keep_firing_for` of every alert. Set 2m if Prometheus evaluates the rules too: its alerts then fire before the agent's and resolve after them.",
  }),
  thresholds_file: setting(path('configuration').optional(), {
    doc: 'File with your own thresholds. Use the file that `alerts --config` generates the rules from.',
  }),
});
