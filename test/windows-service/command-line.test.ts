import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultsIn, readCommandLine, serviceCommandLine } from '../../src/cli/service-settings.ts';
import { quoteArgument, splitCommandLine } from '../../src/windows/command-line.ts';
import { serviceSid } from '../../src/windows/service-sid.ts';

describe('a command line of Windows', () => {
  // The examples of learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
  it.each([
    [String.raw`"abc" d e`, ['abc', 'd', 'e']],
    [String.raw`a\\b d"e f"g h`, [String.raw`a\\b`, 'de fg', 'h']],
    [String.raw`a\\\"b c d`, [String.raw`a\"b`, 'c', 'd']],
    [String.raw`a\\\\"b c" d e`, [String.raw`a\\b c`, 'd', 'e']],
    [String.raw`"C:\Program Files\a\\" --data "C:\Größe x"`, ['C:\\Program Files\\a\\', '--data', 'C:\\Größe x']],
    ['a "" b', ['a', '', 'b']],
    ['  ', []],
  ])('%s', (line, expected) => {
    expect(splitCommandLine(line)).toEqual(expected);
  });

  it('returns the arguments that were quoted into it', () => {
    const argument = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('\\', '"', ' ', 'a', '\t') }));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1 }), (list) => {
        expect(splitCommandLine(list.map(quoteArgument).join(' '))).toEqual(list);
      }),
    );
  });
});

describe('the command line of the service', () => {
  it('says where its data is and which settings it has, and is read back', () => {
    const flags = new Map<string, string | boolean>([
      ['web.listen-address', ':9999'],
      ['log.requests', true],
      ['web.enable-lifecycle', false],
      ['config.file', 'C:\\Program Data\\Größe "x".yaml'],
    ]);
    const line = serviceCommandLine({ data: 'C:\\Daten für x\\', flags });
    expect(line).toContain(' service run --data "C:\\Daten für x\\\\" --web.listen-address :9999 --log.requests');
    expect(readCommandLine(line)).toEqual({ data: 'C:\\Daten für x\\', flags });
  });

  it('of another program is not recognised as ours', () => {
    expect(readCommandLine('"C:\\shawl.exe" run --name x -- node main.js serve')).toBeUndefined();
    expect(readCommandLine('node main.js service run')).toBeUndefined();
  });

  it('brings storage and a log file, which file, environment and flags may change', () => {
    expect([...defaultsIn('/data')]).toEqual([
      ['storage.path', join('/data', 'state')],
      ['log.file', join('/data', 'logs', 'hyperv-sriov-exporter.log')],
    ]);
  });
});

describe('the SID of a virtual account', () => {
  it('is made from the name as Windows makes it', () => {
    // Published by Microsoft: NT SERVICE\TrustedInstaller
    const known = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';
    expect([serviceSid('TrustedInstaller'), serviceSid('trustedinstaller')]).toEqual([known, known]);
  });
});
