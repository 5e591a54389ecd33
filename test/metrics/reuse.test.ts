import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { emptyHistory, step } from '../../src/history/step.ts';
import { buildHost } from '../../src/host/build.ts';
import type { MetricDefinition, MetricFamily, View } from '../../src/metrics/define.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { createFamilyRenderer, type FamilyBytes } from '../../src/metrics/family-bytes.ts';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import { renderFamily } from '../../src/metrics/render.ts';
import { createUnmatchedTotals } from '../../src/metrics/unmatched.ts';
import { createInterner } from '../../src/once.ts';
import { systemClock } from '../../src/clock.ts';
import { damage, lost, wild } from '../support/damage.ts';
import { fixture, later } from '../support/documents.ts';
import { textOf, viewsOf } from '../support/pipeline.ts';
import { type Moment, simulateHost } from '../support/simulated-host.ts';

/** The text of the moment, made from its snapshot by code that has seen no object of it before. */
function createFresh(): (moment: Moment, snapshot: Parameters<typeof buildHost>[0]) => Promise<string> {
  const withTotals = createUnmatchedTotals();
  let history = emptyHistory();
  return ({ at, view: { collection } }, snapshot) => {
    const stepped = step(history, buildHost(structuredClone(snapshot)), at);
    history = stepped.history;
    const { tracked } = stepped;
    return textOf(withTotals({ tracked, diagnosis: diagnose(tracked, () => true), collection }));
  };
}

const shown = async (exposition: ReturnType<typeof createExposition>): Promise<string> =>
  (await exposition.body('text')).plain().toString();

describe('what is kept from poll to poll', () => {
  it.each(['healthy', 'live-migration', 'vf-pool-exhausted', 'nic-restart'] as const)(
    'leaves the exposition of %s byte for byte as if nothing were kept',
    async (scenario) => {
      const host = simulateHost(scenario);
      const fresh = createFresh();
      const bytesOf = createFamilyRenderer();
      const former = new Set<FamilyBytes | undefined>();
      let [kept, rendered] = [0, 0];
      for await (const moment of host.run(900)) {
        expect(await shown(host.pipeline.exposition)).toBe(await fresh(moment, host.pipeline.snapshot()));
        for (const [index, family] of moment.families.entries()) {
          const definition = catalogue[index];
          if (definition === undefined || family.samples.length === 0) continue;
          const bytes = await bytesOf(definition, family);
          if (former.has(bytes)) kept++;
          former.add(bytes);
          rendered++;
        }
      }
      await host.close();
      expect(rendered).toBeGreaterThan(6000);
      expect(kept / rendered).toBeGreaterThan(0.6);
    },
  );

  it('shows any change of any document', async () => {
    const documents = () => ['set-inventory', 'set-activity', 'set-config', 'set-cluster'].map(fixture);
    const polls = fc.array(fc.array(fc.oneof(lost, wild), { maxLength: 4 }), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(polls, async (damages) => {
        const raw = damages.flatMap((ofPoll, poll) => {
          const all = documents().map((document) => later(document, poll * 60_000));
          for (const one of ofPoll.filter(({ how }) => how !== 'sources')) damage(all, one);
          return all;
        });
        const exposition = createExposition(systemClock);
        for (const view of viewsOf(raw, (tracked) => diagnose(tracked, () => true))) {
          await exposition.update(view);
          expect(await shown(exposition)).toBe(await textOf(view));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is in the bytes of both formats', async () => {
    const exposition = createExposition(systemClock);
    const views: readonly View[] = viewsOf([
      fixture('set-inventory'),
      fixture('set-activity'),
      fixture('set-inventory'),
    ]);
    for (const view of [...views, ...views]) {
      const fresh = createExposition(systemClock);
      await Promise.all([exposition.update(view), fresh.update(view)]);
      for (const kind of ['text', 'openmetrics'] as const)
        expect((await exposition.body(kind)).plain().equals((await fresh.body(kind)).plain())).toBe(true);
    }
  });
});

describe('samples that are taken for the same', () => {
  const labels = fc.option(
    fc.dictionary(fc.constantFrom('vm', 'vnic', 'to'), fc.constantFrom('a', 'b'), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    { nil: undefined },
  );
  const value = fc.constantFrom(0, -0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY);
  const samples = fc.array(fc.record({ shared: labels, labels, value }), { maxLength: 2 });
  const definition: MetricDefinition = {
    name: 'hyperv_m',
    type: 'gauge',
    help: 'h',
    source: 's',
    labels: [],
    samples: () => [],
  };
  const family = (of: MetricFamily['samples']): MetricFamily => ({
    name: 'hyperv_m',
    type: 'gauge',
    help: 'h',
    samples: of,
  });

  it('have the same series and values, whatever was rendered before', async () => {
    let same = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(samples, samples, samples),
        fc.array(fc.nat(2), { maxLength: 5 }),
        async (some, order) => {
          const bytesOf = createFamilyRenderer();
          const sorted = (text: string | undefined) =>
            text?.replaceAll(/\{(.*)\}/g, (_, inner: string) => inner.split(',').sort().join());
          let former: FamilyBytes | undefined;
          for (const index of order) {
            const of = structuredClone(some[index] ?? []);
            const bytes = await bytesOf(definition, family(of));
            if (bytes !== undefined && bytes === former) same++;
            former = bytes;
            expect(sorted(bytes?.samples.toString())).toBe(sorted((await renderFamily(family(of)))?.samples));
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(same).toBeGreaterThan(500);
  });

  it('are those that are equal', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (of) => {
        const bytesOf = createFamilyRenderer();
        expect(await bytesOf(definition, family(of))).toBe(await bytesOf(definition, family(structuredClone(of))));
      }),
    );
  });

  it('are not those of a render that has failed', async () => {
    const bytesOf = createFamilyRenderer();
    const before = [{ value: 1 }];
    const bytes = await bytesOf(definition, family(before));
    const failing = { ...family([{ value: 2 }]), name: 'not a name' };
    await expect(bytesOf(definition, failing)).rejects.toThrow();
    expect((await bytesOf(definition, family([{ value: 2 }])))?.samples.toString()).toBe('\nhyperv_m 2');
    expect(bytes?.samples.toString()).toBe('\nhyperv_m 1');
  });
});

it('gives one object for equal content, and never another content', () => {
  const interned = createInterner<Readonly<Record<string, string>>>();
  const labels = fc.dictionary(fc.constantFrom('vm', 'vnic'), fc.string({ maxLength: 2 }), { noNullPrototype: true });
  const seen = new Map<string, object>();
  fc.assert(
    fc.property(labels, (value) => {
      const content = JSON.stringify(Object.entries(value));
      const given = interned(value);
      expect(given).toEqual(value);
      expect(given).toBe(seen.get(content) ?? given);
      seen.set(content, given);
    }),
    { numRuns: 500 },
  );
  expect(seen.size).toBeGreaterThan(20);
});
