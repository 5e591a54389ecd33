import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Everything that a person reads. Left out: the changelog (the past) and the tests of the alerts (generated). */
const FILES = [
  ...['src', 'tools', 'docs', 'alerts', 'dashboards', 'packaging'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  ),
  'README.md',
  'CONTRIBUTING.md',
  'Dockerfile',
  'compose.yaml',
].filter((file) => /\.(?:ts|psm1|md|ya?ml|json)$|^Dockerfile$/.test(file) && !file.startsWith(join('alerts', 'tests')));

/** Phrases that make a reader stop, with the plain ones to use instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/what\s+(?:\*\s+|\/\/\s+)?mends/, 'how to fix'],
  [/\bmends?\b/, 'correct, fix'],
  [/\bDisturbs?\b/, 'Impact of the fix'],
  [/[Ss]ide\s+(?:\*\s+|\/\/\s+)?effects?/, 'Impact of the fix'],
  [/\bmade\s+(?:\*\s+|\/\/\s+)?anew\b/, 'recreated'],
  [/take\s+(?:\*\s+|\/\/\s+)?the\s+(?:\*\s+|\/\/\s+)?wish\s+(?:\*\s+|\/\/\s+)?away/, 'set IovWeight to 0'],
  [/\bwish(?:es)?\b/, 'request'],
  [/one\s+(?:\*\s+|\/\/\s+)?miss\s+(?:\*\s+|\/\/\s+)?is\s+(?:\*\s+|\/\/\s+)?weather/, 'a single missed poll is normal'],
  [/[Ww]hoever\s+(?:\*\s+|\/\/\s+)?can/, 'everyone who can'],
  [/[Nn]one\s+(?:\*\s+|\/\/\s+)?is\s+(?:\*\s+|\/\/\s+)?known/, 'no events recorded'],
  [/\bby\s+(?:\*\s+|\/\/\s+)?half\b/, 'partial'],
  [/\bfor\s+(?:\*\s+|\/\/\s+)?good\b/, 'permanently'],
  [/\bremakes?\b/, 'recreate'],
  [/\bwhereupon\b/, 'then'],
  [/\blest\b/, 'so that'],
  [/so\s+(?:\*\s+|\/\/\s+)?that\s+(?:\*\s+|\/\/\s+)?the\s+(?:\*\s+|\/\/\s+)?wish/, 'so that the setting'],
  [/got\s+(?:\*\s+|\/\/\s+)?on\s+(?:\*\s+|\/\/\s+)?its\s+(?:\*\s+|\/\/\s+)?VF/, 'moved to its VF'],
  [/Nobody\s+(?:\*\s+|\/\/\s+)?is\s+(?:\*\s+|\/\/\s+)?hurt/, 'nothing is affected'],
  [/a\s+(?:\*\s+|\/\/\s+)?moment\s+(?:\*\s+|\/\/\s+)?of\s+(?:\*\s+|\/\/\s+)?pause/, 'a short pause'],
  [/goes?\s+(?:\*\s+|\/\/\s+)?on\s+(?:\*\s+|\/\/\s+)?trying/, 'keeps retrying'],
  [/the\s+(?:\*\s+|\/\/\s+)?time\s+(?:\*\s+|\/\/\s+)?being/, 'until then'],
  [/put\s+(?:\*\s+|\/\/\s+)?up\s+(?:\*\s+|\/\/\s+)?with/, 'tolerated'],
];

describe('what a person reads', () => {
  it('uses none of the phrases that made readers stop', () => {
    expect(FILES.length).toBeGreaterThan(400);
    expect(PHRASES.length).toBeGreaterThan(15);
    const found = FILES.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return PHRASES.flatMap(([phrase, plain]) => {
        const hit = phrase.exec(text);
        if (hit === null) return [];
        return [`${file}:${text.slice(0, hit.index).split('\n').length}: "${hit[0]}": write "${plain}"`];
      });
    });
    expect(found).toEqual([]);
  });
});
