import { expect, it } from 'vitest';
import { targetFaults } from '../../src/collect/ssh/target.ts';
import { filterText } from '../../src/http/route.ts';
import { parseYamlFile } from '../../src/files/yaml.ts';

it('a control character in the filter of a table is made visible: it is shown in the field of the page again', () => {
  expect(filterText.parse('web\u0000\u009B')).toBe('web\u2423\u2423');
});

it.each(['\u0007', '\u007F', '\u0085', '"'])(
  'a path with %j is refused before the OpenSSH client sees it',
  (character) => {
    const target = {
      name: 'hv01',
      address: 'hv01.example.net',
      port: 22,
      user: 'exporter',
      keyFile: '/etc/exporter/id',
    };
    const faultsWith = (file: string) => targetFaults({ ...target, knownHostsFiles: [file] }, 'linux');
    expect(faultsWith('/etc/known_hosts')).toEqual([]);
    expect(faultsWith(`/etc/known${character}hosts`)).toEqual([
      { keys: ['knownHostsFiles'], message: expect.stringContaining('has a character that ssh would not take') },
    ]);
  },
);

it('a YAML file with a mapping for a key causes no warning of the process, which would quote the file', async () => {
  const warnings: string[] = [];
  const listen = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', listen);
  parseYamlFile('? { secret: 1 }\n: 2\n');
  await new Promise(setImmediate);
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});
