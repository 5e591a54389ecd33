import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, similar } from '../../src/text/did-you-mean.ts';
import { wildcard } from '../../src/text/wildcard.ts';
import { settingsHelp } from '../../src/cli/settings.ts';
import { SETTINGS } from '../../src/config/settings.ts';

describe('mistyped names', () => {
  it('are answered with the close ones, the closest first', () => {
    expect(similar('explian', ['explain', 'serve', 'doctor'])).toEqual(['explain']);
    expect(similar('Web-21', ['web-201', 'web-202', 'sql-301'])).toEqual(['web-201']);
    expect(didYouMean('vm_switch_extensions', ['vm_switch', 'vm_switch_extension'])).toBe(
      ' (did you mean vm_switch_extension?)',
    );
    expect(didYouMean('xyz', ['explain', 'serve'])).toBe('');
  });
});

describe("a VM's name, as Hyper-V's cmdlets take it", () => {
  it.each([
    ['WEB-201', 'web-201', true],
    ['web-*', 'Web-201', true],
    ['web-*', 'sql-web-1', false],
    ['web-20[1-2]', 'web-202', true],
    ['web-20[1-2]', 'web-203', false],
    ['fax (NT4)', 'fax (NT4)', true],
    ['a.c', 'abc', false],
    ['a?c', 'abc', true],
    ['*', '', true],
    // A name with brackets is found when typed in full, a range that ends before it begins matches nothing.
    ['db[9-1]', 'db[9-1]', true],
    ['db[9-1]', 'db9', false],
    ['[^a]x', '^x', true],
    ['[^a]x', 'bx', false],
    ['[', '[', true],
    ['*', undefined, false],
  ])('%s and %s: %s', (typed, name, expected) => expect(wildcard(typed)(name)).toBe(expected));

  it('may have to be in the same case, as a file on Linux', () => {
    const matches = wildcard('hosts-*.yaml', { caseSensitive: true });
    expect(['hosts-1.yaml', 'hosts-1.yml', 'Hosts-1.yaml', 'hosts-1.YAML'].filter(matches)).toEqual(['hosts-1.yaml']);
  });

  it('takes a time that grows with the lengths of pattern and name, however many stars there are', () => {
    const name = 'a'.repeat(2000);
    expect(wildcard(`${'*a'.repeat(500)}*b`)(name)).toBe(false);
    expect(wildcard(`${'*a'.repeat(500)}*`)(name)).toBe(true);
  });

  it('agrees with a regular expression for patterns of stars, question marks and letters', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (typed, name) => {
        const expression = new RegExp(`^${typed.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(wildcard(typed)(name)).toBe(expression.test(name));
      }),
    );
  });
});

describe('--help settings', () => {
  it.each([60, 80, 120])('names every setting, within %d columns', (width) => {
    const text = settingsHelp(width);
    for (const { name, kind } of SETTINGS) if (kind !== 'structure') expect(text).toContain(`\n  --${name}`);
    const lines = text.split('\n').filter((line) => line.startsWith('      '));
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter((line) => line.length > width)).toEqual([]);
  });
});
