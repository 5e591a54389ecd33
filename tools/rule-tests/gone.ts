import { ALERTS } from '../../src/alerting/rules/index.ts';
import { type Check, type RuleTest, until } from './define.ts';

/** Alerts whose very matter is that an exporter, or what it should have read, is not there */
const ABSENCE = new Set<string>(['SriovExporterDown', 'SriovCollectorDown', 'SriovExportersAbsent', 'SriovPollStale']);
/** How far back Prometheus looks, minutes: a window over what was may hold for so long */
const LOOK_BACK = 5;
const WINDOWS = new Map<string, number>([
  ['SriovAgentPushFailing', 15],
  ['SriovAgentNotificationsDropped', 15],
]);

const keepFiring = new Map<string, number>(ALERTS.map(({ name, keepFiringFor = 0 }) => [name, keepFiringFor / 60]));

/**
 * For each alert the case that its exporter goes away while it fires: nothing is known of the host any more, so it ends
 * with `keep_firing_for`; that the exporter is away is for SriovExporterDown to say.
 */
export function goneTests(tests: readonly RuleTest[]): readonly RuleTest[] {
  const firing = new Map<string, { readonly test: RuleTest; readonly check: Check }>();
  for (const test of tests) {
    const check = test.checks.find(({ fires }) => fires.length > 0);
    if (check !== undefined && !ABSENCE.has(test.alert) && !firing.has(test.alert))
      firing.set(test.alert, { test, check });
  }
  return [...firing.values()].map(({ test: { alert, case: what, series }, check }) => {
    const gone = check.at + 2;
    const ended = gone + (WINDOWS.get(alert) ?? LOOK_BACK) + (keepFiring.get(alert) ?? 0) + 2;
    return {
      alert,
      case: `${what}; then its exporter goes away`,
      series: until(gone, series),
      checks: [check, { at: ended, fires: [] }],
    };
  });
}
