/** JSON with the keys of every object sorted. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** A document as text without what differs from run to run: times, the process, and orders that are not promised. */
export const comparable = (document: unknown): string =>
  sorted(
    JSON.parse(
      JSON.stringify(document, (key, value: unknown) =>
        ['takenAt', 'durationMs', 'child'].includes(key)
          ? undefined
          : key === 'rows' && Array.isArray(value)
            ? value.map(sorted).sort()
            : value,
      ),
    ),
  );
