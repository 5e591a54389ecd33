import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDuration } from '../../src/text/duration.ts';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { secretRegistry } from '../../src/config/fields.ts';
import { webPrefix } from '../../src/config/policy.ts';
import { configurationFiles, SETTINGS } from '../../src/config/settings.ts';
import { inner } from '../../src/files/schema-keys.ts';
import { anyText } from '../support/any-text.ts';
import { runCli, runCliIn } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'config ü '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (text: string) => {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, text);
  return path;
};
const load = (
  flags: Readonly<Record<string, string | boolean>> = {},
  environment: Readonly<Record<string, string>> = {},
) => loadConfig({ flags: new Map(Object.entries(flags)), environment }).config;

describe('flag, environment, file', () => {
  it('the one with precedence is used, for each setting', () => {
    const path = file('log: { level: debug, format: json }\ndemo: { seed: 2, scenario: healthy }\n');
    const environment = { HYPERV_SRIOV_LOG_LEVEL: 'warn', HYPERV_SRIOV_DEMO_SEED: '3', HYPERV_SRIOV_CONFIG_FILE: path };
    const config = load({ 'demo.seed': '4' }, environment);
    expect([
      config.demo.seed,
      config.log.level,
      config.log.format,
      config.demo.scenario,
      config.poll.activity.interval,
    ]).toEqual([4, 'warn', 'json', 'healthy', 15_000]);
  });

  it('every setting but structures has a flag and a variable of its name', async () => {
    const { out } = await runCli('--help', 'settings');
    const plain = SETTINGS.filter(({ kind }) => kind !== 'structure');
    expect(plain.length).toBeGreaterThan(30);
    expect(plain.filter(({ name }) => !out.includes(`--${name}`))).toEqual([]);
    expect(new Set(plain.map(({ environment }) => environment)).size).toBe(plain.length);
  });

  it('takes switches, lists, numbers and durations from text', () => {
    const config = load(
      { 'web.enable-lifecycle': true, 'poll.config.interval': '30m' },
      { HYPERV_SRIOV_SOURCES_DISABLED: 'cluster, vm_switch_extension', HYPERV_SRIOV_LABELS_IP_ADDRESSES: 'true' },
    );
    expect(config.web['enable-lifecycle']).toBe(true);
    expect(config.poll.config.interval).toBe(1_800_000);
    expect(config.sources.disabled).toEqual(['cluster', 'vm_switch_extension']);
    expect(config.labels['ip-addresses']).toBe(true);
  });

  it('takes one address to listen on or several, in a flag, a variable and a file', () => {
    const hosts = (config: { readonly web: { readonly 'listen-address': readonly object[] } }) =>
      config.web['listen-address'];
    const both = [
      { host: '127.0.0.1', port: 10_182 },
      { host: 'fd00::7', port: 10_182 },
    ];
    expect(hosts(load())).toEqual([{ port: 10_182 }]);
    expect(hosts(load({ 'web.listen-address': '127.0.0.1:10182,[fd00::7]:10182' }))).toEqual(both);
    expect(hosts(load({}, { HYPERV_SRIOV_WEB_LISTEN_ADDRESS: '127.0.0.1:10182, [fd00::7]:10182' }))).toEqual(both);
    const list = file('web: { listen-address: ["127.0.0.1:10182", "[fd00::7]:10182"] }\n');
    expect(hosts(load({ 'config.file': list }))).toEqual(both);
    expect(hosts(load({ 'config.file': file('web: { listen-address: "127.0.0.1:10182" }\n') }))).toEqual([both[0]]);
  });

  it('a flag of a list may be repeated', async () => {
    const lists =
      '--web.listen-address 127.0.0.1:1 --web.listen-address [::1]:2 --sources.disabled cluster --sources.disabled eventlog';
    const { code, out } = await runCli('config', 'print', ...lists.split(' '));
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      web: { 'listen-address': ['127.0.0.1:1', '[::1]:2'] },
      sources: { disabled: ['cluster', 'eventlog'] },
    });
  });

  it.each([
    [undefined, undefined, '', ''],
    ['https://proxy.example.net/hyperv/', undefined, '/hyperv', '/hyperv'],
    ['https://proxy.example.net/hyperv', '/', '', '/hyperv'],
    ['https://proxy.example.net', 'a/b/', '/a/b', ''],
    [undefined, '/hyperv', '/hyperv', '/hyperv'],
  ])(
    'external URL %s and route prefix %s: routes begin with "%s", links with "%s"',
    (external, prefix, route, link) => {
      const flags = {
        ...(external === undefined ? {} : { 'web.external-url': external }),
        ...(prefix === undefined ? {} : { 'web.route-prefix': prefix }),
      };
      expect(webPrefix(load(flags))).toEqual({ route, link });
    },
  );

  it('a relative path in the file is resolved against its folder, one in a flag against the current folder', () => {
    const path = file('storage: { path: state }\n');
    expect(load({ 'config.file': path }).storage.path).toBe(join(folder, 'state'));
    expect(load({ 'config.file': path, 'storage.path': 'state' }).storage.path).toBe('state');
  });

  it('patterns must match the whole name', () => {
    const { vm } = load({ 'vm.include': 'web|sql.*' });
    expect(['web', 'sql01', 'web07', 'mysql'].map((name) => vm.include.test(name))).toEqual([true, true, false, false]);
    expect(vm.exclude.test('anything')).toBe(false);
  });
});

