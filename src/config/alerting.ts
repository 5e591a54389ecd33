import { z } from 'zod';
import { duration, secret, section, setting } from './fields.ts';

const httpUrl = () => z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });

const target = z.strictObject({
  url: httpUrl(),
  basic_auth: z.strictObject({ username: z.string().min(1), password: secret() }).optional(),
  bearer_token: secret().optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'is not a header name'), z.string()).optional(),
  tls: z
    .strictObject({
      ca_file: z.string().min(1).optional(),
      cert_file: z.string().min(1).optional(),
      key_file: z.string().min(1).optional(),
      server_name: z.string().min(1).optional(),
      insecure_skip_verify: z.boolean().optional(),
    })
    .optional(),
});

/** The agent's own push of alerts; off by default, because Prometheus' rules do the same. */
export const alertingSection = section({
  enabled: setting(z.boolean().prefault(false), {
    doc: "Evaluate the alert rules that one host can decide and push them; for hosts that no Prometheus' rules watch.",
  }),
  alertmanagers: setting(z.array(target).prefault([]), {
    doc: 'Alertmanagers to push to, every one of a cluster: `url` (with a path prefix, if there is one), `basic_auth` (`username`, `password`) or `bearer_token`, `headers`, `tls` (`ca_file`, `cert_file`, `key_file`, `server_name`, `insecure_skip_verify`).',
  }),
  webhook: setting(target.optional(), {
    doc: 'A webhook that gets the same alerts, in the form that Alertmanager sends to webhooks; fields as of an Alertmanager.',
  }),
  external_labels: setting(
    z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is not a label name'), z.string()).prefault({}),
    {
      doc: 'Labels added to every alert. `instance`, as Prometheus sees this host, is required where alerting is enabled.',
    },
  ),
  hold: setting(duration({ min: '0s', max: '1h' }).prefault('0s'), {
    doc: "Added to every alert's `for`; set 2m where Prometheus' rules run too, so that the agent does not page first.",
  }),
  thresholds_file: setting(z.string().min(1).optional(), {
    doc: 'File with thresholds of your own, the one that `alerts --config` makes rules from.',
    path: true,
  }),
});
