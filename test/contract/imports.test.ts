import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which rooms a room may import from, beside itself. Data flows one way: a room never knows who reads it. */
const BASE = [
  'body.ts',
  'clock.ts',
  'errors.ts',
  'files',
  'http-client',
  'log.ts',
  'once.ts',
  'shipped.ts',
  'text',
  'tristate.ts',
  'turn.ts',
  'unix-time.ts',
];
const MAY_IMPORT: Record<string, readonly string[]> = {
  'body.ts': [],
  'clock.ts': [],
  'node-flags.ts': [],
  'once.ts': ['turn.ts'],
  'shipped.ts': [],
  'tristate.ts': [],
  'unix-time.ts': [],
  text: ['turn.ts'],
  'turn.ts': ['clock.ts'],
  'errors.ts': ['text'],
  files: ['errors.ts', 'once.ts'],
  'http-client': ['errors.ts', 'files', 'text'],
  'log-output.ts': [],
  'log.ts': ['errors.ts', 'log-output.ts', 'text'],
  'log-file.ts': BASE,
  document: BASE,
  collect: [...BASE, 'document'],
  'simulated-host': [...BASE, 'document', 'collect'],
  host: [...BASE, 'document'],
  history: [...BASE, 'document', 'host'],
  diagnosis: [...BASE, 'document', 'host', 'history'],
  report: [...BASE, 'document', 'host', 'history', 'diagnosis'],
  trend: [...BASE, 'document', 'host', 'history'],
  cluster: [...BASE, 'document', 'host', 'history', 'diagnosis', 'report'],
  metrics: [...BASE, 'document', 'host', 'history', 'diagnosis', 'poll'],
  alerting: [...BASE, 'document', 'host', 'history', 'diagnosis', 'metrics'],
  windows: BASE,
  poll: [...BASE, 'document', 'collect'],
  measure: [...BASE, 'document', 'host', 'history', 'metrics', 'report'],
  state: [...BASE, 'document', 'host', 'history', 'report', 'trend', 'alerting'],
  config: [...BASE, 'document'],
  http: [
    ...BASE,
    'cluster',
    'document',
    'host',
    'history',
    'diagnosis',
    'report',
    'trend',
    'metrics',
    'poll',
    'alerting',
  ],
  'pipeline.ts': ['*'],
  'own-alerting.ts': ['*'],
  'monitored-host.ts': ['*'],
  'agent.ts': ['*'],
  fleet: ['*'],
  cli: ['*'],
  'main.ts': ['cli', ...BASE],
};

/** Each package that reaches outside has one home. */
const HOMES: Record<string, RegExp> = {
  'prom-client': /^metrics\//,
  fastify: /^http\//,
  'node-powershell': /^collect\/powershell\//,
  'node-cron': /^poll\/schedule\.ts$/,
  commander: /^cli\//,
  bcryptjs: /^http\//,
  marked: /^http\/docs\//,
  koffi: /^windows\/native\//,
  yaml: /^(files\/yaml\.ts$|(config|http|cli|alerting)\/)/,
};

const src = join(import.meta.dirname, '../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|mjs)$/.test(name))
  .map((name) => name.split(sep).join('/'));

/** Every import of every file, as [file, specifier]. */
const imports = files.flatMap((file) =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map((match) => ({ file, to: match[1] ?? match[2] ?? match[3] ?? '' })),
);
const room = (file: string) => file.split('/')[0] ?? '';

describe('the folders of src', () => {
  it('are all known', () => {
    expect([...new Set(files.map(room))].filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  it('import in one direction only', () => {
    const edges = imports
      .filter(({ to }) => to.startsWith('.'))
      .map(({ file, to }) => ({
        file,
        from: room(file),
        to: room(
          relative(src, resolve(src, dirname(file), to))
            .split(sep)
            .join('/'),
        ),
      }))
      .filter((edge) => edge.from !== edge.to);
    expect(edges.length).toBeGreaterThan(100);
    const wrong = edges.filter((edge) => {
      const allowed = MAY_IMPORT[edge.from] ?? [];
      return !allowed.includes('*') && !allowed.includes(edge.to);
    });
    expect(wrong.map((edge) => `${edge.file} imports ${edge.to}`)).toEqual([]);
  });

  it('use each package in one place', () => {
    const seen = new Set<string>();
    const strays = imports.filter(({ file, to }) => {
      const home = HOMES[to];
      if (home === undefined) return false;
      seen.add(to);
      return !home.test(file);
    });
    expect(strays).toEqual([]);
    expect([...seen].sort()).toEqual(Object.keys(HOMES).sort());
  });

  it('ask other programs over HTTP in one place, with a deadline and a bound', () => {
    const asking = files.filter((file) => /\bfetch\(|from 'node:https'/.test(readFileSync(join(src, file), 'utf8')));
    expect(asking.toSorted()).toEqual(['http-client/exchange.ts', 'http/transport.ts']);
  });

  it('read the environment and the clock in one place each', () => {
    const uses = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(src, file), 'utf8')));
    const env = uses(/process\.env\b/);
    expect(env.length).toBeGreaterThan(0);
    expect(env.filter((file) => room(file) !== 'config')).toEqual([]);
    expect(uses(/Date\.now\(|performance\.now\(|new Date\(\)/)).toEqual(['clock.ts']);
  });

  it('know no time but UTC, so that a change of the time zone changes nothing', () => {
    const local =
      /\.[gs]et(?:Hours|Minutes|Seconds|Date|Day|Month|FullYear)\(|getTimezoneOffset|toLocale\w*String|DateTimeFormat/;
    expect(['at.getHours()', 'at.setDate(1)', 'at.toLocaleTimeString()'].every((text) => local.test(text))).toBe(true);
    expect(files.filter((file) => local.test(readFileSync(join(src, file), 'utf8')))).toEqual([]);
  });

  it('get the platform passed in, so that each platform can be tested on every other', () => {
    const uses = files.filter((file) => readFileSync(join(src, file), 'utf8').includes('process.platform'));
    // The entry, the defaults of three parameters, and the door to Windows' own functions.
    expect(uses.sort()).toEqual([
      'cli/program.ts',
      'collect/powershell/reader.ts',
      'config/load.ts',
      'http/web-config/parse.ts',
      'windows/open.ts',
    ]);
  });

  it('find the files that are shipped beside the code in one place, so that the code can be bundled', () => {
    const uses = files.filter((file) => readFileSync(join(src, file), 'utf8').includes('import.meta'));
    expect(uses).toEqual(['shipped.ts']);
  });

  it('hold small files', () => {
    const sizes = files.map((file) => readFileSync(join(src, file), 'utf8').split('\n').length).sort((a, b) => a - b);
    expect(sizes.length).toBeGreaterThan(60);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(110);
  });
});
