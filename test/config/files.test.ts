import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { anchorPaths } from '../../src/config/settings.ts';
import { isFullPath, pathFault } from '../../src/files/path.ts';
import { readWebConfig } from '../../src/http/web-config/load.ts';
import { decodeText } from '../../src/files/text.ts';
import { anyText } from '../support/any-text.ts';
import { runCli } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'files ü '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const utf16 = (text: string, bigEndian = false) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};
const ANSI = Buffer.from('# Überwachung\nstorage: { path: Zustände }\n', 'latin1');

describe('a text file', () => {
  it('has the same text in UTF-8 and UTF-16, with a byte order mark or not', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        // A text that begins with the mark itself cannot be told from one with a mark.
        fc.pre(!text.startsWith('\uFEFF') && !text.includes('\0') && text.isWellFormed());
        const utf8 = Buffer.from(text);
        const all = [utf8, Buffer.from(`\uFEFF${text}`), utf16(text), utf16(text, true)];
        expect(all.map((bytes) => decodeText(bytes))).toEqual(Array(4).fill(text));
      }),
    );
  });

  it.each([
    ['ANSI', ANSI, 'is not UTF-8 (line 1), probably ANSI: save it as UTF-8'],
    ['ANSI in the third line', Buffer.from('a\nb\n# für\n', 'latin1'), 'is not UTF-8 (line 3)'],
    ['UTF-16 without the mark', Buffer.from('a: 1', 'utf16le'), 'is not text, or is UTF-16 without a byte order mark'],
    ['half a UTF-16 file', utf16('a: 1').subarray(0, 5), 'has the byte order mark of UTF-16 but is not valid UTF-16'],
  ])('%s is refused by name', (_, bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(message);
  });
});

describe('the files of an administrator', () => {
  const text = 'storage: { path: Zustände }\r\ndemo: { scenario: healthy }\r\n';

  it.each([
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', utf16(text)],
    ['UTF-16, big end first', utf16(text, true)],
  ])('the configuration in %s, with CRLF', (name, bytes) => {
    const { config } = loadConfig({ flags: new Map([['config.file', write(`${name}.yaml`, bytes)]]), environment: {} });
    expect([config.storage.path, config.demo.scenario]).toEqual([join(folder, 'Zustände'), 'healthy']);
  });

  it('the configuration, thresholds, web configuration, key and run in ANSI are refused by name', async () => {
    const ansi = write('ansi.yaml', ANSI);
    const wrong = 'is not UTF-8 (line 1), probably ANSI: save it as UTF-8';
    const web = await readWebConfig(ansi);
    const demo = ['--source', 'demo', '--demo.scenario', 'healthy'];
    const said = await Promise.all(
      [
        ['config', 'check', '--config.file', ansi],
        ['alerts', '--config', ansi],
        ['capture', join(folder, 'none.gz'), ...demo, '--key-file', ansi],
        ['measure', '--vm', 'x', ...demo, '--compare', ansi],
      ].map(async (args) => (await runCli(...args)).err),
    );
    expect(said.filter((err) => !err.includes(ansi) || !err.includes(wrong))).toEqual([]);
    expect(web.result instanceof Error && web.result.message).toContain(wrong);
  });
});

