import { z } from 'zod';
import { duration, secret, section, setting } from './fields.ts';

const httpUrl = () => z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });

const target = z.strictObject({
  url: httpUrl(),
  basic_auth: z.strictObject({ username: z.string().min(1), password: secret() }).optional(),
  bearer_token: secret().optional(),
});

/** The agent's own push of alerts; off by default, because Prometheus' rules do the same. */
export const alertingSection = section({
  enabled: setting(z.boolean().prefault(false), {
    doc: "Evaluate the alert rules that one host can decide and push them; for hosts that no Prometheus' rules watch.",
  }),
  alertmanagers: setting(z.array(target).prefault([]), {
    doc: 'Alertmanagers to push to: `url`, and `basic_auth` (`username`, `password`) or `bearer_token`.',
    reload: true,
  }),
  webhook: setting(target.optional(), {
    doc: 'A webhook that gets the same alerts: `url`, and `basic_auth` or `bearer_token`.',
    reload: true,
  }),
  external_labels: setting(z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()).prefault({}), {
    doc: 'Labels added to every alert. `instance`, as Prometheus sees this host, is required where alerting is enabled.',
    reload: true,
  }),
  hold: setting(duration({ min: '0s', max: '1h' }).prefault('0s'), {
    doc: "Added to every alert's `for`; set 2m where Prometheus' rules run too, so that the agent does not page first.",
    reload: true,
  }),
});
