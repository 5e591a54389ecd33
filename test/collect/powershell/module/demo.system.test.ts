import { expect, it } from 'vitest';
import { writeDocument } from '../../../../src/simulated-host/documents.ts';
import { SETTLE_SECONDS, type Scenario } from '../../../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../../../src/simulated-host/world.ts';
import { PARTS } from '../../../../src/document/document.ts';
import { worldToObjects } from '../../../support/pwsh/world-to-objects.ts';
import { describeWith } from '../../../support/tools.ts';
import { inOneEngine } from './one-engine.ts';

const START = Date.UTC(2026, 0, 5, 8);
const SCENARIOS: readonly Scenario[] = [
  'healthy',
  'vf-pool-exhausted',
  'host-blocked',
  'guest-driver-missing',
  'live-migration',
  'vmq-starved',
  'set-team',
  'cluster',
];

interface Source {
  readonly status: string;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly types?: unknown;
}

/** JSON with the keys of every object sorted: their order is not promised, nor is that of the rows. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const canonical = (source: Source | undefined) => ({
  status: source?.status,
  rows: (source?.rows ?? []).map(sorted).sort(),
  types: sorted(source?.types ?? {}),
});

describeWith(['pwsh'], "the module over the demo host's cmdlets writes the demo host's documents", () => {
  const cases = SCENARIOS.flatMap((scenario) => PARTS.map((part) => ({ scenario, part })));
  // Every source at one moment: the demo's own documents read them at different instants.
  const frozen = (scenario: Scenario) => {
    const world = makeWorld(1, scenario, START)(START + SETTLE_SECONDS[scenario] * 1000);
    return { ...world, readBefore: {} };
  };
  const resultOf = inOneEngine(
    Object.fromEntries(
      SCENARIOS.flatMap((scenario) => {
        const host = worldToObjects(frozen(scenario));
        return PARTS.map((part) => [`${scenario} ${part}`, { part, host, options: { IncludeIPAddresses: true } }]);
      }),
    ),
  );

  it.each(cases)('$scenario, $part', ({ scenario, part }) => {
    const { document } = resultOf(`${scenario} ${part}`);
    const own = writeDocument(part, START, () => frozen(scenario)) as {
      readonly sources: Readonly<Record<string, Source>>;
    };
    expect(Object.keys(document.sources).sort()).toEqual(Object.keys(own.sources).sort());
    for (const [name, source] of Object.entries(own.sources))
      expect(canonical(document.sources[name] as Source), `${scenario} ${part} ${name}`).toEqual(canonical(source));
  });
});
