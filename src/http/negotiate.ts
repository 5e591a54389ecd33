import type { ExpositionKind } from './deps.ts';

interface Preference {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Scrapers and browsers send the same few headers with every request. A header has at most LIMITS.headerBytes. */
const MAX_REMEMBERED = 32;

/** Remembers what follows from a header, for the headers seen last. No header is an empty one. */
function remembered<T>(read: (header: string) => T): (header: string | undefined) => T {
  const known = new Map<string, T>();
  return (header = '') => {
    const former = known.get(header);
    if (former !== undefined) return former;
    const result = read(header);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(header, result);
    return result;
  };
}

/** The entries of an Accept-like header with their q-values (RFC 9110, 12.4.2). An invalid q counts as 0. */
function preferences(header: string): Preference[] {
  return header.split(',').flatMap((entry) => {
    const [name = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase());
    if (name === '') return [];
    const parameters = new Map(
      rest.map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
    );
    const quality = parameters.has('q') ? Number(parameters.get('q') || Number.NaN) : 1;
    return [{ name, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }];
  });
}

/**
 * The exposition format for an Accept header: OpenMetrics 1.0.0 if the header names it with a q-value at least as high as
 * that of the text format. Otherwise the text format, which every scraper and browser can read.
 */
export const expositionKind = remembered((accept): ExpositionKind => {
  const wanted = preferences(accept);
  const openmetrics = best(wanted.filter(isOpenMetrics));
  const text = wanted.filter(isText);
  const plain =
    text.length > 0 ? best(text) : best(wanted.filter((entry) => entry.name === 'text/*' || entry.name === '*/*'));
  return openmetrics > 0 && openmetrics >= plain ? 'openmetrics' : 'text';
});

const isOpenMetrics = ({ name, parameters }: Preference): boolean =>
  name === 'application/openmetrics-text' && ['1.0.0', undefined].includes(parameters.get('version'));

const isText = ({ name, parameters }: Preference): boolean =>
  name === 'text/plain' && ['0.0.4', undefined].includes(parameters.get('version'));

const best = (entries: readonly Preference[]): number => Math.max(0, ...entries.map((entry) => entry.quality));

/** Whether an Accept-Encoding header allows gzip. */
export const acceptsGzip = remembered((acceptEncoding): boolean => {
  const wanted = preferences(acceptEncoding);
  const named = wanted.find((entry) => entry.name === 'gzip') ?? wanted.find((entry) => entry.name === '*');
  return (named?.quality ?? 0) > 0;
});
