import { z } from 'zod';
import { duration, path, secret, secretRegistry, section, setting } from './fields.ts';

const httpUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), 'must hold no user or password: there is basic_auth');

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

/** The address of a webhook often is its password. */
const webhookUrl = httpUrl();
secretRegistry.add(webhookUrl, { secret: true });
const webhook = z.strictObject({ url: webhookUrl, ...common });

/** The agent's own push of alerts; off by default, because Prometheus' rules do the same. */
export const alertingSection = section({
  enabled: setting(z.boolean().prefault(false), {
    doc: "Evaluate the alert rules that one host can decide and push them; for hosts that no Prometheus' rules watch.",
  }),
  alertmanagers: setting(z.array(alertmanager).prefault([]), {
    doc: 'Alertmanagers to push to, every one of a cluster: `url` (with a path prefix, if there is one), `basic_auth` (`username`, `password`) or `bearer_token`, `headers`, `tls` (`ca_file`, `cert_file`, `key_file`, `server_name`, `insecure_skip_verify`).',
  }),
  webhook: setting(webhook.optional(), {
    doc: 'A webhook that gets the same alerts, in the form that Alertmanager sends to webhooks; fields as of an Alertmanager. See alerting.md.',
  }),
  external_labels: setting(
    z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is not a label name'), z.string()).prefault({}),
    {
      doc: 'Labels added to every alert. `instance`, as Prometheus sees this host, is required where alerting is enabled.',
    },
  ),
  hold: setting(duration({ min: '0s', max: '1h' }).prefault('0s'), {
    doc: "Added to every alert's `for` and taken off its `keep_firing_for`; set 2m where Prometheus' rules run too, so that their alert comes before the agent's and goes after it.",
  }),
  thresholds_file: setting(path('configuration').optional(), {
    doc: 'File with thresholds of your own, the one that `alerts --config` makes rules from.',
  }),
});
