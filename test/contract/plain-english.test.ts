import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Everything that a person reads. Left out: the changelog (the past), rule tests (generated) and this file. */
const FILES = [
  ...['src', 'tools', 'docs', 'alerts', 'dashboards', 'packaging', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  ),
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'Dockerfile',
  'compose.yaml',
].filter(
  (file) =>
    /\.(?:ts|mjs|psm1|psd1|ps1|md|ya?ml|json)$|^Dockerfile$/.test(file) &&
    !file.startsWith(join('alerts', 'tests')) &&
    file !== join('test', 'contract', 'plain-english.test.ts'),
);

/** Phrases that make a reader stop, with the plain ones to use instead. A phrase may end in `s?`, and `|` separates two. */
const PHRASES: readonly (readonly [phrase: string, plain: string])[] = [
  ['what mends', 'how to fix'],
  ['mends?', 'correct, fix'],
  ['disturbs?', 'Impact of the fix'],
  ['side effects?', 'Impact of the fix'],
  ['anew', 'again'],
  ['take the wish away', 'set IovWeight to 0'],
  ['wish|wishes', 'request'],
  ['one miss is weather', 'a single missed poll is normal'],
  ['whoever', 'everyone who, anybody who'],
  ['everybody', 'everyone'],
  ['none is known', 'no events recorded'],
  ['by half', 'partial'],
  ['for good', 'permanently'],
  ['for ever', 'permanently'],
  ['for nothing', 'without need'],
  ['by turns', 'alternately'],
  ['remakes?', 'recreate'],
  ['whereupon', 'then'],
  ['lest', 'so that'],
  ['meanwhile', 'during that time'],
  ['can not', 'cannot'],
  ['not whole', 'partial, incomplete'],
  ['told of|tells of|tell of', 'reported, reports, report'],
  ['is no fault', 'is not a fault'],
  ['sign of life', 'ping, evidence'],
  ['as dear', 'as preferred, as expensive'],
  ['got on its VF', 'moved to its VF'],
  ['nobody is hurt', 'nothing is affected'],
  ['a moment of pause', 'a short pause'],
  ['go on trying|goes on trying', 'keeps retrying'],
  ['the time being', 'until then'],
  ['put up with', 'tolerated'],
];

/** Between two words there may be a line break, with the sign of a comment at the start of the next line. */
const MATCHERS = PHRASES.map(([phrase, plain]) => ({
  pattern: new RegExp(`\\b(?:${phrase.replaceAll(' ', String.raw`\s+(?:(?:\*|//|#)\s+)?`)})\\b`, 'i'),
  plain,
}));

/** The first occurrence of each phrase in a text, as `line: "phrase": write "plain"`. */
const phrasesIn = (text: string): readonly string[] =>
  MATCHERS.flatMap(({ pattern, plain }) => {
    const found = pattern.exec(text);
    if (found === null) return [];
    return [`${text.slice(0, found.index).split('\n').length}: "${found[0]}": write "${plain}"`];
  });

describe('the gate for phrases', () => {
  it.each([
    ['a phrase in a sentence', 'The alert is sent anew.', ['1: "anew": write "again"']],
    ['a capital letter', 'One line.\nMeanwhile it runs.', ['2: "Meanwhile": write "during that time"']],
    ['a line break', 'what can\nnot be read', ['1: "can\nnot": write "cannot"']],
    ['a line break in a comment', '/**\n * kept for\n * nothing\n */', ['2: "for\n * nothing": write "without need"']],
    ['a plural', 'The scenario mends it.', ['1: "mends": write "correct, fix"']],
    ['an alternative', 'The log tells of it.', ['1: "tells of": write "reported, reports, report"']],
  ])('finds %s', (_, text, found) => {
    expect(phrasesIn(text)).toEqual(found);
  });

  it('finds each phrase of the list', () => {
    expect(PHRASES.length).toBeGreaterThan(30);
    for (const [phrase] of PHRASES)
      for (const each of phrase.split('|'))
        expect(phrasesIn(`It says ${each.replace('s?', 's')} here.`).length, each).toBeGreaterThan(0);
  });

  it('finds nothing in plain sentences', () => {
    expect(phrasesIn('This cannot be recommended: the latest VF is amended, so nothing changes.')).toEqual([]);
  });
});

it('what a person reads has none of these phrases', () => {
  expect(FILES.length).toBeGreaterThan(700);
  const found = FILES.flatMap((file) =>
    phrasesIn(readFileSync(join(root, file), 'utf8')).map((phrase) => `${file}:${phrase}`),
  );
  expect(found).toEqual([]);
});
