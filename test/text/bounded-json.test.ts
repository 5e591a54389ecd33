import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseBoundedJson } from '../../src/text/bounded-json.ts';

/** The values of a JSON value but itself: items of lists and entries of objects */
const valuesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, each) => sum + 1 + valuesIn(each), 0)
    : 0;

it('JSON with few enough values is parsed as always, whatever its texts hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      // Lists and objects count as a value of their own and so do commas.
      expect(parseBoundedJson(text, 2 * valuesIn(value) + 1)).toEqual(JSON.parse(text));
    }),
  );
  const texts = ['[[[[{,,,,', '"', '\\', '\\"[,', ','.repeat(50)];
  expect(parseBoundedJson(JSON.stringify(texts), 5)).toEqual(texts);
});

it('JSON with too many values, or too deep, is refused before it is parsed', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const count = valuesIn(value);
      const text = JSON.stringify(value);
      const most = Math.floor(count / 2) - 1;
      fc.pre(most > 0 && text.length > most);
      expect(() => parseBoundedJson(text, most)).toThrow(RangeError);
    }),
  );
  expect(() => parseBoundedJson(`${'['.repeat(65)}${']'.repeat(65)}`, 100)).toThrow('nests deeper than 64 levels');
});

it('what is no JSON is a SyntaxError, unless it is refused first', () => {
  for (const text of ['', '{', '"', '"\\', ']]]]', '[1,2,3'])
    expect(() => parseBoundedJson(text, 3)).toThrow(SyntaxError);
  expect(() => parseBoundedJson('[1,2,3,4,', 3)).toThrow('it has more than 3 values');
});
