import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
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

/** Steps of loops over arrays while `work` runs: elements that a search looks at, and elements that are appended. */
function stepsOf(work: () => unknown): number {
  let steps = 0;
  const { some, find, push } = Array.prototype;
  type Search = (this: unknown[], wanted: (...words: unknown[]) => unknown) => unknown;
  const counting = (search: unknown): Search =>
    function count(this: unknown[], wanted) {
      return (search as Search).call(this, (...words) => {
        steps += 1;
        return wanted(...words);
      });
    };
  const counted = {
    some: counting(some),
    find: counting(find),
    push(this: unknown[], ...values: unknown[]): number {
      steps += 1;
      return push.apply(this, values);
    },
  };
  // A spy of vitest calls push itself.
  Object.assign(Array.prototype, counted);
  try {
    work();
  } finally {
    Object.assign(Array.prototype, { some, find, push });
  }
  return steps;
}

describe('a file of settings with very many keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'many keys '));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, number) => `setting${number}: 1\n`).join('');

  it('takes work in proportion to their number: to parse', () => {
    expect(stepsOf(() => parseYamlFile(keys(20_000)))).toBeLessThan(20_000 * 100);
  });

  it('takes work in proportion to their number: to say that none of them is a setting', () => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, keys(20_000));
    let message = '';
    const steps = stepsOf(() => {
      try {
        loadConfig({ flags: new Map([['config.file', path]]), environment: {} });
      } catch (error) {
        message = String(error);
      }
    });
    expect(message).toContain(`${path}:50: setting49: is not a known setting`);
    expect(message).toContain(`${path}: 19950 more faults`);
    expect(steps).toBeLessThan(20_000 * 100);
  });

  it('has each of them once', () => {
    const text = 'a: 1\nb: { c: 1, d: 2, c: 3 }\n"a": 2\n1: x\n"1": y\n';
    expect(parseYamlFile(text).faults).toEqual([
      [3, 'Map keys must be unique'],
      [5, 'Map keys must be unique'],
      [2, 'Map keys must be unique'],
    ]);
  });
});

describe('a file of settings that grows by its aliases', () => {
  it('has at most 100 of them', () => {
    const lines = Array.from({ length: 101 }, (_, number) => `k${number}: &a${number} 1\nl${number}: *a${number}\n`);
    expect(parseYamlFile(lines.slice(1).join('')).faults).toEqual([]);
    expect(parseYamlFile(lines.join('')).faults).toEqual([[202, 'has more than 100 aliases']]);
  });

  it('has at most 100,000 values, those that an alias stands for included', () => {
    const list = (count: number) => `a: &a [${'1,'.repeat(count)}]\n`;
    expect(parseYamlFile(list(90_000)).faults).toEqual([]);
    expect(parseYamlFile(list(100_000)).faults).toEqual([[1, 'has more than 100000 values']]);
    expect(parseYamlFile(`${list(50_000)}b: *a\nc: *a\n`).faults).toEqual([[1, 'has more than 100000 values']]);
  });
});
