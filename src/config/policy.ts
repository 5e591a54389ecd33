import { type Part, PARTS } from '../document/document.ts';
import { prefixOf } from './fields.ts';
import type { Config } from './schema.ts';

/** Values derived from the configuration for other modules, which do not import the configuration. */

/** Path prefixes of the server: `''` or `/prefix`. */
export interface WebPrefix {
  /** Of its routes */
  readonly route: string;
  /** Of the links in its pages: they differ if a reverse proxy adds or removes a prefix */
  readonly link: string;
}

/** The prefixes of `web.external-url` and `web.route-prefix`, by the rules of Prometheus. */
export function webPrefix({ web }: Pick<Config, 'web'>): WebPrefix {
  const { 'external-url': external, 'route-prefix': given } = web;
  const outside = external === undefined ? undefined : prefixOf(new URL(external).pathname);
  const route = given ?? outside ?? '';
  return { route, link: outside ?? route };
}

const EVERY_PART = new Set<string>(PARTS);

/** Whole seconds that divide a minute, which the schedule can run at */
const SECONDS = [30, 20, 15, 12, 10, 6, 5];
/** An interval of a host that lives faster: at most the share, and no less than 5 s. */
function shortened(intervalMs: number, speed: number): number {
  if (speed <= 1) return intervalMs;
  const wanted = intervalMs / speed / 1000;
  const minutes = Math.floor(wanted / 60);
  if (minutes > 0) return ([30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1].find((each) => each <= minutes) ?? 1) * 60_000;
  return Math.min(intervalMs, (SECONDS.find((each) => each <= wanted) ?? 5) * 1000);
}

/**
 * Interval and deadline of each part that is polled, in milliseconds.
 * @param available the parts that the reader supports; all parts if undefined
 * @param speed how many times faster than a real host this one lives
 */
export function polledParts(
  config: Config,
  available?: ReadonlySet<Part>,
  speed = 1,
): Partial<Record<Part, { readonly intervalMs: number; readonly deadlineMs: number }>> {
  const off = new Set(config.sources.disabled);
  return Object.fromEntries(
    PARTS.filter((part) => part === 'inventory' || (!off.has(part) && available?.has(part) !== false)).map((part) => [
      part,
      { intervalMs: shortened(config.poll[part].interval, speed), deadlineMs: config.poll[part].deadline },
    ]),
  );
}

/** Sources that are switched off individually, not with their part. */
export const disabledSources = (config: Config): ReadonlySet<string> =>
  new Set(config.sources.disabled.filter((name) => !EVERY_PART.has(name)));

/** Which VMs and NICs are shown, by name: `vm.include`, `vm.exclude`, `nic.include`, `nic.exclude`. */
export const hostFilter = ({ vm, nic }: Config) => ({
  vm: (name: string): boolean => vm.include.test(name) && !vm.exclude.test(name),
  nic: (name: string): boolean => nic.include.test(name) && !nic.exclude.test(name),
});

const asText = (part: unknown): string =>
  JSON.stringify(part, (_key, value: unknown) => (value instanceof RegExp ? String(value) : value));

/** Which VMs and NICs a configuration shows: two configurations with equal texts show the same ones. */
export const filtersOf = ({ vm, nic }: Config): string => asText([vm.include, vm.exclude, nic.include, nic.exclude]);

/** What of a configuration decides how a host is shown: two configurations with equal texts show the same. */
export const shownBy = (config: Config): string => asText([filtersOf(config), config.expect_vf]);

/** Whether a vNIC is expected to have a VF: by the first matching rule of `expect_vf`, or true if none matches. */
export function expectVf({ expect_vf: rules }: Config) {
  return (vnic: { readonly vmName?: string; readonly vswitchName?: string }): boolean =>
    rules.find(
      ({ vm, vswitch }) => (vm?.test(vnic.vmName ?? '') ?? true) && (vswitch?.test(vnic.vswitchName ?? '') ?? true),
    )?.expect ?? true;
}
