import { describe, expect, it } from 'vitest';
import { parseYamlFile } from '../../src/files/yaml.ts';

describe('a file of settings that would fill the stack of the parser', () => {
  it.each([
    ['lists', 'a: '.padEnd(100_000, '[')],
    ['mappings', `a: ${'{a: '.repeat(100_000)}`],
    ['closed lists', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['lists in blocks on one line', `${'- '.repeat(300_000)}a`],
    ['keys of keys', `${'? '.repeat(100_000)}a`],
    ['blocks', Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('is refused: %s', (_, text) => {
    expect(parseYamlFile(text)).toMatchObject({ values: {}, faults: [[1, 'is nested too deeply']] });
  });

  it('is refused for its length, too', () => {
    expect(parseYamlFile(`a: ${'x'.repeat(1_048_576)}`).faults).toEqual([[1, 'is larger than 1 MiB']]);
  });

  it('is not one with many brackets, next to each other', () => {
    const list = Array.from({ length: 1000 }, (_, number) => `  - { name: hv${number}, labels: { cluster: "[a]" } }`);
    const { values, faults } = parseYamlFile(`list:\n${list.join('\n')}\n`);
    expect(faults).toEqual([]);
    expect(values['list']).toHaveLength(1000);
  });
});
