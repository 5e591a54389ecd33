import { z } from 'zod';
import { duration, path, secret, secretRegistry, section, setting } from './fields.ts';

const httpUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), 'must not contain a user or password: use basic_auth');

const common = {
  basic_auth: z.strictObject({ username: z.string().min(1), password: secret() }).optional(),
  bearer_token: secret().optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'is not a header name'), secret()).optional(),
  tls: z
    .strictObject({
      ca_file: path('configuration').optional(),
      cert_file: path('configuration').optional(),
      key_file: path('configuration').optional(),
      server_name: z.string().min(1).optional(),
      insecure_skip_verify: z.boolean().optional(),
    })
    .optional(),
};
const alertmanager = z.strictObject({ url: httpUrl(), ...common });

/** The URL of a webhook is often a secret. */
const webhookUrl = httpUrl();
secretRegistry.add(webhookUrl, { secret: true });
const webhook = z.strictObject({ url: webhookUrl, ...common });

/** Alerts that the agent itself evaluates and sends. Off by default, because the rules in Prometheus do the same. */
export const alertingSection = section({
  enabled: setting(z.boolean().prefault(false), {
    doc: 'Let the agent evaluate the alert rules that need only this host and push the alerts. For hosts whose metrics no Prometheus evaluates.',
  }),
  alertmanagers: setting(z.array(alertmanager).prefault([]), {
    doc: 'Alertmanagers to push alerts to; list every member of a cluster. Fields: `url` (with the path prefix, if any), `basic_auth` (`username`, `password`) or `bearer_token`, `headers`, `tls` (`ca_file`, `cert_file`, `key_file`, `server_name`, `insecure_skip_verify`).',
  }),
  webhook: setting(webhook.optional(), {
    doc: 'A webhook that gets the same alerts in the payload format of Alertmanager webhooks. It has the fields of an Alertmanager. See alerting.md.',
  }),
  external_labels: setting(
    z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is not a label name'), z.string()).prefault({}),
    {
      doc: 'Labels added to every alert. `instance` is required if alerting is enabled: the name of this host in Prometheus.',
    },
  ),
  hold: setting(duration({ min: '0s', max: '1h' }).prefault('0s'), {
    doc: "Added to `for` and subtracted from `keep_firing_for` of every alert. Set 2m if Prometheus evaluates the rules too: its alerts then fire before the agent's and resolve after them.",
  }),
  thresholds_file: setting(path('configuration').optional(), {
    doc: 'File with your own thresholds. Use the file that `alerts --config` generates the rules from.',
  }),
});
