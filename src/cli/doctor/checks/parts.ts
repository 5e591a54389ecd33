import { type ParsedSource, type Part, PARTS } from '../../../document/document.ts';
import { allQueries } from '../../../document/queries/index.ts';
import { isCounterSet, type Query } from '../../../document/queries/query.ts';
import { errorText, OperationalError } from '../../../errors.ts';
import { type Check, failed, ok, type Outcome, skipped } from '../check.ts';

/** The same counter set read whole by another source: checked there. */
const READ_ELSEWHERE: Readonly<Record<string, string>> = { vnic_instance: 'counters_virtual_network_adapter' };

/** A source as its document shows it. Pure. */
export function sourceOutcome(name: string, query: Query, source: ParsedSource<unknown> | undefined): Outcome {
  if (source === undefined) return skipped('not in the answer');
  const { status, rows, errors, durationMs, skipped: bad } = source;
  const error = errors[0] ?? 'no reason given';
  if (status === 'unsupported') {
    if (query.optional !== undefined)
      return skipped(`this host has none, which is not a fault: ${query.optional} (${error})`);
    const elsewhere = READ_ELSEWHERE[name];
    if (elsewhere !== undefined) return skipped(`see source:${elsewhere}`);
    return isCounterSet(query)
      ? failed(
          `the counter set "${query.set}" is missing: ${error}`,
          `typeperf -q "${query.set}"; docs/troubleshooting.md, "A counter set is missing"`,
        )
      : failed(`this Windows does not have it: ${error}`, 'docs/windows.md lists the required version of Windows');
  }
  if (status === 'failed')
    return failed(
      `failed: ${error}`,
      isCounterSet(query)
        ? 'put the account in Performance Monitor Users (S-1-5-32-558); docs/troubleshooting.md'
        : 'run the command by hand as the same account; docs/troubleshooting.md, "Stale"',
    );
  if (bad > 0 && rows.length === 0)
    return failed(`none of its ${bad} rows can be used`, 'report it with the version of Windows and a capture');
  const notes = [
    ...(bad > 0 ? [`${bad} rows of an unknown shape`] : []),
    ...(status === 'partial' ? [`and errors: ${error}`] : []),
  ];
  return ok([rows.length === 1 ? '1 row' : `${rows.length} rows`, ...notes].join(', '), durationMs);
}

const isOff = (disabled: readonly string[], name: string) => disabled.includes(name);

const partCheck = (part: Part): Check => ({
  id: part,
  title: `Part ${part} in one poll`,
  needs: ['module'],
  async run(inspection) {
    const { disabled } = inspection.config.sources;
    if (isOff(disabled, part)) return skipped('switched off in sources.disabled');
    const deadline = inspection.config.poll[part].deadline / 1000;
    try {
      await inspection.document(part);
      return ok(`answers within its deadline of ${deadline} s`);
    } catch (error) {
      const late = error instanceof OperationalError && error.code === 'timeout';
      return failed(
        late ? `no answer within ${deadline} s` : errorText(error),
        late ? `if the host is only slow, raise poll.${part}.deadline` : 'docs/troubleshooting.md, "Stale"',
      );
    }
  },
});

const sourceCheck = (part: Part, name: string, query: Query): Check => ({
  id: `source:${name}`,
  title: isCounterSet(query) ? `Counter set ${query.set}` : `Source ${name}`,
  // Without rights the Hyper-V module shows nothing.
  needs: query.origin === 'Hyper-V' ? [part, 'rights'] : [part, 'hyperv_role'],
  async run(inspection) {
    if (isOff(inspection.config.sources.disabled, name)) return skipped('switched off in sources.disabled');
    const sources: Readonly<Record<string, ParsedSource<unknown> | undefined>> = (await inspection.document(part))
      .sources;
    return sourceOutcome(name, query, sources[name]);
  },
});

/** One check per part: whether it was polled in time. */
export const partChecks: readonly Check[] = PARTS.map(partCheck);
/** One check per source: whether it was read. */
export const sourceChecks: readonly Check[] = allQueries().map(({ part, source, query }) =>
  sourceCheck(part, source, query),
);
