import type { StubCounterSet, StubHost, StubObject, StubValue } from './module.ts';

/**
 * A host whose counters go on with the wall clock: each moves, from `at` (Unix milliseconds) on, as fast as from
 * `first` to `later`, which is the same host `seconds` later.
 */
export function advancing(first: StubHost, later: StubHost, seconds: number, at: number): StubHost {
  const call = 'Get-NetAdapterStatistics';
  const move = (from: StubObject, to: StubObject | undefined): StubObject =>
    Object.fromEntries(Object.entries(from).map(([name, value]) => [name, moving(value, to?.[name], seconds)]));
  const statistics = first.calls[call];
  return {
    ...first,
    at,
    calls: {
      ...first.calls,
      ...(statistics?.rows && {
        [call]: { ...statistics, rows: statistics.rows.map((row, i) => move(row, later.calls[call]?.rows?.[i])) },
      }),
    },
    counters: Object.fromEntries(
      Object.entries(first.counters ?? {}).map(([name, set]): [string, StubCounterSet] => {
        const others = new Map(later.counters?.[name]?.rows?.map(({ instance, values }) => [instance, values]));
        const rows = set.rows?.map(({ instance, values }) => ({
          instance,
          values: move(values, others.get(instance)),
        }));
        return [name, { ...set, ...(rows && { rows }) }];
      }),
    ),
  };
}

function moving(from: StubValue, to: StubValue | undefined, seconds: number): StubValue {
  if (typeof from !== 'string' || typeof to !== 'string' || from === to || !/^\d+$/.test(from)) return from;
  return { from, perSecond: (Number(to) - Number(from)) / seconds };
}
