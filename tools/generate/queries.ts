import type { Cast, Field } from '../../src/document/queries/field.ts';
import { allQueries, PARTS, queriesOf } from '../../src/document/queries/index.ts';
import {
  AVERAGE,
  type CounterSet,
  isCounterSet,
  type EventLog,
  isEventLog,
  isVfCounterSet,
  type Query,
} from '../../src/document/queries/query.ts';
import type { GeneratedFile } from './file.ts';
import { table } from './markdown.ts';

const MODULE = 'src/collect/powershell/HyperVSriov';

/** A text as PowerShell reads it in single quotes. */
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (texts: readonly string[]): string => `@(${texts.map(quote).join(', ')})`;

/** `key kind property`, as ConvertTo-FieldList in HyperVSriov.psm1 takes it apart. */
function line(key: string, { property, cast, raw, or }: Field): string {
  const attempts = [...(raw === true ? [`#${property}`] : []), property, ...(or === undefined ? [] : [or])];
  return `${key} ${cast} ${attempts.join('|')}`;
}

/** HyperVSriov/Queries.psd1: what the module reads, from the queries by source. */
export function queriesFile(queries: readonly { readonly source: string; readonly query: Query }[]): string {
  const fields = queries.flatMap(({ source, query }) =>
    isCounterSet(query)
      ? []
      : [
          `        ${source} = @(`,
          ...Object.entries(query.fields).map(([key, field]) => `            ${quote(line(key, field))}`),
          '        )',
        ],
  );
  const sets = queries.flatMap(({ source, query }) => {
    if (!isCounterSet(query)) return [];
    const averages = Object.entries(query.counters).filter(([, types]) => types === AVERAGE);
    return [
      `        ${source} = @{`,
      `            Set         = ${quote(query.set)}`,
      `            Counter     = ${list(Object.keys(query.counters))}`,
      `            Average     = ${list(averages.map(([name]) => name))}`,
      `            AnySpelling = ${isVfCounterSet(query) ? '$true' : '$false'}`,
      '        }',
    ];
  });
  const logs = queries.flatMap(({ source, query }) =>
    isEventLog(query)
      ? [
          `        ${source} = @{`,
          `            Channel     = ${quote(query.channel)}`,
          `            Filter      = ${quote(xpath(query))}`,
          `            Limit       = ${query.retained.rows}`,
          '        }',
        ]
      : [],
  );
  return [
    '# Generated from src/document/queries by `npm run generate`. Do not edit.',
    '@{',
    '    Fields      = @{',
    ...fields,
    '    }',
    '    CounterSets = @{',
    ...sets,
    '    }',
    '    EventLogs   = @{',
    ...logs,
    '    }',
    '}',
    '',
  ].join('\n');
}

/** The part of an XPath filter that names provider and ids. */
const xpath = ({ provider, ids }: EventLog): string =>
  `Provider[@Name='${provider}'] and (${Object.keys(ids)
    .map((id) => `EventID=${id}`)
    .join(' or ')})`;

const INTRODUCTION = `<!-- Generated from src/document/queries by npm run generate. Do not edit. -->

# What is read from a host

The agent reads each source with one command for the whole host. Only team mappings need a command for each
virtual NIC, and only on SET switches. The agent changes nothing. The name of a source is the value of the label
\`source\` and of the setting \`sources.disabled\`. The part decides how often it is read ([architecture.md](architecture.md)). "Since" is the oldest Windows Server
that is known to have the property. On older ones the row lacks the key, and everything that needs the value is absent.
`;

const section = (source: string, query: Query): string => `### ${source}

\`${query.command}\`${query.optional === undefined ? '' : `\n\nMay be missing: ${query.optional}.`}

${isCounterSet(query) ? counters(query) : fields(query)}
`;

const VALUES: Readonly<Partial<Record<Cast, string>>> = {
  bool: 'flag',
  int: 'number',
  ints: 'numbers',
  wide: '64-bit number',
  ticks: 'duration',
  time: 'time',
};
const WORDS: Readonly<Record<string, string>> = {
  nic: 'NIC',
  vm: 'VM',
  vnic: 'vNIC',
  vswitch: 'vSwitch',
  mac: 'MAC',
  ip: 'IP address',
};
const whatItIs = ({ kind, cast }: Field): string =>
  VALUES[cast] ??
  kind
    .split('_')
    .map((word) => WORDS[word] ?? word)
    .join(' ') + (cast === 'texts' ? ' (list)' : '');

const fields = (query: Query): string =>
  table(
    ['Property', 'Key', 'What it is', 'Enumeration', 'Since'],
    Object.entries(query.fields).map(([key, field]) => [
      [field.property, ...(field.or === undefined ? [] : [field.or])].map((name) => `\`${name}\``).join(' or '),
      `\`${key}\``,
      `${whatItIs(field)}${field.raw === true ? ', raw' : ''}`,
      field.enumeration ?? '',
      `Server ${field.since ?? query.since}`,
    ]),
  );

const counters = ({ counters: names, since }: CounterSet): string =>
  table(
    ['Counter', 'Since'],
    Object.keys(names).map((name) => [`\`${name}\``, `Server ${since}`]),
  );

/** docs/what-is-read.md: each query and its properties. */
function page(): string {
  const parts = PARTS.map(
    (part) =>
      `## Part ${part}\n\n${Object.entries(queriesOf(part))
        .map(([source, query]) => section(source, query))
        .join('\n')}`,
  );
  return `${INTRODUCTION}\n${parts.join('\n')}`;
}

export function generate(): Promise<GeneratedFile[]> {
  return Promise.resolve([
    { path: `${MODULE}/Queries.psd1`, content: queriesFile(allQueries()) },
    { path: 'docs/what-is-read.md', content: page() },
  ]);
}
