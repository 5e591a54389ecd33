import { expect, it } from 'vitest';
import { checkExposition } from '../../tools/fuzz/exposition.ts';
import { checkMarkup } from '../../tools/fuzz/markup.ts';
import { HOSTILE_TEXTS, mutateJson } from '../../tools/fuzz/mutate.ts';
import { Random } from '../../tools/fuzz/random.ts';
import { fuzz } from '../../tools/fuzz/run.ts';
import { Violation } from '../../tools/fuzz/surface.ts';

const page = (body: string) => `<!doctype html><html lang="en"><body>${body}</body></html>`;

it('a page of closed tags, quoted attributes and escaped text is markup', () => {
  expect(checkMarkup(page('<p class="a">1 &lt; 2<br><a href="/vm?id=1&amp;x">&#39;</a></p>'))).toBe(9);
});

it.each([
  ['a tag from outside', '<p><fuzz></p>'],
  ['an attribute from outside', '<p title=""onfuzz="x">a</p>'],
  ['an attribute that runs code', '<p onclick="x">a</p>'],
  ['an attribute twice', '<p id="a" id="b">a</p>'],
  ['a bare ampersand', '<p>a & b</p>'],
  ['an entity from outside', '<p>&fuzz;</p>'],
  ['an unescaped bracket', '<p>a < b</p>'],
  ['a control character', '<p>\u001B[31m</p>'],
  ['a control character in an attribute', '<p title="\u0000">a</p>'],
  ['a comment', '<p><!--fuzz --></p>'],
  ['a script', '<p><script src="/other.js"></script></p>'],
  ['an address that runs code', '<p><a href="javascript:fuzz">a</a></p>'],
  ['a tag that is not closed', '<p><b>a</p>'],
])('%s is found in a page', (_, body) => {
  expect(() => checkMarkup(page(body))).toThrow(Violation);
});

it('each hostile text is found in a page that does not escape it, unless it is plain text', () => {
  const plain = HOSTILE_TEXTS.filter((text) => {
    try {
      checkMarkup(page(`<p title="${text}">a</p>`));
      return true;
    } catch {
      return false;
    }
  });
  expect(plain.filter((text) => /[<>"&]|(?![\n])\p{Cc}/u.test(text))).toEqual([]);
});

const FAMILY = '# HELP a_total A.\n# TYPE a_total counter\n';

it('an exposition in either format is parsed', () => {
  expect(checkExposition(`${FAMILY}a_total{b="c\\"\\\\\\n",d=""} 1e+21\na_total 0\n\n`, 'text')).toBe(2);
  expect(checkExposition('# TYPE a counter\na_total 1\n# EOF\n', 'openmetrics')).toBe(1);
});

it.each([
  ['a series twice', `${FAMILY}a_total{b="1",c="2"} 1\na_total{c="2",b="1"} 2\n`],
  ['a label twice', `${FAMILY}a_total{b="1",b="2"} 1\n`],
  ['an unescaped quote', `${FAMILY}a_total{b="c"d"} 1\n`],
  ['an unescaped line end', `${FAMILY}a_total{b="c\nd"} 1\n`],
  ['an escape that is none', `${FAMILY}a_total{b="\\t"} 1\n`],
  ['no value', `${FAMILY}a_total undefined\n`],
  ['a family in two pieces', `${FAMILY}a_total 1\n# TYPE b gauge\nb 1\n# TYPE a_total counter\n`],
  ['a sample of another family', `${FAMILY}b 1\n`],
  ['no end of the last line', `${FAMILY}a_total 1`],
])('%s is found in an exposition', (_, text) => {
  expect(() => checkExposition(text, 'text')).toThrow(Violation);
});

it('an OpenMetrics exposition without its end is found', () => {
  expect(() => checkExposition('# TYPE a counter\na_total 1\n', 'openmetrics')).toThrow(Violation);
});

it('a case depends on its keys alone, and cases differ', () => {
  const seed = { a: [1, { b: 'text' }], c: { d: true } };
  const cases = Array.from({ length: 200 }, (_, index) => JSON.stringify(mutateJson(seed, new Random(1, 's', index))));
  const again = Array.from({ length: 200 }, (_, index) => JSON.stringify(mutateJson(seed, new Random(1, 's', index))));
  expect(again).toEqual(cases);
  expect(new Set(cases).size).toBeGreaterThan(50);
  expect(JSON.stringify(seed)).toBe('{"a":[1,{"b":"text"}],"c":{"d":true}}');
});

it('a run reports what throws, what breaks an invariant and what takes too long, each with its case', async () => {
  const wrong = [
    () => 'accepted' as const,
    () => {
      throw new TypeError('not expected');
    },
    () => {
      for (const before = process.cpuUsage(); process.cpuUsage(before).user < 60_000;);
      return 'refused' as const;
    },
    () => {
      throw new Violation('broken');
    },
  ];
  let made = 0;
  const { crashes, cases } = await fuzz(
    'broken',
    () => ({ name: 'broken', make: () => ({ input: 'x', check: wrong[made++] ?? (() => 'refused') }) }),
    { seed: 1, cases: 5, caseMs: 50 },
  );
  expect(cases).toEqual({ accepted: 1, refused: 1 });
  expect(crashes.map(({ surface, index, input, error }) => [surface, index, input, String(error)])).toEqual([
    ['broken', 1, 'x', 'TypeError: not expected'],
    ['broken', 2, 'x', expect.stringMatching(/^Violation: \d+(?:\.\d+)? ms of processor time$/)],
    ['broken', 3, 'x', 'Violation: broken'],
  ]);
});