describe('a path', () => {
  const WRONG = [
    ['C:\temp\new', 'a tab, U+0009'],
    ['C:\new', 'a line break, U+000A'],
    ['C:\u0085ode', 'U+0085'],
    ['C:\u2028ogs', 'U+2028'],
    ['C:state', 'starts at the current folder of that drive'],
    ['C:', 'starts at the current folder of that drive'],
    ['\\state', 'starts at the root of the current drive'],
    ['/state', 'starts at the root of the current drive'],
  ] as const;
  const RIGHT = [
    'C:\\temp\\new',
    'C:/temp',
    '\\\\server\\share\\x',
    '\\\\?\\C:\\x',
    '//server/share',
    'state',
    '..\\x',
  ];

  it('is refused on Windows where it contains a control character or depends on the current drive', () => {
    expect(WRONG.map(([path, what]) => pathFault(path, 'win32')?.includes(what))).toEqual(WRONG.map(() => true));
    expect(RIGHT.map((path) => pathFault(path, 'win32'))).toEqual(RIGHT.map(() => undefined));
    expect(['/state', '/C:x', 'C:state', 'a\\b'].map((path) => pathFault(path, 'linux'))).toEqual(
      Array(4).fill(undefined),
    );
    expect(pathFault('/st\tate', 'linux')).toContain('a tab');
  });

  it('is full only if it does not depend on the current folder or drive', () => {
    const full = (paths: readonly string[], platform: NodeJS.Platform) =>
      paths.map((path) => isFullPath(path, platform));
    expect(full(['C:\\x', 'c:/x', '\\\\s\\h\\x', '\\\\?\\C:\\x'], 'win32')).toEqual(Array(4).fill(true));
    expect(full(['\\x', '/x', 'C:x', 'x', '.\\x', ''], 'win32')).toEqual(Array(6).fill(false));
    expect(full(['/x', 'x', 'C:\\x'], 'linux')).toEqual([true, false, false]);
  });

  it('in the file is reported with its line, also within a structure and in the web configuration', async () => {
    const lines = [
      'storage:',
      '  path: "C:\\temp\\new"',
      'replay: { file: "/x\\ty" }',
      'log: { level: loud }',
      'alerting:',
      '  enabled: true',
      '  external_labels: { instance: hv01 }',
      '  alertmanagers:',
      '    - url: https://am.example.net',
      '      tls:',
      '        ca_file: "C:\\new"',
    ];
    const check = async (name: string, text: string) => {
      const { code, err } = await runCli('config', 'check', '--config.file', write(name, text));
      expect(code).toBe(64);
      return err.trimEnd().split('\n');
    };
    expect(await check('paths.yaml', lines.join('\n'))).toEqual([
      expect.stringMatching(
        /paths\.yaml:2: storage\.path: contains a control character \(a tab, U\+0009\): .*, got "C:\\temp\\new"$/,
      ),
      expect.stringMatching(/paths\.yaml:3: replay\.file: contains a control character \(a tab, U\+0009\)/),
      expect.stringContaining('paths.yaml:4: log.level: must be one of'),
      expect.stringMatching(
        /paths\.yaml:\d+: alerting\.alertmanagers\.0\.tls\.ca_file: contains a control character \(a line break/,
      ),
    ]);
    expect(await check('escape.yaml', 'storage: { path: "C:\\Users\\x" }\n')).toEqual([
      expect.stringMatching(
        /escape\.yaml:1: Invalid escape sequence .* in double quotes: write a Windows path in single quotes/,
      ),
    ]);
    const web = await readWebConfig(write('web.yml', 'tls_server_config:\n  cert_file: "C:\\new"\n  key_file: a\n'));
    expect(web.result instanceof Error && web.result.message).toContain(
      'web.yml:2: tls_server_config.cert_file: contains a control character',
    );
  });

  it('that is relative is resolved against the folder of the file, also within a structure; other drives and shares stay', () => {
    const written = {
      storage: { path: 'state' },
      replay: { file: 'D:\\rec.gz' },
      powershell: { executable: '\\pwsh.exe' },
      web: { config: { file: '\\\\server\\share\\web.yml' } },
      alerting: { alertmanagers: [{ url: 'x', tls: { ca_file: '..\\ca.crt', key_file: 'C:key' } }] },
    };
    expect(anchorPaths(written, 'C:\\ProgramData\\Hyper-V Ü', 'win32')).toEqual({
      storage: { path: 'C:\\ProgramData\\Hyper-V Ü\\state' },
      replay: { file: 'D:\\rec.gz' },
      powershell: { executable: '\\pwsh.exe' },
      web: { config: { file: '\\\\server\\share\\web.yml' } },
      alerting: { alertmanagers: [{ url: 'x', tls: { ca_file: 'C:\\ProgramData\\ca.crt', key_file: 'C:key' } }] },
    });
  });

  it('in a flag or a variable is reported with its name', () => {
    const load = (flags: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) =>
      loadConfig({ flags: new Map(Object.entries(flags)), environment, platform: 'win32' });
    expect(() => load({ 'storage.path': 'D:state' }, {})).toThrow(/^--storage\.path: starts at the current folder/);
    expect(() => load({}, { HYPERV_SRIOV_STORAGE_PATH: '\\state' })).toThrow(/^HYPERV_SRIOV_STORAGE_PATH: starts at/);
    expect(() => load({ 'config.file': 'C:x.yaml' }, {})).toThrow(/^--config\.file: starts at the current folder/);
    expect(load({ 'storage.path': 'D:\\state' }, {}).config.storage.path).toBe('D:\\state');
  });
});

describe('the environment on Windows', () => {
  const environment = { Hyperv_Sriov_Log_Level: 'warn', hyperv_sriov_typo: '1' };
  it('knows variables in any case', () => {
    const load = (platform: NodeJS.Platform, more = {}) =>
      loadConfig({ flags: new Map(), environment: { ...environment, ...more }, platform });
    expect(() => load('win32')).toThrow(/^HYPERV_SRIOV_TYPO: is not a known setting$/);
    const { Hyperv_Sriov_Log_Level } = environment;
    const one = { Hyperv_Sriov_Log_Level };
    expect(loadConfig({ flags: new Map(), environment: one, platform: 'win32' }).config.log.level).toBe('warn');
    // Elsewhere names differ by case.
    expect(loadConfig({ flags: new Map(), environment: one, platform: 'linux' }).config.log.level).toBe('info');
  });
});