describe('files with secrets', () => {
  it('are found from the folder of the configuration, and are among those that doctor looks at', () => {
    const config = load({
      'config.file': file(`alerting:
  alertmanagers:
    - { url: 'https://am.example.net', basic_auth: { username: hv, password_file: secrets/password } }
    - { url: 'https://am.example.net', bearer_token_file: token, header_files: { X-Api-Key: key } }
  webhook: { url_file: hook }
`),
    });
    const expected = ['secrets/password', 'token', 'key', 'hook'].map((name) => join(folder, name));
    expect(configurationFiles(config)).toEqual(expected);
  });

  it('an environment without a file takes none', () => expect(configurationFiles(load())).toEqual([]));
});

describe('config print', () => {
  it('shows all settings in use as a file, with secrets replaced', async () => {
    const path = file(`alerting:
  enabled: true
  external_labels: { instance: hv01 }
  alertmanagers:
    - url: https://am.example.net/prefix
      basic_auth: { username: hv, password: never-shown }
    - url: https://am2.example.net/?token=never-shown#never=never-shown
      bearer_token: never-shown
      headers: { X-Api-Key: never-shown }
  webhook: { url: 'https://hooks.example.net/never-shown' }
`);
    const { code, out } = await runCliIn({ HYPERV_SRIOV_LOG_LEVEL: 'debug' }, [
      'config',
      'print',
      '--config.file',
      path,
    ]);
    expect(code).toBe(0);
    expect(out).not.toContain('never-shown');
    const shown = parse(out) as Record<string, Record<string, unknown>>;
    expect(shown['log']).toMatchObject({ level: 'debug', format: 'auto' });
    expect(shown['alerting']?.['alertmanagers']).toEqual([
      { url: 'https://am.example.net/prefix', basic_auth: { username: 'hv', password: '<secret>' } },
      { url: 'https://am2.example.net/?[redacted]', bearer_token: '<secret>', headers: { 'X-Api-Key': '<secret>' } },
    ]);
    expect(shown['alerting']?.['webhook']).toEqual({ url: '<secret>' });
  });

  it.each([
    'https://me:never-shown@example.net',
    'https://example.net/?token=never-shown',
    'never-shown://x:never-shown@y',
  ])('refuses a secret in an address that is given to others, and does not repeat it: %s', async (url) => {
    const { code, err } = await runCli('config', 'check', '--web.external-url', url);
    expect(code).toBe(64);
    expect(err).toMatch(/--web\.external-url: must be (?:scheme, host|an http)/);
    expect(err.replaceAll('"never-shown://', '')).not.toContain('never-shown');
  });

  it('needs no secret from flags and environment, which others can read', () => {
    const bySetting = SETTINGS.filter(({ kind }) => kind !== 'structure');
    expect(bySetting.length).toBeGreaterThan(30);
    expect(bySetting.filter(({ schema }) => secretRegistry.has(inner(schema)))).toEqual([]);
    expect(SETTINGS.filter(({ kind }) => kind === 'structure').map(({ name }) => name)).toContain('alerting.webhook');
  });

  it('prints a file that gives the same configuration', async () => {
    const first = await runCli('config', 'print');
    const second = await runCli('config', 'print', '--config.file', file(first.out));
    expect(second).toEqual(first);
  });
});

describe('any text', () => {
  it('as a file gives a configuration or its faults by line, never another error', () => {
    const key = fc.constantFrom('web', 'poll', 'inventory', 'interval', 'vm', 'include', 'expect_vf', 'alerting', 'x');
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('15s', '', '(', ':1', null, true, 3, -1.5),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    const text = fc.oneof(
      anyText(),
      tree.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (written) => {
        const path = file(written);
        try {
          load({ 'config.file': path });
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.faults.length).toBeGreaterThan(0);
          for (const fault of error.faults) expect(fault.startsWith(`${path}:`)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('as a duration gives the milliseconds that Prometheus reads, or is refused', () => {
    for (const [text, ms] of [
      ['15s', 15_000],
      ['1h30m', 5_400_000],
      ['250ms', 250],
      ['7d', 604_800_000],
      ['1w2d', 777_600_000],
      ['0', 0],
    ] as const)
      expect(parseDuration(text)).toBe(ms);
    for (const text of ['', '15', 's', '15 s', '-1s', '1.5h', '30m1h', '1h1h', '１５s'])
      expect(parseDuration(text)).toBeUndefined();
  });
});
