import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openDiscovery, readFoundNodes, wantedNodes } from '../../src/fleet/discovery.ts';
import { nodeNameOf } from '../../src/fleet/cluster-nodes.ts';
import { noSaves } from '../support/no-saves.ts';

const folder = mkdtempSync(join(tmpdir(), 'discovery-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = { warn: () => undefined };
const HOUR = 3_600_000;
let now = 1_800_000_000_000;
const clock = { now: () => now, monotonic: () => now };
const state = join(folder, 'state');
const open = () => openDiscovery(state, clock, log, noSaves);
beforeEach(() => rmSync(state, { recursive: true, force: true }));

const names = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name);
const KEY = process.platform === 'win32' ? 'C:\\k' : '/k';
function config(clusters: string) {
  const path = join(folder, 'config.yaml');
  writeFileSync(
    path,
    `source: targets\ntargets:\n  defaults: { user: u, key_file: '${KEY}', known_hosts_file: '${KEY}' }\n  clusters:\n${clusters}`,
  );
  return loadConfig({ flags: new Map([['config.file', path]]), environment: {} }).config;
}

describe('the nodes that seeds name', () => {
  it('are kept in lower case without a domain; what is no name is left out', async () => {
    const found = await open();
    const changed = found.observe('a', [
      { name: 'HV01', state: 'up' },
      { name: 'HV02.example.net', state: 'down' },
      { name: '-oProxyCommand=x' },
      { name: 'a b' },
      { name: '../x' },
      { name: '' },
      { name: 'x'.repeat(64) },
    ]);
    expect([changed, found.nodes()]).toEqual([
      true,
      [
        { cluster: 'a', name: 'hv01', state: 'up', lastSeen: now },
        { cluster: 'a', name: 'hv02', state: 'down', lastSeen: now },
      ],
    ]);
    expect(found.observe('a', [{ name: 'HV01', state: 'down' }])).toBe(false);
    await found.save();
  });

  it('stay for 24 hours of answers after the cluster has dropped them, and stand while no seed answers', async () => {
    const found = await open();
    found.observe('a', [{ name: 'hv01' }, { name: 'hv02' }]);
    now += 23 * HOUR;
    expect(found.observe('a', [{ name: 'hv01' }])).toBe(false);
    expect(names(found.nodes())).toEqual(['hv01', 'hv02']);
    now += 100 * HOUR;
    expect(names(found.nodes())).toEqual(['hv01', 'hv02']);
    expect(found.observe('a', [{ name: 'hv01' }])).toBe(true);
    expect(names(found.nodes())).toEqual(['hv01']);
    await found.save();
  });

  it('are known after a restart; a file that is damaged is reported and ignored', async () => {
    const found = await open();
    found.observe('a', [{ name: 'hv01', state: 'up' }]);
    await found.save();
    expect(names((await open()).nodes())).toEqual(['hv01']);
    const file = join(state, 'discovered.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(1));
    const warnings: unknown[] = [];
    const again = await openDiscovery(
      state,
      clock,
      { warn: (...words: unknown[]) => void warnings.push(words) },
      noSaves,
    );
    expect([again.nodes(), warnings.length]).toEqual([[], 1]);
    await expect(readFoundNodes(state)).rejects.toMatchObject({ code: 'found_nodes_unreadable' });
  });

  it('are bounded in number', async () => {
    const found = await open();
    found.observe(
      'a',
      Array.from({ length: 5000 }, (_, index) => ({ name: `n${index}` })),
    );
    expect(found.nodes()).toHaveLength(256);
    await found.save();
  });
});

describe('the nodes that a configuration wants', () => {
  const nodes = ['hv11', 'hv12', 'hv21', 'listed'].map((name) => ({ cluster: 'b', name, lastSeen: now }));
  const wanted = (text: string, found = nodes) =>
    wantedNodes(config(text), process.platform, found, new Set(['listed']));

  it('match `only`, have the address of the pattern, and are not listed', () => {
    const found = wanted(
      '    - { name: b, seeds: [hv11.example.net], address: "{node}.example.net", only: "HV1?", labels: { site: x }, port: 2222 }\n',
    );
    expect(found.map(({ name, target }) => [name, target.labels, target.from])).toEqual(
      ['hv11', 'hv12'].map((name) => [
        name,
        { site: 'x', cluster: 'b' },
        {
          kind: 'ssh',
          ssh: expect.objectContaining({ name, address: `${name}.example.net`, port: 2222, user: 'u' }),
        },
      ]),
    );
  });

  it('are agents with `via: http`', () => {
    const [found] = wanted('    - { name: b, seeds: [hv11], via: http, url: "https://{name}.example.net:10182" }\n');
    expect(found?.target.from).toEqual({
      kind: 'http',
      http: expect.objectContaining({ name: 'hv11', url: 'https://hv11.example.net:10182' }),
    });
  });

  it('are none of another cluster', () => {
    expect(wanted('    - { name: c, seeds: [hv11] }\n')).toEqual([]);
  });

  it('take a time that is linear in the length of a name', () => {
    const text = `    - { name: b, seeds: [hv11], only: "${'*a'.repeat(50)}b" }\n`;
    const started = performance.now();
    expect(wanted(text, [{ cluster: 'b', name: 'a'.repeat(63), lastSeen: now }])).toEqual([]);
    // Milliseconds; a time that doubles with each star does not end.
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

it.each([
  ['HV01', 'hv01'],
  ['hv-01.corp.example.net', 'hv-01'],
  ['-hv01', undefined],
  ['hv 01', undefined],
  ['hv01\n', undefined],
  ['ｈｖ０１', undefined],
])('a node that its cluster calls %j is the target %s', (node, name) => {
  expect(nodeNameOf(node)).toBe(name);
});
